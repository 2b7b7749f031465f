"""The environment of an old entry, as a function."""

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Do nothing: a later revision creates the functions, which read columns that it adds."""
