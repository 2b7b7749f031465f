"""One name for each notion: refs resolve to securities; superseded snapshots are not current."""

from stockgroups.db.migrations import run_sql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Rename a view and drop a function; no row changes."""
    run_sql(__file__)
