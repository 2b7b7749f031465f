"""Whose an old entry is, as a function."""

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Leave the functions to a later revision: they read columns that it adds."""
