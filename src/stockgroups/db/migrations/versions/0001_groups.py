"""Groups, memberships, and the record of snapshots that they are projections of."""

from stockgroups.db.migrations import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, or adopt those that are there."""
    run_sql(__file__)
