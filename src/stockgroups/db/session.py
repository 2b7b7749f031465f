"""Every connection of this program, with the settings that its statements rely on.

A server, a database, a role or the client's environment may set them differently. They are pinned
for the session if the server is reached directly. Behind a pooler (pgbouncer in transaction mode)
many programs take turns in a session, so they are pinned in each transaction instead, and every
statement runs in one.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Self, cast

import psycopg
from psycopg import IsolationLevel
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus

from stockgroups.db.behind import Behind
from stockgroups.db.sql import load_statements
from stockgroups.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from psycopg.abc import Params, QueryNoTemplate
    from psycopg.copy import Writer

OLDEST_VERSION = 15

_SQL = load_statements("environment")

SETTINGS: dict[str, str] = {
    # Names without a schema are those of PostgreSQL itself, never of an object that another role
    # made in a schema where it may: our own names are written with their schema everywhere.
    "search_path": "pg_catalog, pg_temp",
    # How values are written and read.
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "array_nulls": "on",
    "standard_conforming_strings": "on",
    "quote_all_identifiers": "off",
    "xmloption": "content",
    "client_min_messages": "notice",  # an upgrade reports its changes by notices
    # An answer without the rows that a policy hides would be wrong, so it is refused.
    "row_security": "off",
    # To compile a query takes a second where a table has no statistics yet, to run it milliseconds.
    "jit": "off",
    # Long statements are not cancelled. Waits for locks have their own limits (`locks`).
    "statement_timeout": "0",
    "lock_timeout": "0",
    # A program that stops in the middle of a transaction must not hold its locks for ever.
    "idle_in_transaction_session_timeout": "15min",
}
"""Settings of a session or of one transaction."""

_SESSION_SETTINGS: dict[str, str] = {
    "default_transaction_isolation": "read committed",
    "idle_session_timeout": "0",
    # The server notices within a minute that this program's machine is gone.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "60s",
}
"""Settings that belong to a session: behind a pooler they are the pooler's affair."""

_CLIENT_DEFAULTS: dict[str, str] = {
    "connect_timeout": "10",
    # This program notices within a minute that the server's machine is gone.
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
"""Options of libpq that a connection string may set otherwise."""

# One message, for the sake of one round trip, and in a transaction: where sessions are
# serializable by default, a standby refuses every statement outside of one. Every name has its
# schema, as nothing is pinned yet. Behind a pooler the settings go with the transaction.
_BEGIN = """
    BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
    SELECT s.is_pooled,
           pg_catalog.current_setting('server_encoding'),
           pg_catalog.current_setting('session_replication_role'),
           pg_catalog.to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL,
           {pins}
    FROM (
        SELECT pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.<>) {pid} AS is_pooled
    ) AS s;
    COMMIT
"""


class Connection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that knows whether it goes through a pooler, and pins its settings.

    Attributes:
        behind: The writes that the server does while the program computes. Every statement and the
            end of a transaction wait for them.
    """

    is_pooled = False
    read_limit: int | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.behind = Behind(self)

    def pin(self) -> None:
        """Set the required settings for the open transaction.

        It uses `SET`: after a query, the transaction's isolation level can no longer be chosen.
        """
        settings = SETTINGS | _bound_reading(self.read_limit, "transaction_read_only")
        text = "; ".join(
            f"SET LOCAL {name} = " + ", ".join(f"'{part}'" for part in value.split(", "))
            for name, value in _add_newer(settings, self.info.server_version).items()
        )
        psycopg.Cursor(self).execute(text.encode(), prepare=False)

    @contextmanager
    def transaction(
        self, savepoint_name: str | None = None, force_rollback: bool = False
    ) -> Iterator[psycopg.Transaction]:
        """Open a transaction, or a savepoint in an open one."""
        self.behind.settle()
        is_outermost = self.info.transaction_status is TransactionStatus.IDLE
        with super().transaction(savepoint_name, force_rollback) as opened:
            if self.is_pooled and is_outermost:
                self.pin()
            try:
                yield opened
            finally:
                self.behind.settle()


class _Cursor(psycopg.Cursor[tuple[Any, ...]]):
    """A cursor whose statements never run behind a pooler without the pinned settings."""

    def execute(
        self,
        query: Any,
        params: Params | None = None,
        *,
        prepare: bool | None = None,
        binary: bool | None = None,
    ) -> Self:
        """Run a statement, in a transaction of its own if that is needed."""
        connection = self._settle()
        is_idle = connection.info.transaction_status is TransactionStatus.IDLE
        if connection.is_pooled and is_idle:
            if connection.autocommit:
                with connection.transaction():
                    return super().execute(query, params, prepare=prepare, binary=binary)
            connection.pin()
        return super().execute(query, params, prepare=prepare, binary=binary)

    def stream(
        self, query: Any, params: Params | None = None, *, binary: bool | None = None, size: int = 1
    ) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a statement as they come, as `execute` runs it.

        Some are read at once, where the driver's libpq can (17): half the work of one by one.
        """
        connection = self._settle()
        is_idle = connection.info.transaction_status is TransactionStatus.IDLE
        with connection.transaction() if connection.is_pooled and is_idle else nullcontext():
            size = size if psycopg.capabilities.has_stream_chunked() else 1
            yield from super().stream(query, params, binary=binary, size=size)

    def executemany(
        self, query: Any, params_seq: Iterable[Params], *, returning: bool = False
    ) -> None:
        """Run a statement for each set of parameters."""
        self._settle()
        super().executemany(query, params_seq, returning=returning)

    @contextmanager
    def copy(
        self, statement: Any, params: Params | None = None, *, writer: Writer | None = None
    ) -> Iterator[psycopg.Copy]:
        """Run a COPY; rows are written or read inside the block."""
        self._settle()
        with super().copy(statement, params, writer=writer) as copy:
            yield copy

    def _settle(self) -> Connection:
        """Wait for the writes behind; return the connection."""
        connection = cast("Connection", self.connection)
        connection.behind.settle()
        return connection


def open_connection(url: str, where: str, *, read_limit: int | None = None) -> Connection:
    """Connect in autocommit mode, with all required settings pinned.

    Args:
        url: The connection string.
        where: The host and database, for errors.
        read_limit: The maximum seconds of a statement, on a connection that cannot write; None: the
            connection may write, without a limit.

    Raises:
        DatabaseError: This program does not work on the server or the database. The driver's errors
            are unchanged.
    """
    chosen = conninfo_to_dict(url)
    conninfo = make_conninfo(
        url,
        **{name: value for name, value in _CLIENT_DEFAULTS.items() if name not in chosen},
        client_encoding="UTF8",
        application_name="stockgroups",
    )
    connection = Connection.connect(conninfo, autocommit=True, cursor_factory=_Cursor)
    try:
        _check_version(connection, where)
        # Where nothing is written, every transaction sees one state from its first word on.
        connection.isolation_level = (
            IsolationLevel.READ_COMMITTED if read_limit is None else IsolationLevel.REPEATABLE_READ
        )
        connection.read_limit = read_limit
        connection.is_pooled, encoding, role, has_citus = _begin(connection)
        _check_database(encoding, role, where)
        if connection.is_pooled:
            connection.prepare_threshold = None  # the next transaction may have another session
        if has_citus:
            _check_distribution(connection, where)
    except BaseException:
        connection.close()
        raise
    return connection


def execute_alone(connection: psycopg.Connection[Any], statement: QueryNoTemplate) -> None:
    """Run a statement that PostgreSQL forbids in a transaction, such as CREATE DATABASE.

    Behind a pooler it runs without the pinned settings, so it may depend on none of them.
    """
    psycopg.Cursor(connection).execute(statement)


def _begin(connection: Connection) -> tuple[bool, str, str, bool]:
    """Pin what is relied on; return whether a pooler stands between, and what is to be checked.

    A pooler has told a process number of its own.
    """
    info = connection.info
    bounds = _bound_reading(connection.read_limit, "default_transaction_read_only")
    settings = SETTINGS | _SESSION_SETTINGS | bounds
    pins = ", ".join(
        f"pg_catalog.set_config('{name}', '{value}', s.is_pooled)"
        for name, value in _add_newer(settings, info.server_version).items()
    )
    cursor = psycopg.Cursor(connection)
    cursor.execute(_BEGIN.format(pins=pins, pid=info.backend_pid).encode(), prepare=False)
    cursor.nextset()
    row = cursor.fetchone()
    assert row is not None  # noqa: S101 - a SELECT of one row
    return row[0], row[1], row[2], row[3]


def _add_newer(settings: Mapping[str, str], server_version: int) -> Mapping[str, str]:
    """Return the settings with those that newer servers have besides."""
    return {**settings, "transaction_timeout": "0"} if server_version >= 170000 else settings


def _bound_reading(seconds: int | None, read_only: str) -> dict[str, str]:
    """Return the settings of a connection that only reads; `read_only` names the one to set."""
    return {} if seconds is None else {read_only: "on", "statement_timeout": f"{seconds}s"}


def _check_version(connection: Connection, where: str) -> None:
    if connection.info.server_version < OLDEST_VERSION * 10000:
        version = connection.info.parameter_status("server_version") or "of an unknown version"
        raise DatabaseError(
            f"the server is PostgreSQL {version}; this program needs {OLDEST_VERSION} or newer",
            where=where,
            remedy="upgrade the server, or name another one in DATABASE_URL",
        )


def _check_database(encoding: str, replication_role: str, where: str) -> None:
    if encoding != "UTF8":
        raise DatabaseError(
            f"the database's encoding is {encoding}; this program needs UTF8",
            where=where,
            remedy="make one with CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0, and "
            "restore a dump of this one into it",
        )
    if replication_role != "origin":
        raise DatabaseError(
            f"session_replication_role is {replication_role} for this role or database, so that "
            "the server checks no foreign key and runs no trigger",
            where=where,
            remedy="reset it: ALTER ROLE … RESET session_replication_role, or likewise for the "
            "database",
        )


def _check_distribution(connection: Connection, where: str) -> None:
    """Refuse tables that Citus distributes, except the one that `db distribute` creates.

    Most statements fail on the others, and some see half a load: `docs/scale.md` has the reasons.
    """
    held = [row[0] for row in connection.execute(_SQL["list_distributed"])]
    if held:
        raise DatabaseError(
            f"Citus distributes {', '.join(held)}, which this program does not support",
            where=where,
            remedy="undistribute them on the coordinator, one after the other, until none is "
            "listed: "
            f"SELECT undistribute_table('{held[0]}', cascade_via_foreign_keys => true); then run "
            "`stockgroups db upgrade`, as functions go with the tables",
        )
