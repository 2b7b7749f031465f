"""Move the members of snapshots to the servers of a Citus cluster, and back.

Everything but the members stays on the coordinator: memberships, intervals, refs, the headers of
snapshots, the version. So answers about the present, and the rules that choose a snapshot, are as
without a cluster. `docs/scale.md` has the reasons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.db import layout as layouts
from stockgroups.db.layout import ALL_DAYS, read_layout, writing_alone
from stockgroups.db.sql import load_statements, only_row
from stockgroups.errors import DatabaseError

if TYPE_CHECKING:
    from stockgroups.db.connection import Connection
    from stockgroups.db.layout import Layout

OLDEST_CITUS = 12

_SQL = load_statements("distribution")
_MEMBERS = "distributed_members"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Citus cluster, seen from its coordinator.

    Attributes:
        version: The version of Citus.
        servers: The servers that take shards, as host:port. None are listed where the coordinator
            is alone and takes all.
    """

    version: str
    servers: tuple[str, ...]


def read_cluster(connection: Connection) -> Cluster:
    """Return the cluster whose coordinator this server is.

    Raises:
        DatabaseError: The database has no Citus, or an older version; or this is a worker.
    """
    where = f"database {connection.info.dbname}"
    if connection.execute(_SQL["has_citus"]).fetchone() != (True,):
        raise DatabaseError(
            "this database has no Citus",
            where=where,
            remedy=f"install Citus {OLDEST_CITUS} or newer on each server, and run CREATE "
            "EXTENSION citus; without a cluster, `stockgroups db partition` is for large records",
        )
    version, is_coordinator, servers = only_row(connection.execute(_SQL["read_cluster"]))
    if int(version.partition(".")[0]) < OLDEST_CITUS:
        raise DatabaseError(
            f"Citus is of version {version}; this program needs {OLDEST_CITUS} or newer",
            where=where,
            remedy="upgrade Citus on each server, then run ALTER EXTENSION citus UPDATE",
        )
    if not is_coordinator:
        raise DatabaseError(
            "this server is a worker of the cluster",
            where=where,
            remedy="name the coordinator in DATABASE_URL",
        )
    return Cluster(version, tuple(servers))


def check_distributable(connection: Connection) -> Cluster:
    """Return the cluster that `distribute` would use.

    Raises:
        DatabaseError: There is no cluster, or the members are partitioned.
    """
    cluster = read_cluster(connection)
    if read_layout(connection).is_partitioned:
        raise DatabaseError(
            "the members of snapshots are partitioned by year",
            where=f"database {connection.info.dbname}",
            remedy="run `stockgroups db partition --undo` first",
        )
    return cluster


def distribute(connection: Connection) -> Layout:
    """Move the members to the servers of the cluster, by group.

    They are copied year by year while other programs read and load; then everybody is locked out
    for a moment. If this is interrupted, it can be started again: what was copied stays.

    Returns:
        The resulting layout.

    Raises:
        DatabaseError: There is no cluster; or the members are partitioned; or a program reads for
            long, or its views read the columns that move. The layout is as it was.
    """
    layout = read_layout(connection)
    if layout.is_distributed:
        return layout
    check_distributable(connection)
    layouts.create_members(
        connection,
        _MEMBERS,
        "CONSTRAINT distributed_members_pkey PRIMARY KEY (group_id, snapshot_id))",
    )
    if connection.execute(_SQL["is_shared"]).fetchone() != (True,):
        connection.execute(_SQL["share"])
    with layouts.renewing_views(connection):
        pass  # for the rights: Citus grants none after it has copied rows
    layouts.fill_years(connection, _MEMBERS, layout)
    with writing_alone(connection):
        layouts.fill(connection, _MEMBERS, ALL_DAYS)
        with layouts.leaving_snapshots(connection):
            connection.execute(_SQL["begin_using"])
    layouts.give_back_space(connection)
    layouts.analyze(connection, _MEMBERS)
    return read_layout(connection)


def gather(connection: Connection) -> Layout:
    """Move the members that `distribute` moved back into `snapshots`; return the layout.

    It also drops the copies of a `distribute` that was interrupted.
    """
    layout = read_layout(connection)
    if layout.is_distributed:
        layouts.fill_back(connection, layout)
        with writing_alone(connection):
            with layouts.returning_to_snapshots(connection):
                connection.execute(_SQL["stop_using"])
            connection.execute(_SQL["drop_function"])
        layouts.give_back_space(connection)
    connection.execute(_SQL["drop_table"])
    return read_layout(connection)
