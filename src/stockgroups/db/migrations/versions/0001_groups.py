"""Groups, memberships, and the record of snapshots behind them."""

from stockgroups.db.migrations import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables of the record."""
    run_sql(__file__)
