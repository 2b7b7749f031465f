"""Indexes on registrants and environments, and no empty intervals."""

from stockgroups.db.migrations import run_sql

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Add the indexes; delete empty intervals."""
    run_sql(__file__)
