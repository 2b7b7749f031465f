"""One name for each notion: refs resolve to securities; superseded snapshots are not current."""

from alembic import op

from stockgroups.db.migrations import FUNCTIONS, run_file, run_sql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rename a view and a function; no row is touched."""
    run_file(op.get_context(), FUNCTIONS)
    run_sql(__file__)
