"""Unfold many snapshots before they are joined."""

from alembic import op

from stockgroups.db.migrations import FUNCTIONS, run_file

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Create the functions again, with the same results."""
    run_file(op.get_context(), FUNCTIONS)
