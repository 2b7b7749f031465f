"""Refs by their symbols, through an index."""

from stockgroups.db.migrations import run_sql

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Add the index."""
    run_sql(__file__)
