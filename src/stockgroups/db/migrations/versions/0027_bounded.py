"""Runs by their refs, and maps of symbols by what they state."""

from stockgroups.db.migrations import run_sql

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Add the indexes."""
    run_sql(__file__)
