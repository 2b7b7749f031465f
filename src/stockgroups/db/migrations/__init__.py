r"""Schema changes: numbered SQL files, which an upgrade runs in order, in one transaction.

`shared_tables.sql` is no revision: every upgrade runs it first. In a revision, a line such as
`\ir ../functions.sql` stands for the content of that file, as in psql.

There is no way down: the record is never thrown away by a program, a backup is the way back.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDER = Path(__file__).parent
FUNCTIONS = _FOLDER / "functions.sql"
"""The rules as functions of the server. A revision that changes one of them runs the file."""
SNAPSHOT_VIEWS = _FOLDER / "snapshot_views.sql"
"""The views of snapshots with their members. A revision that moves members runs the file."""

OPENING = (
    # A person who runs the printed statements has a path of their own (see db/session.py).
    "SET LOCAL search_path = pg_catalog, pg_temp;",
    # Somebody else's open transaction must not queue everybody behind an upgrade.
    "SET LOCAL lock_timeout = '15s';",
    # Notices report the changes of the shared tables.
    "SET LOCAL client_min_messages = 'notice';",
    "SELECT pg_advisory_xact_lock(hashtext('stockgroups upgrade'));",
    "CREATE SCHEMA IF NOT EXISTS stockgroups;",
)
"""The first statements of an upgrade: one upgrade at a time, bounded waiting."""

# The table's name and form are those of Alembic, which made it in the first databases.
_VERSION_TABLE = """\
CREATE TABLE stockgroups.alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);"""
_FIRST = (
    "INSERT INTO stockgroups.alembic_version (version_num) VALUES ('{number}')"
    " RETURNING stockgroups.alembic_version.version_num;"
)
_NEXT = (
    "UPDATE stockgroups.alembic_version SET version_num='{number}'"
    " WHERE stockgroups.alembic_version.version_num = '{since}';"
)
_INCLUDED = re.compile(r"^\\ir \.\./(\w+\.sql)\n", re.MULTILINE)


def list_statements(since: str | None, until: str) -> Iterator[str]:
    """Yield the statements of an upgrade after its opening.

    Args:
        since: The version of the database; None: it has no tables of ours.
        until: The version afterwards.
    """
    yield (_FOLDER / "shared_tables.sql").read_text(encoding="utf-8")
    if since is None:
        yield _VERSION_TABLE
    for path in sorted((_FOLDER / "versions").glob("*.sql")):
        number = path.name.partition("_")[0]
        if (since or "") < number <= until:
            yield f"-- Running upgrade {since or ''} -> {number}"
            yield from _read(path)
            yield (_FIRST if since is None else _NEXT).format(since=since, number=number)
            since = number


def _read(path: Path) -> Iterator[str]:
    for place, part in enumerate(_INCLUDED.split(path.read_text(encoding="utf-8"))):
        text = (_FOLDER / part).read_text(encoding="utf-8") if place % 2 else part
        if text:
            yield text
