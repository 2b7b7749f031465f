"""Refs without a symbol."""

from stockgroups.db.migrations import run_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Allow refs without a symbol; no row changes."""
    run_sql(__file__)
