"""The hash of a membership, as a function."""

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Leave the functions to a later revision: they read columns that it adds."""
