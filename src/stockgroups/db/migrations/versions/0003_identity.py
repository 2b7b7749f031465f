"""Loads, securities and their symbols over time, history, and users' decisions."""

from stockgroups.db.migrations import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables; refs that several environments share become one row in each."""
    run_sql(__file__)
