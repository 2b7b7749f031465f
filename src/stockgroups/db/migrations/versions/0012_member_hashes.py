"""A hash of each membership as this program wrote it, to detect single changed rows."""

from stockgroups.db.migrations import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create the column and fill it from the memberships, which do not change."""
    run_sql(__file__)
