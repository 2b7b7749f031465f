"""Loads, securities with the symbols they have had, history, and what people have decided."""

from stockgroups.db.migrations import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables; prints that several environments share become one row in each of them."""
    run_sql(__file__)
