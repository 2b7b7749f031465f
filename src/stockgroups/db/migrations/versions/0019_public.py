"""Which snapshot answers, of those that were public by a day, or of one kind of source."""

from alembic import op

from stockgroups.db.migrations import FUNCTIONS, run_file, run_sql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the functions with more arguments; no row is touched."""
    run_sql(__file__)
    run_file(op.get_context(), FUNCTIONS)
