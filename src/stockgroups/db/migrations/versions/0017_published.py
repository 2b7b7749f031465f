"""Dates of publication, and three series of snapshots for each group."""

from stockgroups.db.migrations import run_sql

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the columns; a later revision creates the functions."""
    run_sql(__file__)
