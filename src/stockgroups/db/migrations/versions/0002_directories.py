"""Symbol directories: what is listed, by whose word, on which date."""

from stockgroups.db.migrations import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables; nothing that is there is touched."""
    run_sql(__file__)
