"""A universe's members from the index package are proxies: its own list takes precedence."""

from stockgroups.db.migrations import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Mark these snapshots as proxies."""
    run_sql(__file__)
