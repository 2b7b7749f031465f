"""Which snapshot answers, of those that were public by a day, or of one kind of source."""

from stockgroups.db.migrations import run_sql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Drop the functions with fewer arguments; a later revision makes them anew."""
    run_sql(__file__)
