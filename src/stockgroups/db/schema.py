"""The version of the tables: checked at every start, and brought up to date by an upgrade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import errors as pg

from stockgroups.db.errors import UPGRADE, translate_errors
from stockgroups.db.migrations import FUNCTIONS, OPENING, list_statements
from stockgroups.db.sql import load_statements
from stockgroups.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg
    from psycopg.errors import Diagnostic

    from stockgroups.db.connection import Connection, Target

VERSION = "0039"
NOTICE_CODE = "SG001"
"""The class of the notices in which an upgrade reports its changes of the shared tables."""

_SQL = load_statements("environment")


def check_version(connection: psycopg.Connection[Any], where: str) -> None:
    """Raise SchemaError when the tables are missing, older or newer than this program.

    `where` names host and database.
    """
    found = _read_state(connection)
    if found is None:
        tables = [row[0] for row in connection.execute(_SQL["find_unadopted"])]
        what = (
            f"{' and '.join(tables)} {'are' if tables[1:] else 'is'} there, but not adopted yet"
            if tables
            else "the stock group tables are missing"
        )
        raise SchemaError(what, where=where, remedy=UPGRADE)
    version, missing = found
    if version < VERSION:
        raise SchemaError(
            f"the schema has version {version}, this program needs {VERSION}",
            where=where,
            remedy=UPGRADE,
        )
    _refuse_newer(version, where)
    if missing:
        names = " and ".join(missing)
        raise SchemaError(f"another program dropped {names}", where=where, remedy=UPGRADE)


def refuse_older_tables(connection: psycopg.Connection[Any]) -> None:
    """Raise SchemaError if another program gave the shared tables an older or different form.

    This takes longer than a look-up. So it is called before a write, and when a question found
    nothing, and not at every start.
    """
    if _are_tables_older(connection):
        raise SchemaError(
            "another program changed the structure of the tables",
            where=f"database {connection.info.dbname}",
            remedy=UPGRADE,
        )


def _refuse_newer(found: str, where: str) -> None:
    if found > VERSION:
        raise SchemaError(
            f"the schema has version {found}, newer than this program's {VERSION}",
            where=where,
            remedy="install the newer stockgroups",
        )


def read_version(connection: psycopg.Connection[Any]) -> str | None:
    """Return the schema's version, or None if the tables do not exist."""
    found = _read_state(connection)
    return None if found is None else found[0]


def _read_state(connection: psycopg.Connection[Any]) -> tuple[str, list[str]] | None:
    """Return the version of the record, and the names of missing shared tables."""
    try:
        row = connection.execute(_SQL["read_schema"]).fetchone()
    except (pg.UndefinedTable, pg.InvalidSchemaName):
        return None
    return (row[0], row[1]) if row else None


def _are_tables_older(connection: psycopg.Connection[Any]) -> bool:
    return connection.execute(_SQL["are_tables_older"]).fetchone() == (True,)


def _may_change_schema(connection: psycopg.Connection[Any]) -> bool:
    return connection.execute(_SQL["may_change_schema"]).fetchone() == (True,)


def upgrade(
    target: Target,
    finish: Callable[[Connection], None] = lambda _connection: None,
    on_repair: Callable[[str], None] = lambda _done: None,
) -> tuple[str | None, str]:
    """Bring the tables to this program's version, in one transaction.

    A database with the older tables keeps every row, id and key. Shared tables that other programs
    dropped or made again are repaired, even if the version is this program's. So are the server's
    functions, which disappear with a table that somebody drops and makes again.

    Args:
        finish: Called at the end of the transaction, with its connection.
        on_repair: Called with a sentence for each repair of the shared tables.

    Returns:
        The version before (None: there were no tables of ours) and the version after.

    Raises:
        SchemaError: The schema is newer than this program.
    """
    from stockgroups.db.session import open_connection  # noqa: PLC0415 - upgrades alone need it

    def notice(diagnostic: Diagnostic) -> None:
        if diagnostic.sqlstate == NOTICE_CODE:
            on_repair(diagnostic.message_primary or "")

    where = str(target)
    with translate_errors(where), open_connection(target.url, where) as connection:
        found = _read_state(connection)
        before = None if found is None else found[0]
        if before is not None:
            _refuse_newer(before, where)
        is_current = found == (VERSION, []) and not _are_tables_older(connection)
        with connection.transaction():
            # A role that may only write rows can do the rest.
            if not is_current or _may_change_schema(connection):
                connection.add_notice_handler(notice)
                _run_revisions(connection, where)
            finish(connection)
    return before, VERSION


def _run_revisions(connection: psycopg.Connection[Any], where: str) -> None:
    from stockgroups.db.locks import (  # noqa: PLC0415 - upgrades alone need it
        ENTRIES,
        EVERYBODY,
        GROUPS,
        hold_tables,
    )

    for statement in OPENING:
        connection.execute(statement.encode())
    # All at once, so that no program with one of them is waited for while another is held.
    hold_tables(connection, (*GROUPS, *ENTRIES), against=EVERYBODY)
    # Another upgrade may have run while this one waited for it.
    since = None
    if connection.execute(_SQL["has_version"]).fetchone() == (True,):
        row = connection.execute(_SQL["read_version"]).fetchone()
        since = row and row[0]
    if since is not None:
        _refuse_newer(since, where)
    for statement in list_statements(since, VERSION):
        connection.execute(statement.encode())
    if since == VERSION:  # else a revision has made them
        connection.execute(FUNCTIONS.read_bytes())


def upgrade_sql(since: str | None = None) -> str:
    """Return the DDL from a version to this program's, for a person to read and run.

    `since` None starts from an empty database.
    """
    statements = ("BEGIN;", *OPENING, *list_statements(since, VERSION), "COMMIT;")
    return "".join(f"{statement}\n\n" for statement in statements)
