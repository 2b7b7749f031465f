"""Show stocks that are reported by ISIN under the symbol that they had."""

from alembic import op

from stockgroups.db.migrations import FUNCTIONS, run_file

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Create the functions again."""
    run_file(op.get_context(), FUNCTIONS)
