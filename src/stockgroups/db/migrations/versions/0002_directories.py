"""Symbol directories: listings by source and date."""

from stockgroups.db.migrations import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables; existing rows stay."""
    run_sql(__file__)
