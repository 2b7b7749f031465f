"""The two kinds of transaction: reading at one moment, and writing one after the other."""

from __future__ import annotations

from contextlib import contextmanager
from time import sleep
from typing import TYPE_CHECKING, TypeVar

from psycopg import IsolationLevel
from psycopg import errors as pg
from psycopg.pq import TransactionStatus

from stockgroups.db import schema
from stockgroups.db.locks import hold_tables, lock_environment
from stockgroups.db.sql import load_statements
from stockgroups.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stockgroups.db.connection import Connection

_T = TypeVar("_T")
_SQL = load_statements("environment")
_PAUSES = (0.01, 0.03, 0.1, 0.3, 1.0)
"""Seconds before a question is asked again."""


@contextmanager
def reading(
    connection: Connection, *, by_index: bool = False, keeps_plans: bool = False
) -> Iterator[None]:
    """Open a REPEATABLE READ, READ ONLY transaction: all statements inside see one state.

    Inside an open transaction, they see its state. `by_index` is for statements that read few rows:
    without it the server rates an index look-up as on a spinning disk, and reads all refs for the
    members of one fund. `keeps_plans` is for look-ups without arrays that take longer to plan than
    to run.
    """
    if connection.info.transaction_status is not TransactionStatus.IDLE:
        yield  # without a savepoint, because nothing is written that could be undone
        return
    usual = connection.isolation_level, connection.read_only
    connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
    try:
        with connection.transaction():
            if by_index:
                connection.execute(_SQL["prefer_indexes"])
            if keeps_plans:
                connection.execute(_SQL["keep_plans"])
            yield
    finally:
        if connection.info.transaction_status is TransactionStatus.IDLE:  # else it is lost
            connection.isolation_level, connection.read_only = usual


def ask_again(question: Callable[[], _T]) -> _T:
    """Return the answer to a question; ask it again if the server could not show one state.

    On a cluster, the servers commit a load one after the other, within milliseconds. A question
    that reads between them finds a snapshot without its members, and fails (`members_of`). So does
    one that began before the members moved (`refuse_older_transaction`). A standby cancels a
    question that reads rows which the primary removed.

    Args:
        question: A function that only reads, each time in a transaction of its own.
    """
    for pause in _PAUSES:
        try:
            return question()
        except pg.SerializationFailure:
            sleep(pause)
    return question()


@contextmanager
def joining_by_hash(connection: Connection) -> Iterator[None]:
    """Keep the planner from nested-loop joins, in an open transaction.

    For statements that unnest whole snapshots: the planner assumes ten elements per array. So a
    loop over 30,000 rows in 30,000 looks cheap, and runs for hours if statistics are old.
    """
    with _without(connection, "set_nested_loops"):
        yield


@contextmanager
def searching_by_index(connection: Connection) -> Iterator[None]:
    """Keep the planner from sequential scans where an index serves, in an open transaction.

    For statements that search for elements of long arrays: the planner takes the comparison with a
    whole array for as cheap as that of two numbers, and would go through a table for each element.
    """
    with _without(connection, "set_sequential_scans"):
        yield


@contextmanager
def _without(connection: Connection, setting: str) -> Iterator[None]:
    connection.execute(_SQL[setting], {"value": "off"})
    try:
        yield
    finally:
        if connection.info.transaction_status is TransactionStatus.INTRANS:
            connection.execute(_SQL[setting], {"value": "on"})


@contextmanager
def supposing(connection: Connection) -> Iterator[None]:
    """Open a REPEATABLE READ transaction that is always rolled back at the end.

    For results that need rows added to the record first. It blocks no other writer as long as it
    only adds rows to the record. Raises DatabaseError if no rows can be added.
    """
    is_outermost = connection.info.transaction_status is TransactionStatus.IDLE
    try:
        with connection.transaction(force_rollback=True):
            if is_outermost:
                connection.execute(b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
    except (pg.ReadOnlySqlTransaction, pg.InsufficientPrivilege) as error:
        raise DatabaseError(
            "this dry run adds rows to the record and rolls them back, but may not: "
            f"{error.diag.message_primary}",
            where=f"database {connection.info.dbname}",
            remedy="run it on the primary server as a role that may write; it leaves nothing "
            "behind",
        ) from error


@contextmanager
def writing(connection: Connection, environment: str) -> Iterator[None]:
    """Open a transaction that holds the environment's lock: a second writer waits here.

    Statements inside see what the previous writer left. Raises DatabaseError, naming the other
    writer, after ten minutes, and SchemaError for tables of an older form.
    """
    with connection.transaction(), _unprepared(connection):
        schema.refuse_older_tables(connection)
        lock_environment(connection, environment)
        yield


@contextmanager
def reading_or_writing(
    connection: Connection, environment: str, tables: Sequence[str], *, dry_run: bool
) -> Iterator[None]:
    """Open a transaction that writes and holds tables from its start, or a dry run that reads."""
    if dry_run:
        with reading(connection):
            yield
        return
    with writing(connection, environment):
        hold_tables(connection, tables)
        yield


@contextmanager
def _unprepared(connection: Connection) -> Iterator[None]:
    """Have every statement planned for the arrays that it gets.

    A connection that stays open would keep a plan from when the tables were empty. Forbidding such
    plans in the server (`plan_cache_mode`) would also plan the check of a foreign key again for
    each row of a COPY.
    """
    usual = connection.prepare_threshold
    connection.prepare_threshold = None
    try:
        yield
    finally:
        connection.prepare_threshold = usual
