"""Many snapshots are unfolded before they are joined."""

from alembic import op

from stockgroups.db.migrations import FUNCTIONS, run_file

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Make the functions anew: what they answer stays."""
    run_file(op.get_context(), FUNCTIONS)
