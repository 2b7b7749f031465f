"""Schema changes: Alembic revisions, each written as SQL in a file beside its Python door.

`shared_tables.sql` is no revision: every upgrade runs it first.

There is no way down: the record is never thrown away by a program, a backup is the way back.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext

SHARED_TABLES = Path(__file__).parent / "shared_tables.sql"
FUNCTIONS = Path(__file__).parent / "functions.sql"
"""The rules as functions of the server. A revision that changes one of them runs the file."""
SNAPSHOT_VIEWS = Path(__file__).parent / "snapshot_views.sql"
"""The views of snapshots with their members. A revision that moves members runs the file."""


def run_sql(revision_file: str) -> None:
    """Run, or print in offline mode, the .sql file that lies beside a revision's Python file."""
    from alembic import op  # noqa: PLC0415 - Alembic is imported by an upgrade alone

    run_file(op.get_context(), Path(revision_file).with_suffix(".sql"))


def run_file(context: MigrationContext, path: Path) -> None:
    """Run, or print in offline mode, the statements of a file.

    They go to the driver as they are, in the open transaction: no parameters, no rewriting.
    """
    statements = path.read_text(encoding="utf-8")
    if context.as_sql:
        context.impl.static_output(statements)
    else:
        assert context.connection is not None  # noqa: S101 - online mode always has one
        driver = context.connection.connection.driver_connection
        assert driver is not None  # noqa: S101 - it is open
        driver.execute(statements.encode())
