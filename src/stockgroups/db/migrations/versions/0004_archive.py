"""The archive keeps entries of any width."""

from stockgroups.db.migrations import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Widen the archive's columns; no row is rewritten."""
    run_sql(__file__)
