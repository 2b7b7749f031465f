"""The one boundary where the driver's errors become this program's own; the cause is kept."""

from __future__ import annotations

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


@contextmanager
def translate_errors(where: str) -> Iterator[None]:
    """Raise our error for the driver's. `where` names host, database and environment."""
    try:
        yield
    except psycopg.Error as error:
        raise _translate(error, where) from error


def _translate(error: psycopg.Error, where: str) -> DatabaseError:
    message = error.diag.message_primary or str(error).strip() or type(error).__name__
    match error:
        case pg.UndefinedTable() | pg.InvalidSchemaName() | pg.UndefinedColumn():
            return SchemaError(message, where=where, remedy=UPGRADE)
        case pg.InsufficientPrivilege():
            return DatabaseError(
                message, where=where, remedy="grant the right, or connect as the tables' owner"
            )
        case pg.LockNotAvailable() | pg.QueryCanceled():
            return DatabaseError(message, where=where, remedy="try again when the table is free")
        case pg.DeadlockDetected() | pg.SerializationFailure():
            return DatabaseError(
                message, where=where, remedy="another program wrote the same rows: run it again"
            )
        case pg.ReadOnlySqlTransaction():
            return DatabaseError(message, where=where, remedy="name the primary, not a replica")
        case psycopg.IntegrityError() | psycopg.DataError() | pg.RaiseException():
            name = error.diag.constraint_name
            return RefusedByDatabaseError(
                f"the database refused it: {message}" + (f" (constraint {name})" if name else ""),
                where=where,
            )
        case psycopg.OperationalError():
            return DatabaseUnreachableError(
                message,
                where=where,
                remedy="check DATABASE_URL and that the server runs and admits this user",
            )
        case _:
            return DatabaseError(message, where=where)
