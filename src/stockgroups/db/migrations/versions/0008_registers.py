"""Dated registers of CUSIPs and symbols."""

from stockgroups.db.migrations import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the tables; no row changes."""
    run_sql(__file__)
