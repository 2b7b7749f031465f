"""The runs of refs, beside the snapshots that they are made from."""

from stockgroups.db.migrations import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table, and fill it from the record."""
    run_sql(__file__)
