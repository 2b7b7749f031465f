"""Snapshots with what they hold, under one name, wherever this lies."""

from alembic import op

from stockgroups.db.migrations import FUNCTIONS, SNAPSHOT_VIEWS, run_file, run_sql

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Mark retractions, and make the views and functions anew; no snapshot is rewritten."""
    run_sql(__file__)
    run_file(op.get_context(), SNAPSHOT_VIEWS)
    run_file(op.get_context(), FUNCTIONS)
