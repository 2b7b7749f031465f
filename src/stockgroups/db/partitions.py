"""Move the members of snapshots into partitions, one for each year of as-of dates, and back.

`snapshots` stays one table, with everything about a snapshot except its members. These are four
fifths of a record's bytes, and move to `snapshot_members`. A statement that needs no members opens
no partition, and one that knows the date of a snapshot opens one.
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
from stockgroups.db.sql import load_statements
from stockgroups.errors import DatabaseError
from stockgroups.model import ENVIRONMENTS
from stockgroups.times import today_utc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stockgroups.db.connection import Connection

_SQL = load_statements("partitions")
_LOG = logging.getLogger(__name__)
_COMING = "snapshot_members_coming"
_MEMBERS = "snapshot_members"
_ALL_DAYS = {"since": "-infinity", "until": "infinity"}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the members of snapshots are stored.

    Attributes:
        is_parted: Whether they are partitioned by year.
        years: The years that have a partition. All other dates share one.
        missing: The years without a partition: of snapshots, this year and the next.
        snapshots: The number of snapshots of each year.
    """

    is_parted: bool
    years: tuple[int, ...]
    missing: tuple[int, ...]
    snapshots: dict[int, int]


def read_layout(connection: Connection) -> Layout:
    """Return where the members of snapshots are stored."""
    is_parted = connection.execute(_SQL["is_parted"]).fetchone() == (True,)
    years = _list_years(connection, _MEMBERS) if is_parted else []
    counts: dict[int, int] = dict(connection.execute(_SQL["count_years"]).fetchall())
    this = today_utc().year
    missing = sorted((counts.keys() | {this, this + 1}) - set(years))
    return Layout(is_parted, tuple(years), tuple(missing), counts)


def part(connection: Connection) -> Layout:
    """Partition the members by year; if they are partitioned, add the missing years.

    The members are copied year by year while other programs read and load; then everybody is locked
    out for a moment. If this is interrupted, it can be started again: what was copied stays. There
    are partitions up to next year, so that no load has to make one, which would lock out readers.
    Members of a year without a partition go into a partition of all other dates, until this is
    called again.

    Returns:
        The resulting layout.

    Raises:
        DatabaseError: A program reads for long, or its views read the columns that move. The layout
            is as it was.
    """
    layout = read_layout(connection)
    if layout.is_parted:
        for year in layout.missing:
            with _writing_alone(connection):
                connection.execute(_SQL["lock_readers"])
                _add_year(connection, _MEMBERS, year)
    else:
        connection.execute(_SQL["prepare"])
        done = _list_years(connection, _COMING)
        for year in layout.missing:
            with connection.transaction():
                if year not in done:
                    _add_year(connection, _COMING, year)
                connection.execute(_SQL["fill"], _days_of(year))
            _LOG.info("Copied the members of %s", year)
        with _writing_alone(connection):
            connection.execute(_SQL["fill"], _ALL_DAYS)
            connection.execute(_SQL["add_key"])
            connection.execute(_SQL["lock_readers"])
            connection.execute(_SQL["begin_using"])
            for (name,) in connection.execute(_SQL["list_publications"]).fetchall():
                connection.execute(
                    sql.SQL("ALTER PUBLICATION {} ADD TABLE stockgroups.snapshot_members").format(
                        sql.Identifier(name)
                    )
                )
            connection.execute(SNAPSHOT_VIEWS.read_bytes())
            connection.execute(_SQL["part"])
        execute_alone(connection, _SQL["give_back_space"])
    connection.execute(_SQL["analyze"])
    return read_layout(connection)


def unite(connection: Connection) -> Layout:
    """Move the members that `part` moved back into `snapshots`; return the layout."""
    layout = read_layout(connection)
    if layout.is_parted:
        with _writing_alone(connection):
            connection.execute(_SQL["lock_readers"])
            connection.execute(_SQL["prepare_undo"])
        for year in layout.snapshots:
            connection.execute(_SQL["fill_back"], _days_of(year))
            _LOG.info("Copied the members of %s", year)
        with _writing_alone(connection):
            connection.execute(_SQL["fill_back"], _ALL_DAYS)
            connection.execute(_SQL["lock_readers"])
            connection.execute(_SQL["stop_using"])
            connection.execute(SNAPSHOT_VIEWS.read_bytes())
            connection.execute(_SQL["unite"])
        execute_alone(connection, _SQL["give_back_space"])
    return read_layout(connection)


@contextmanager
def _writing_alone(connection: Connection) -> Iterator[None]:
    """Open a transaction in which nobody else writes to the record."""
    try:
        with connection.transaction():
            for environment in ENVIRONMENTS:
                lock_environment(connection, environment)
            yield
    except pg.LockNotAvailable as error:
        raise DatabaseError(
            "somebody reads the snapshots for long",
            where=f"database {connection.info.dbname}",
            remedy="run it again when they have finished; what was copied stays",
        ) from error
    except pg.DependentObjectsStillExist as error:
        raise DatabaseError(
            f"another program's views read the columns that move: {error.diag.message_detail}",
            where=f"database {connection.info.dbname}",
            remedy="drop them, run it again, and make them anew of stockgroups.full_snapshots",
        ) from error


def _list_years(connection: Connection, table: str) -> list[int]:
    return [row[0] for row in connection.execute(_SQL["list_years"], {"table": table})]


def _days_of(year: int) -> dict[str, dt.date]:
    return {"since": dt.date(year, 1, 1), "until": dt.date(year, 12, 31)}


def _add_year(connection: Connection, table: str, year: int) -> None:
    """Add the partition of a year, with its rows from the partition of all other dates."""
    parent = sql.Identifier("stockgroups", table)
    partition = sql.Identifier("stockgroups", f"{_MEMBERS}_{year:04}")
    days = _days_of(year)
    connection.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(partition, parent))
    taken = sql.SQL(_SQL["take_others"].decode())
    connection.execute(
        sql.SQL("WITH taken AS ({}) INSERT INTO {} SELECT * FROM taken").format(taken, partition),
        days,
    )
    connection.execute(
        sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
            parent, partition, days["since"], days["until"] + dt.timedelta(days=1)
        )
    )
