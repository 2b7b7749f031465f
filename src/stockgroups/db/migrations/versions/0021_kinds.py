"""A constraint on the kinds of runs."""

from stockgroups.db.migrations import run_sql

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add the constraint."""
    run_sql(__file__)
