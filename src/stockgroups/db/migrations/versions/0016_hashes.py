"""The hash of a membership, as a function."""

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Do nothing: a later revision creates the functions, which read columns that it adds."""
