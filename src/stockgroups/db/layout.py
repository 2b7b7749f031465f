"""Where the members of snapshots are stored, and how they move.

`snapshots` stays one table, with everything about a snapshot except its members. These are four
fifths of a record's bytes. They may move to another table (`partitions`, `distribution`). The view
`full_snapshots` has all columns in every layout.
"""

from __future__ import annotations

import datetime as dt
import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import errors as pg
from psycopg import sql

from stockgroups.db.locks import lock_environment
from stockgroups.db.migrations import SNAPSHOT_VIEWS
from stockgroups.db.session import execute_alone
from stockgroups.db.sql import load_statements, only_row
from stockgroups.errors import DatabaseError
from stockgroups.model import ENVIRONMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stockgroups.db.connection import Connection

_SQL = load_statements("layout")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Period:
    """A range of as-of dates, both included, as a parameter of statements."""

    since: dt.date | str
    until: dt.date | str

    @classmethod
    def of_year(cls, year: int) -> Period:
        """Return the days of a year."""
        return cls(dt.date(year, 1, 1), dt.date(year, 12, 31))

    def to_dict(self) -> dict[str, dt.date | str]:
        """Return the values of the parameters `since` and `until`."""
        return {"since": self.since, "until": self.until}


ALL_DAYS = Period("-infinity", "infinity")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the members of snapshots are stored.

    Attributes:
        is_partitioned: They are in a table that is partitioned by year.
        is_distributed: They are on the servers of a Citus cluster.
        snapshots: The number of snapshots of each year.
    """

    is_partitioned: bool
    is_distributed: bool
    snapshots: dict[int, int]


def read_layout(connection: Connection) -> Layout:
    """Return where the members of snapshots are stored."""
    row = only_row(connection.execute(_SQL["read_layout"]))
    return Layout(row[0], row[1], dict(connection.execute(_SQL["count_years"]).fetchall()))


def create_members(connection: Connection, table: str, rest: str) -> None:
    """Create the table that the members move to, if it does not exist.

    Args:
        connection: The database.
        table: The name of the table in the schema `stockgroups`.
        rest: The end of the statement: the primary key, and what stands after the columns.
    """
    connection.execute(_name("create_table", table, rest=sql.SQL(rest)))


def fill(connection: Connection, table: str, period: Period) -> None:
    """Copy the members of the snapshots of a period, except those copied before.

    Copies of snapshots that were deleted meanwhile are deleted too.
    """
    with connection.transaction():
        since, until = sql.Literal(period.since), sql.Literal(period.until)
        connection.execute(_name("list_filled", table, since=since, until=until))
        connection.execute(_name("fill", table), period.to_dict())
        found = only_row(connection.execute(_name("list_strays", table)))
        strays = {"group_ids": found[0], "snapshot_ids": found[1]}
        if strays["snapshot_ids"]:
            connection.execute(_name("delete_strays", table), strays)
        connection.execute(_SQL["drop_filled"])


def fill_years(connection: Connection, table: str, layout: Layout) -> None:
    """Copy the members year by year, while other programs read and load."""
    for year in layout.snapshots:
        fill(connection, table, Period.of_year(year))
        _LOG.info("Copied the members of %s", year)


def fill_back(connection: Connection, layout: Layout) -> None:
    """Copy the members back into `snapshots` year by year, while other programs read and load."""
    with writing_alone(connection):
        connection.execute(_SQL["lock_readers"])
        connection.execute(_SQL["add_columns"])
    for year in layout.snapshots:
        connection.execute(_SQL["fill_back"], Period.of_year(year).to_dict())
        _LOG.info("Copied the members of %s", year)


@contextmanager
def leaving_snapshots(connection: Connection) -> Iterator[None]:
    """Have the views read the other table, then drop the columns of `snapshots`.

    The body makes the other table the one that the views read. Readers are locked out from its
    beginning. It runs in the transaction of `writing_alone`.
    """
    connection.execute(_SQL["lock_readers"])
    yield
    connection.execute(SNAPSHOT_VIEWS.read_bytes())
    connection.execute(_SQL["drop_columns"])


@contextmanager
def returning_to_snapshots(connection: Connection) -> Iterator[None]:
    """Copy what is left, then have the views read `snapshots` alone.

    The body makes the other table one that the views do not read. It runs in the transaction of
    `writing_alone`.
    """
    connection.execute(_SQL["fill_back"], ALL_DAYS.to_dict())
    connection.execute(_SQL["lock_readers"])
    yield
    connection.execute(SNAPSHOT_VIEWS.read_bytes())
    connection.execute(_SQL["add_check"])


@contextmanager
def renewing_views(connection: Connection) -> Iterator[None]:
    """Lock out readers, then create the views again, with the rights on the tables of members.

    The body changes these tables. Transactions that began before are refused by the new views.
    """
    with writing_alone(connection):
        connection.execute(_SQL["lock_readers"])
        yield
        connection.execute(SNAPSHOT_VIEWS.read_bytes())


def give_back_space(connection: Connection) -> None:
    """Return the space of dropped columns to the system; readers wait meanwhile."""
    execute_alone(connection, _SQL["give_back_space"])


def analyze(connection: Connection, table: str) -> None:
    """Have the server read the statistics of the table of members."""
    connection.execute(_name("analyze", table))


@contextmanager
def writing_alone(connection: Connection) -> Iterator[None]:
    """Open a transaction in which nobody else writes to the record.

    Raises:
        DatabaseError: A program reads for long, or its views read the columns that move.
    """
    try:
        with connection.transaction():
            for environment in ENVIRONMENTS:
                lock_environment(connection, environment)
            yield
    except pg.LockNotAvailable as error:
        raise DatabaseError(
            "another program has been reading the snapshots for a long time",
            where=f"database {connection.info.dbname}",
            remedy="run it again when that program has finished; copied members are kept",
        ) from error
    except pg.DependentObjectsStillExist as error:
        raise DatabaseError(
            f"another program's views read the columns that move: {error.diag.message_detail}",
            where=f"database {connection.info.dbname}",
            remedy="drop them, run it again, and create them on stockgroups.full_snapshots",
        ) from error


def _name(statement: str, table: str, **parts: sql.Composable) -> sql.Composed:
    """Return a statement with the name of the table in the place of `{members}`."""
    text = sql.SQL(_SQL[statement].decode())
    return text.format(members=sql.Identifier(table), **parts)
