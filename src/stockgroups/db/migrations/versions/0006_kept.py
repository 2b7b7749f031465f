"""What other programs wrote is kept beside symbols and weights, and can be put back."""

from stockgroups.db.migrations import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns and the table that keep it."""
    run_sql(__file__)
