"""Members of a universe that the index package gave are proxies: a list of its own counts first."""

from stockgroups.db.migrations import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Mark them."""
    run_sql(__file__)
