"""An index of the snapshots with sector labels."""

from stockgroups.db.migrations import run_sql

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Create the index."""
    run_sql(__file__)
