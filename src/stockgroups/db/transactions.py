"""The two kinds of transaction: reading as of one moment, and writing one after the other."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from psycopg.pq import TransactionStatus

from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stockgroups.db.connection import Connection

_SQL = load_statements("environment")


@contextmanager
def reading(connection: Connection) -> Iterator[None]:
    """Open a REPEATABLE READ, READ ONLY transaction: all statements inside see one state.

    Inside a transaction that is open already, they see what that one does.
    """
    is_outermost = connection.info.transaction_status is TransactionStatus.IDLE
    with connection.transaction():
        if is_outermost:
            connection.execute(b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


@contextmanager
def rehearsing(connection: Connection, *, dry_run: bool) -> Iterator[None]:
    """Open a transaction that with `dry_run` is taken back at the end, whatever was done in it."""
    with connection.transaction(force_rollback=dry_run):
        yield


@contextmanager
def writing(connection: Connection, environment: str) -> Iterator[None]:
    """Open a transaction that holds the environment's lock: a second writer waits here.

    What is read inside is what the writer before left.
    """
    with connection.transaction(), _unprepared(connection):
        connection.execute(_SQL["lock_environment"], {"environment": environment})
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


def bump_version(connection: Connection, environment: str) -> None:
    """Tell those who listen, once the open transaction commits, that something has changed."""
    connection.execute(_SQL["bump_version"], {"environment": environment})
