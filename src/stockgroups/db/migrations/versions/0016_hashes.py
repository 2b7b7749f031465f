"""The hash of a membership, as a function."""

from alembic import op

from stockgroups.db.migrations import FUNCTIONS, run_file

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the function; no row is touched."""
    run_file(op.get_context(), FUNCTIONS)
