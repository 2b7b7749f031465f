"""Refs by their identifiers, through indexes."""

from stockgroups.db.migrations import run_sql

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Add the indexes."""
    run_sql(__file__)
