"""Effective snapshots among those public by a day, or of one kind of source."""

from stockgroups.db.migrations import run_sql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Drop the functions with fewer arguments; a later revision creates them."""
    run_sql(__file__)
