"""When the public could know a snapshot, and whose reports are one series."""

from alembic import op

from stockgroups.db.migrations import FUNCTIONS, run_file, run_sql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, tell series by kinds, and make the functions; no snapshot is touched."""
    run_sql(__file__)
    run_file(op.get_context(), FUNCTIONS)
