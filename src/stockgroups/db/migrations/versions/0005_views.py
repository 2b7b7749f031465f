"""Views for SQL of one's own, and comments on what is what."""

from stockgroups.db.migrations import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the views; no row is touched."""
    run_sql(__file__)
