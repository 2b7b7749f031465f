"""Compress receipts beside members that are stored apart."""

from stockgroups.db.migrations import run_sql

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Set how large a row of snapshots may be."""
    run_sql(__file__)
