"""The one boundary where the driver's errors become this program's own; the cause is kept."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import errors as pg

from stockgroups.errors import (
    DatabaseError,
    DatabaseUnreachableError,
    RefusedByDatabaseError,
    SchemaError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

UPGRADE = "run `stockgroups db upgrade`"
_AGAIN = "run it again; what was not committed is undone"
_CLUSTER = ("remote node", "connection marked as essential")
"""In messages of Citus about a connection to a worker, whatever their class."""
_CLOSED = "the connection is closed"
"""The driver's message for a connection that the program itself has closed or lost before."""
_FUNCTION_CONTEXT = ("PL/", "SQL function")


@contextmanager
def translate_errors(where: str) -> Iterator[None]:
    """Raise this program's error in place of the driver's, which becomes its cause.

    `where` names host, database and environment, for the message.
    """
    try:
        yield
    except psycopg.Error as error:
        raise _translate(error, where) from error


def advise_reach(message: str) -> str:
    """Return what to check after a connection failed with this message.

    libpq reads environment variables (PGSERVICE, PGOPTIONS, PGSSLMODE …) besides the connection
    string. Its messages quote the wrong value, or a word of it.
    """
    quoted = re.findall(r'"([^"]+)"', message)
    named = [
        name
        for name, value in sorted(os.environ.items())
        if name.startswith("PG")
        and (
            _has_word(message, value)
            # An option is written as `-c name=value` or `-cname=value`.
            or any(_has_word(value.replace("-c", " "), word) for word in quoted)
        )
    ]
    variables = f"{', '.join(named)} in the environment, " if named else ""
    return f"check {variables}DATABASE_URL and that the server runs and accepts this user"


def _has_word(text: str, word: str) -> bool:
    return bool(word) and re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", text) is not None


def _translate(error: psycopg.Error, where: str) -> DatabaseError:
    message = error.diag.message_primary or str(error).strip() or type(error).__name__
    context = error.diag.context or ""
    match error:
        case pg.UndefinedTable() | pg.UndefinedFunction() | pg.InvalidSchemaName() if any(
            word in context for word in _FUNCTION_CONTEXT
        ):
            return DatabaseError(
                f"a function of the database failed: {message} ({context})",
                where=where,
                remedy="this program calls nothing by its bare name: set the function's path with "
                "ALTER FUNCTION … SET search_path = pg_catalog, public",
            )
        case (
            pg.UndefinedTable()
            | pg.InvalidSchemaName()
            | pg.UndefinedColumn()
            | pg.UndefinedFunction()  # no function or operator takes a column of that type
            | pg.DatatypeMismatch()
            | pg.CannotCoerce()
        ):
            return SchemaError(message, where=where, remedy=UPGRADE)
        case psycopg.IntegrityError() | psycopg.DataError() | pg.RaiseException():
            name = error.diag.constraint_name
            return RefusedByDatabaseError(
                f"the database refused it: {message}" + (f" (constraint {name})" if name else ""),
                where=where,
            )
        case psycopg.OperationalError() if message == _CLOSED:
            return DatabaseUnreachableError(message, where=where, remedy="connect again")
        case psycopg.OperationalError() if _find_remedy(error) is None:
            return DatabaseUnreachableError(message, where=where, remedy=advise_reach(message))
        case _:
            return DatabaseError(message, where=where, remedy=_find_remedy(error))


def _find_remedy(error: psycopg.Error) -> str | None:
    """Return what to do about an error of an open connection; None if nothing is known.

    The classes are those of the PostgreSQL manual, "Error Codes".
    """
    match error:
        case pg.InsufficientPrivilege():
            return "grant the right, or connect as the tables' owner"
        case pg.DiskFull():
            return "make room on the server's disk, then run it again"
        case pg.TooManyConnections():
            return "wait until others have disconnected, or raise max_connections"
        case pg.OutOfMemory() | pg.InsufficientResources() | pg.ConfigurationLimitExceeded():
            return "the server lacks resources for it: see its log, then run it again"
        case pg.IoError() | pg.SystemError() | pg.DataCorrupted() | pg.IndexCorrupted():
            return "the server cannot read or write its files: see its log"
        case pg.IdleInTransactionSessionTimeout():
            return f"this program had stopped in the middle of its work: {_AGAIN}"
        case pg.AdminShutdown() | pg.CrashShutdown() | pg.CannotConnectNow():
            return f"the server ended the connection; when it runs again, {_AGAIN}"
        case pg.LockNotAvailable():
            return "try again when the table is free"
        case pg.QueryCanceled():
            return f"it took longer than allowed, or was cancelled: ask for less, or {_AGAIN}"
        case pg.SerializationFailure() if error.diag.message_hint:
            return error.diag.message_hint  # a function of ours knows what happened
        case pg.DeadlockDetected() | pg.SerializationFailure():
            return "another program wrote the same rows: run it again"
        case _ if any(words in str(error) for words in _CLUSTER):
            return "a worker of the Citus cluster does not answer: start it, then run it again"
        case pg.ReadOnlySqlTransaction():
            return (
                "nothing can be written here: DATABASE_URL names a replica, or "
                "default_transaction_read_only is on for this role or database"
            )
        case _:
            return None
