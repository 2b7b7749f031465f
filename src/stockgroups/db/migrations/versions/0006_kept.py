"""Keep other programs' metadata, so that it can be restored."""

from stockgroups.db.migrations import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns and the table for it."""
    run_sql(__file__)
