"""The version of the tables: checked at every start without Alembic, brought up by it."""

from __future__ import annotations

import io
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg import errors as pg

from stockgroups.db.errors import UPGRADE, translate_errors
from stockgroups.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg
    from alembic.config import Config

    from stockgroups.db.connection import Target

VERSION = "0004"
_READ_VERSION = b"SELECT version_num FROM stockgroups.alembic_version"


def check_version(connection: psycopg.Connection[Any], where: str) -> None:
    """Raise SchemaError when the tables are missing, older or newer than this program.

    `where` names host and database.
    """
    found = read_version(connection)
    if found is None:
        raise SchemaError("the stock group tables are missing", where=where, remedy=UPGRADE)
    if found < VERSION:
        raise SchemaError(
            f"the schema is {found}, this program works on {VERSION}", where=where, remedy=UPGRADE
        )
    _refuse_newer(found, where)


def _refuse_newer(found: str, where: str) -> None:
    if found > VERSION:
        raise SchemaError(
            f"the schema is {found}, newer than this program's {VERSION}",
            where=where,
            remedy="install the newer stockgroups",
        )


def read_version(connection: psycopg.Connection[Any]) -> str | None:
    """Return the schema's version, or None where the tables were never made."""
    try:
        row = connection.execute(_READ_VERSION).fetchone()
    except (pg.UndefinedTable, pg.InvalidSchemaName):
        return None
    return str(row[0]) if row else None


def upgrade(
    target: Target, finish: Callable[[psycopg.Connection[Any]], None] = lambda _connection: None
) -> tuple[str | None, str]:
    """Bring the tables to this program's version in one transaction; return (before, after).

    A database with the older tables keeps every row, id and key. `finish` is called at the end of
    that transaction, with its connection. Raises SchemaError when the schema is newer than the
    program.
    """
    import sqlalchemy as sa  # noqa: PLC0415 - upgrades alone need it
    from alembic import command  # noqa: PLC0415

    engine = sa.create_engine(
        "postgresql+psycopg://", creator=lambda: _plain_connection(target), poolclass=sa.NullPool
    )
    with translate_errors(str(target)), _unwrapped():
        with _plain_connection(target) as plain:
            before = read_version(plain)
        if before is not None:
            _refuse_newer(before, str(target))
        with engine.begin() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, VERSION)
            driver = connection.connection.driver_connection
            assert driver is not None  # noqa: S101 - the transaction is open
            finish(driver)
    return before, VERSION


def upgrade_sql(since: str | None = None) -> str:
    """Return the DDL from a version (None: from nothing) to this program's, to read and run."""
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
    import psycopg  # noqa: PLC0415 - typed above, imported by whoever connects

    return psycopg.connect(target.url, connect_timeout=10, application_name="stockgroups upgrade")


@contextmanager
def _unwrapped() -> Iterator[None]:
    """Take SQLAlchemy's wrapper off the driver's errors, so that one boundary translates them."""
    import sqlalchemy as sa  # noqa: PLC0415 - upgrades alone need it

    try:
        yield
    except sa.exc.DBAPIError as error:
        if error.orig is None:
            raise
        raise error.orig from error
