"""Choose the database, and connect to it.

`DATABASE_URL` names a server; `embedded` names the server that this program manages. That one is
also used if nothing is chosen and `stockgroups db start` has made it this user's default.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from stockgroups.db import embedded, schema, session
from stockgroups.db.arrays import register_arrays
from stockgroups.db.dates import register_dates
from stockgroups.db.errors import translate_errors
from stockgroups.db.session import open_connection
from stockgroups.errors import DatabaseNotChosenError, DatabaseUnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stockgroups.settings import Settings

Connection = session.Connection
EMBEDDED = "embedded"
DEFAULT_PORT = "5432"
EMBEDDED_HOST = "embedded server"
_PASSWORDS = ("password", "sslpassword")
_DRIVER = re.compile(r"^(postgres(?:ql)?)\+\w+://")
"""SQLAlchemy's way to name a driver in a URL: postgresql+psycopg2://. libpq does not know it."""


@dataclass(frozen=True, slots=True)
class Target:
    """The database that a command reads and writes; every write names it.

    Attributes:
        url: The connection string, with its password.
        host: The host for people, with the port if it is not the usual one.
    """

    url: str
    host: str
    database: str
    environment: str

    def __str__(self) -> str:
        return f"{self.host}/{self.database}, environment {self.environment}"


def find_target(settings: Settings) -> Target:
    """Return the chosen database; start the embedded server if it is chosen.

    Raises:
        DatabaseNotChosenError: Nothing was chosen, or the embedded server would serve PROD.
        DatabaseUnreachableError: DATABASE_URL is not a connection string.
        EmbeddedServerError: The embedded server cannot be started.
    """
    url = settings.database_url
    is_embedded = url == EMBEDDED or (url is None and embedded.is_default())
    if is_embedded:
        if settings.environment == "PROD":
            raise DatabaseNotChosenError(
                "the embedded server does not serve PROD",
                remedy="set DATABASE_URL to the production server",
            )
        return Target(embedded.ensure_running(), EMBEDDED_HOST, "stockgroups", settings.environment)
    if url is None:
        raise DatabaseNotChosenError(
            "no database chosen",
            remedy="set DATABASE_URL=postgresql://user@host/database, or run "
            "`stockgroups db start` for a server of your own",
        )
    url = _DRIVER.sub(r"\1://", url)
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # The driver's words repeat the whole text, and with it the password.
        raise DatabaseUnreachableError(
            "not a connection string",
            where="DATABASE_URL",
            remedy="write it as postgresql://user:password@host:5432/database",
        ) from None
    # What the text leaves out comes from the environment (PGHOST …) or is built into libpq.
    parameters = {
        option.keyword.decode(): option.val.decode()
        for option in pq.Conninfo.get_defaults()
        if option.val
    } | {name: str(value) for name, value in parts.items() if value}
    host = parameters.get("host") or parameters.get("hostaddr") or "local socket"
    port = parameters.get("port", DEFAULT_PORT)
    return Target(
        url,
        host if port == DEFAULT_PORT else f"{host}:{port}",
        parameters.get("dbname") or parameters.get("user") or "default database",
        settings.environment,
    )


def without_password(url: str) -> str:
    """Return the connection string without its passwords."""
    parts = conninfo_to_dict(url)
    kept = {name: value for name, value in parts.items() if name not in _PASSWORDS}
    return url if len(kept) == len(parts) else make_conninfo("", **kept)


@contextmanager
def connect(
    target: Target, *, check: bool = True, restart: bool = True, read_limit: int | None = None
) -> Iterator[Connection]:
    """Open a connection in autocommit mode; transactions are opened by those who need them.

    Args:
        check: Refuse a schema that is missing or of another version.
        restart: Start the embedded server again if it was killed.
        read_limit: The maximum seconds of a statement, on a connection that cannot write; None: the
            connection may write, without a limit.

    Yields:
        The connection, which is closed at the end. All errors of the driver inside the block become
        the program's own.

    Raises:
        SchemaError: With `check`, before anything else happens.
        DatabaseUnreachableError: The server does not answer.
    """
    with (
        translate_errors(str(target)),
        open_target(target, check=check, restart=restart, read_limit=read_limit) as connection,
    ):
        yield connection


def open_target(
    target: Target, *, check: bool = True, restart: bool = True, read_limit: int | None = None
) -> Connection:
    """Return an open connection like `connect`, with the driver's errors unchanged."""
    connection = _open(target, restart, read_limit)
    try:
        register_dates(connection)
        register_arrays(connection)
        if check:
            schema.check_version(connection, str(target))
    except BaseException:
        connection.close()
        raise
    return connection


def _open(target: Target, restart: bool, read_limit: int | None) -> Connection:
    try:
        return open_connection(target.url, str(target), read_limit=read_limit)
    except psycopg.OperationalError:
        if target.host != EMBEDDED_HOST or not restart:
            raise
        # It was killed between our finding it and our knocking: it is brought up again, once.
        return open_connection(embedded.ensure_running(), str(target), read_limit=read_limit)
