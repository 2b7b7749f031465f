"""The runs of refs, computed from the snapshots."""

from stockgroups.db.migrations import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the table and fill it from the record."""
    run_sql(__file__)
