"""When the public could know a snapshot, and whose reports are one series."""

from stockgroups.db.migrations import run_sql

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the column, and tell series by kinds; the functions are left to a later revision."""
    run_sql(__file__)
