"""The rules as functions of the server."""

from alembic import op

from stockgroups.db.migrations import FUNCTIONS, run_file

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the functions; no row is touched."""
    run_file(op.get_context(), FUNCTIONS)
