"""Fingerprints of what sources report, without the symbol."""

from stockgroups.db.migrations import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Compute the fingerprints again; numbers and securities of refs stay."""
    run_sql(__file__)
