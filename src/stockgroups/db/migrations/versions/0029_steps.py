"""Maps of symbols: an index without a list of pending entries, which each look-up would read."""

from stockgroups.db.migrations import run_sql

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Change the index."""
    run_sql(__file__)
