"""Registrants by number, environments by their refs, and no intervals without days."""

from stockgroups.db.migrations import run_sql

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Add the indexes; delete the intervals."""
    run_sql(__file__)
