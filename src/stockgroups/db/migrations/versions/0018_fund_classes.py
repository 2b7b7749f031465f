"""Classes of funds, with their series and tickers."""

from stockgroups.db.migrations import run_sql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Create the table; no row changes."""
    run_sql(__file__)
