"""The two kinds of transaction: reading as of one moment, and writing one after the other."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from psycopg import IsolationLevel
from psycopg import errors as pg
from psycopg.pq import TransactionStatus

from stockgroups.db import schema
from stockgroups.db.locks import lock_environment
from stockgroups.db.sql import load_statements
from stockgroups.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stockgroups.db.connection import Connection

_SQL = load_statements("environment")


@contextmanager
def reading(connection: Connection, *, by_index: bool = False) -> Iterator[None]:
    """Open a REPEATABLE READ, READ ONLY transaction: all statements inside see one state.

    Inside a transaction that is open already, they see what that one does. `by_index` is for what
    asks for little of its tables: else the server takes a look-up in an index for as dear as one
    on a turning disk, and reads all refs for the members of one fund.
    """
    if connection.info.transaction_status is not TransactionStatus.IDLE:
        yield  # without a savepoint: nothing is written that could be taken back
        return
    with connection.transaction():
        if connection.isolation_level is not IsolationLevel.REPEATABLE_READ:
            connection.execute(b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if by_index:
            connection.execute(_SQL["prefer_indexes"])
        yield


@contextmanager
def joining_by_hash(connection: Connection) -> Iterator[None]:
    """Keep the planner from joining in nested loops, in a transaction that is open.

    For statements that unfold whole snapshots: an array counts as ten elements there, so that a
    loop of 30,000 rows in 30,000 looks cheap, and runs for hours where statistics are old.
    """
    connection.execute(_SQL["set_nested_loops"], {"value": "off"})
    try:
        yield
    finally:
        if connection.info.transaction_status is TransactionStatus.INTRANS:
            connection.execute(_SQL["set_nested_loops"], {"value": "on"})


@contextmanager
def supposing(connection: Connection) -> Iterator[None]:
    """Open a REPEATABLE READ transaction that is taken back at the end, whatever was done in it.

    For what can only be told once rows are added to the record. It holds nothing that another
    writer waits for, as long as it adds rows to the record alone. Raises DatabaseError where no
    rows can be added.
    """
    is_outermost = connection.info.transaction_status is TransactionStatus.IDLE
    try:
        with connection.transaction(force_rollback=True):
            if is_outermost:
                connection.execute(b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
    except (pg.ReadOnlySqlTransaction, pg.InsufficientPrivilege) as error:
        raise DatabaseError(
            "this dry run adds rows to the record and takes them back, and may not: "
            f"{error.diag.message_primary}",
            where=f"database {connection.info.dbname}",
            remedy="run it on the primary server as a role that may write; nothing stays there",
        ) from error


@contextmanager
def writing(connection: Connection, environment: str) -> Iterator[None]:
    """Open a transaction that holds the environment's lock: a second writer waits here.

    What is read inside is what the writer before left. Raises DatabaseError, naming the other
    writer, after ten minutes, and SchemaError for tables of an older form.
    """
    with connection.transaction(), _unprepared(connection):
        schema.refuse_older_tables(connection)
        lock_environment(connection, environment)
        yield


@contextmanager
def _unprepared(connection: Connection) -> Iterator[None]:
    """Have every statement planned for the arrays that it gets.

    A connection that stays open would keep a plan from when the tables were empty. To forbid such
    plans in the server (`plan_cache_mode`) would also have the check of a foreign key planned anew
    for each row of a COPY.
    """
    usual = connection.prepare_threshold
    connection.prepare_threshold = None
    try:
        yield
    finally:
        connection.prepare_threshold = usual
