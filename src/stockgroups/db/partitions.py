"""Move the members of snapshots into partitions, one for each year of as-of dates, and back.

A statement that needs no members opens no partition, and one that knows the date of a snapshot
opens one.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from psycopg import sql

from stockgroups.db import layout as layouts
from stockgroups.db.layout import ALL_DAYS, Period, read_layout, writing_alone
from stockgroups.db.sql import load_statements
from stockgroups.errors import DatabaseError
from stockgroups.times import today_utc

if TYPE_CHECKING:
    from stockgroups.db.connection import Connection
    from stockgroups.db.layout import Layout

_SQL = load_statements("partitions")
_COMING = "snapshot_members_coming"
_MEMBERS = "snapshot_members"


def read_years(connection: Connection) -> tuple[list[int], list[int]]:
    """Return the years with a partition, and those that need one.

    These are the years of snapshots, this year and the next, so that no load has to add a
    partition, which would lock out readers. All other dates share one partition.
    """
    layout = read_layout(connection)
    years = _list_years(connection, _MEMBERS) if layout.is_partitioned else []
    return years, _list_missing(layout, years)


def check_partitionable(connection: Connection) -> None:
    """Raise DatabaseError if the members are distributed."""
    if read_layout(connection).is_distributed:
        raise DatabaseError(
            "the members of snapshots are distributed over the servers of a cluster",
            where=f"database {connection.info.dbname}",
            remedy="run `stockgroups db distribute --undo` first",
        )


def partition(connection: Connection) -> Layout:
    """Partition the members by year; if they are partitioned, add the missing years.

    The members are copied year by year while other programs read and load; then everybody is locked
    out for a moment. If this is interrupted, it can be started again: what was copied stays.
    Members of a year without a partition go into a partition of all other dates, until this is
    called again.

    Returns:
        The resulting layout.

    Raises:
        DatabaseError: A program reads for long, or its views read the columns that move, or the
            members are distributed. The layout is as it was.
    """
    check_partitionable(connection)
    layout = read_layout(connection)
    if layout.is_partitioned:
        for year in _list_missing(layout, _list_years(connection, _MEMBERS)):
            with layouts.renewing_views(connection):
                _add_year(connection, _MEMBERS, year)
    else:
        layouts.create_members(
            connection,
            _COMING,
            "CONSTRAINT snapshot_members_pkey PRIMARY KEY (group_id, snapshot_id, as_of)"
            ") PARTITION BY RANGE (as_of)",
        )
        connection.execute(_SQL["create_others"])
        for year in _list_missing(layout, _list_years(connection, _COMING)):
            with connection.transaction():
                _add_year(connection, _COMING, year)
        layouts.fill_years(connection, _COMING, layout)
        with writing_alone(connection):
            layouts.fill(connection, _COMING, ALL_DAYS)
            connection.execute(_SQL["add_key"])
            with layouts.leaving_snapshots(connection):
                connection.execute(_SQL["begin_using"])
                for (name,) in connection.execute(_SQL["list_publications"]).fetchall():
                    connection.execute(
                        sql.SQL(
                            "ALTER PUBLICATION {} ADD TABLE stockgroups.snapshot_members"
                        ).format(sql.Identifier(name))
                    )
        layouts.give_back_space(connection)
    layouts.analyze(connection, _MEMBERS)
    return read_layout(connection)


def gather(connection: Connection) -> Layout:
    """Move the members that `partition` moved back into `snapshots`; return the layout."""
    layout = read_layout(connection)
    if layout.is_partitioned:
        layouts.fill_back(connection, layout)
        with writing_alone(connection):
            with layouts.returning_to_snapshots(connection):
                connection.execute(_SQL["stop_using"])
            connection.execute(_SQL["drop_table"])
        layouts.give_back_space(connection)
    return read_layout(connection)


def _list_years(connection: Connection, table: str) -> list[int]:
    return [row[0] for row in connection.execute(_SQL["list_years"], {"table": table})]


def _list_missing(layout: Layout, years: list[int]) -> list[int]:
    this = today_utc().year
    return sorted((layout.snapshots.keys() | {this, this + 1}) - set(years))


def _add_year(connection: Connection, table: str, year: int) -> None:
    """Add the partition of a year, with its rows from the partition of all other dates."""
    parent = sql.Identifier("stockgroups", table)
    partition = sql.Identifier("stockgroups", f"{_MEMBERS}_{year:04}")
    days = Period.of_year(year)
    connection.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(partition, parent))
    taken = sql.SQL(_SQL["take_others"].decode())
    connection.execute(
        sql.SQL("WITH taken AS ({}) INSERT INTO {} SELECT * FROM taken").format(taken, partition),
        days.to_dict(),
    )
    connection.execute(
        sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
            parent, partition, dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
        )
    )
