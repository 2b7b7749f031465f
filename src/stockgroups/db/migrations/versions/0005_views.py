"""Views for users' own SQL, and comments on tables and columns."""

from stockgroups.db.migrations import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the views; no row changes."""
    run_sql(__file__)
