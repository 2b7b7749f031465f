"""A hash of each membership as this program wrote it: a changed row is noticed by itself."""

from stockgroups.db.migrations import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the column, and fill it from the memberships; these are not touched."""
    run_sql(__file__)
