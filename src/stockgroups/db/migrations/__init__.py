"""Schema changes: Alembic revisions, each written as SQL in a file beside its Python door.

There is no way down: the record is never thrown away by a program, a backup is the way back.
"""

from __future__ import annotations

from pathlib import Path


def run_sql(revision_file: str) -> None:
    """Run, or print in offline mode, the .sql file that lies beside a revision's Python file.

    It goes to the driver as it is, in the revision's transaction: no parameters, no rewriting.
    """
    from alembic import op  # noqa: PLC0415 - Alembic is imported by an upgrade alone

    statements = Path(revision_file).with_suffix(".sql").read_text(encoding="utf-8")
    context = op.get_context()
    if context.as_sql:
        context.impl.static_output(statements)
    else:
        driver = op.get_bind().connection.driver_connection
        assert driver is not None  # noqa: S101 - online mode always has one
        driver.execute(statements.encode())
