"""An index of the snapshots with sector labels."""

from stockgroups.db.migrations import run_sql

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Make the index; no row is touched."""
    run_sql(__file__)
