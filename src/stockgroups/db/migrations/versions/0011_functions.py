"""The rules as functions of the server."""

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Do nothing: a later revision creates the functions, which read columns that it adds."""
