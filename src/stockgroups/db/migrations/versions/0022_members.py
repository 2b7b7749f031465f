"""Snapshots with their members under one name, in either layout."""

from alembic import op

from stockgroups.db.migrations import FUNCTIONS, SNAPSHOT_VIEWS, run_file, run_sql

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Mark retractions, and create the views and functions again; members are not rewritten."""
    run_sql(__file__)
    run_file(op.get_context(), SNAPSHOT_VIEWS)
    run_file(op.get_context(), FUNCTIONS)
