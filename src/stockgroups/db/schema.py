"""The version of the tables: checked at every start without Alembic, upgraded by Alembic."""

from __future__ import annotations

import io
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg import errors as pg

from stockgroups.db.errors import UPGRADE, translate_errors
from stockgroups.db.migrations import FUNCTIONS
from stockgroups.db.sql import load_statements
from stockgroups.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg
    from alembic.config import Config
    from psycopg.errors import Diagnostic

    from stockgroups.db.connection import Target

VERSION = "0030"
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
            f"{' and '.join(tables)} {'are' if tables[1:] else 'is'} there, and not adopted yet"
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
            "another program changed the form of the tables",
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
    finish: Callable[[psycopg.Connection[Any]], None] = lambda _connection: None,
    tell: Callable[[str], None] = lambda _done: None,
) -> tuple[str | None, str]:
    """Bring the tables to this program's version, in one transaction.

    A database with the older tables keeps every row, id and key. Shared tables that other programs
    dropped or made again are repaired, even if the version is this program's. So are the server's
    functions, which disappear with a table that somebody drops and makes again.

    Args:
        finish: Called at the end of the transaction, with its connection.
        tell: Called with a sentence for each repair of the shared tables.

    Returns:
        The version before (None: there were no tables of ours) and the version after.

    Raises:
        SchemaError: The schema is newer than this program.
    """

    def notice(diagnostic: Diagnostic) -> None:
        if diagnostic.sqlstate == NOTICE_CODE:
            tell(diagnostic.message_primary or "")

    import sqlalchemy as sa  # noqa: PLC0415 - upgrades alone need it
    from alembic import command  # noqa: PLC0415

    engine = sa.create_engine(
        "postgresql+psycopg://", creator=lambda: _plain_connection(target), poolclass=sa.NullPool
    )
    with translate_errors(str(target)), _unwrapped():
        with _plain_connection(target) as plain:
            found = _read_state(plain)
            before = None if found is None else found[0]
            if before is not None:
                _refuse_newer(before, str(target))
            is_current = found == (VERSION, []) and not _are_tables_older(plain)
            if is_current and not _may_change_schema(plain):
                # A role that may only write rows can do the rest.
                finish(plain)
                return before, VERSION
        with engine.begin() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None  # noqa: S101 - the transaction is open
            driver.add_notice_handler(notice)
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, VERSION)
            if before == VERSION:  # else a revision has made them
                driver.execute(FUNCTIONS.read_bytes())
            finish(driver)
    return before, VERSION


def upgrade_sql(since: str | None = None) -> str:
    """Return the DDL from a version to this program's, for a person to read and run.

    `since` None starts from an empty database.
    """
    from alembic import command  # noqa: PLC0415 - upgrades alone need it

    printed = io.StringIO()
    config = _config()
    config.output_buffer = printed
    with redirect_stdout(printed):
        command.upgrade(config, f"{since}:{VERSION}" if since else VERSION, sql=True)
    return printed.getvalue()


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415 - upgrades alone need it

    config = Config()
    config.set_main_option("script_location", _script_location())
    return config


def _script_location() -> str:
    """Return the folder of the revisions; Alembic reads a percent sign in it as an escape."""
    return str(Path(__file__).parent / "migrations").replace("%", "%%")


def _plain_connection(target: Target) -> psycopg.Connection[Any]:
    from stockgroups.db.session import open_connection  # noqa: PLC0415 - it imports the driver

    connection = open_connection(target.url, str(target))
    connection.autocommit = False
    return connection


@contextmanager
def _unwrapped() -> Iterator[None]:
    """Unwrap the driver's errors from SQLAlchemy's, so that one boundary translates them."""
    import sqlalchemy as sa  # noqa: PLC0415 - upgrades alone need it

    try:
        yield
    except sa.exc.DBAPIError as error:
        if error.orig is None:
            raise
        raise error.orig from error
