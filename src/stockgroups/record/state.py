"""Read the stored state for planning: groups, snapshot headers, members."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from stockgroups.db.arrays import as_columns
from stockgroups.db.sql import load_statements, only_row
from stockgroups.json_values import pick
from stockgroups.model import GroupKey, GroupType, Ref
from stockgroups.record.headers import read_headers, read_headers_for
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.record.desired import DesiredGroup
    from stockgroups.record.effective import Header

_SQL = load_statements("store")
_SNAPSHOTS = "registry_ids snapshot_ids"

Members = dict[str, float | None]


@dataclass(slots=True)
class StoredGroup:
    """One group as it is stored. Both numbers are None if the group does not exist yet.

    Attributes:
        key: The group's name.
        registry_id: The permanent number, under which its snapshots are stored.
        group_id: The number of its row for other programs. It differs from `registry_id` only if
            another program made the row again.
        snapshot_id: The snapshot that its memberships are the projection of.
        description: The description in its row.
        metadata: The metadata in its row.
        liquidity_filter: The filter in its row.
        is_remembered: Its row is as this program last wrote or recorded it.
        written: How many memberships this program last wrote; None if it wrote none.
        headers: Its snapshots in the order of recording: all of them, or those that a load needs.
    """

    key: GroupKey
    registry_id: int | None
    group_id: int | None
    snapshot_id: int | None
    description: str | None
    metadata: Mapping[str, Any]
    liquidity_filter: Mapping[str, Any] | None
    is_remembered: bool = False
    written: int | None = None
    headers: list[Header] = field(default_factory=list)

    @property
    def effective(self) -> Header | None:
        """The snapshot that its memberships are the projection of."""
        return next((h for h in self.headers if h.id == self.snapshot_id), None)

    def describe(self) -> dict[str, Any]:
        """Return its own row as JSON values."""
        return pick(self, "description metadata liquidity_filter")


def read_groups(store: Store, keys: Iterable[GroupKey]) -> dict[GroupKey, StoredGroup]:
    """Return the given groups, with the headers of all their snapshots."""
    if not (groups := _read_rows(store, keys)):
        return groups
    by_number = _number(groups)
    for registry_id, headers in read_headers(store.connection, by_number).items():
        by_number[registry_id].headers = headers
    return groups


def read_groups_for(
    store: Store, desired: Iterable[DesiredGroup], today: dt.date
) -> dict[GroupKey, StoredGroup]:
    """Return the groups that producers want, with the headers that their snapshots need.

    What this reads does not grow with the record.
    """
    wanted = {group.key: group.snapshots or () for group in desired}
    groups = _read_rows(store, wanted)
    by_number = _number(groups)
    coming = [(number, one) for number, group in by_number.items() for one in wanted[group.key]]
    found = read_headers_for(store.connection, list(by_number), coming, today)
    for registry_id, headers in found.items():
        by_number[registry_id].headers = headers
    return groups


def _number(groups: Mapping[GroupKey, StoredGroup]) -> dict[int, StoredGroup]:
    return {g.registry_id: g for g in groups.values() if g.registry_id is not None}


def _read_rows(store: Store, keys: Iterable[GroupKey]) -> dict[GroupKey, StoredGroup]:
    groups: dict[GroupKey, StoredGroup] = {}
    if not (keys := [*keys]):
        return groups
    rows = execute(store, _SQL["read_groups"], groups=name_groups(keys))
    for kind, name, *fields in rows:
        group = StoredGroup(store.key(kind, str(name)), *fields)
        # Another program may have written any JSON.
        group.metadata = group.metadata if isinstance(group.metadata, dict) else {}
        if not isinstance(group.liquidity_filter, dict):
            group.liquidity_filter = None
        groups[group.key] = group
    return groups


def find_displaced(store: Store, kind: GroupType, hashes: Iterable[str]) -> frozenset[str]:
    """Return which of these files become current again when they are loaded again.

    They are recorded, sound files that a suspicious, accepted file outside this list superseded for
    their date.
    """
    rows = execute(store, _SQL["find_displaced"], type=kind.value, hashes=list(hashes))
    return frozenset(sha256 for (sha256,) in rows)


def read_members(connection: Connection, group_ids: Iterable[int | None]) -> dict[int, Members]:
    """Return the stored memberships of the groups: symbol to weight. None: no group."""
    return _read_by_symbol(connection, "read_members", group_ids)


def read_member_metadata(
    connection: Connection, group_ids: Sequence[int]
) -> dict[int, dict[str, dict[str, Any]]]:
    """Return the metadata of memberships by symbol, where it has more than weights."""
    if not group_ids:
        return {}
    rows = connection.execute(_SQL["read_member_metadata"], {"group_ids": list(group_ids)})
    return dict(rows.fetchall())


def read_industries(
    connection: Connection, group_ids: Iterable[int | None]
) -> dict[int, dict[str, str | None]]:
    """Return the industry of each membership of the groups by symbol; None if it has none."""
    return _read_by_symbol(connection, "read_industries", group_ids)


def _read_by_symbol(
    connection: Connection, statement: str, group_ids: Iterable[int | None]
) -> dict[int, dict[str, Any]]:
    if not (numbers := [number for number in group_ids if number is not None]):
        return {}
    rows = connection.execute(_SQL[statement], {"group_ids": numbers})
    return {row[0]: dict(zip(row[1], row[2], strict=True)) for row in rows}


def read_snapshot_refs(
    connection: Connection, wanted: Iterable[tuple[int | None, int | None]]
) -> dict[int, list[tuple[int, str, float | None]]]:
    """Return the refs of snapshots (registry id, snapshot id): (ref id, its symbol, weight).

    A ref without a symbol has NAMELESS as its symbol. A group without a record has None as its id,
    and so has the snapshot of a group without an effective one.
    """
    pairs = [(a, b) for a, b in wanted if a is not None and b is not None]
    if not pairs:
        return {}
    rows = connection.execute(_SQL["read_snapshot_refs"], as_columns(_SNAPSHOTS, pairs))
    found = {row[0]: list(zip(row[1], row[2], row[3], strict=True)) for row in rows}
    return {snapshot_id: found.get(snapshot_id, []) for _, snapshot_id in pairs}


def read_reported_refs(
    connection: Connection, wanted: Iterable[tuple[int, int]]
) -> dict[int, list[Ref]]:
    """Return, by number, the refs of snapshots (registry id, snapshot id) as they were reported."""
    pairs = list(wanted)
    found: dict[int, list[Ref]] = {snapshot_id: [] for _, snapshot_id in pairs}
    rows = connection.execute(_SQL["read_reported_refs"], as_columns(_SNAPSHOTS, pairs))
    for snapshot_id, *fields in rows:
        found[snapshot_id].append(Ref(*fields))
    return found


def read_names(
    connection: Connection, registry_id: int, snapshot_id: int
) -> list[tuple[str, float | None]]:
    """Return the names of a snapshot's refs (see `Ref.known_as`), with the weights."""
    return connection.execute(
        _SQL["read_names"], {"registry_id": registry_id, "snapshot_id": snapshot_id}
    ).fetchall()


def read_marks(
    connection: Connection, wanted: Iterable[tuple[int | None, int]]
) -> dict[int, list[tuple[int, str, dict[str, Any]]]]:
    """Return what the snapshots (registry id, snapshot id) state of members besides weights.

    By snapshot: (ref id, its symbol, metadata of the membership), for snapshots that state
    anything.
    """
    pairs = [(a, b) for a, b in wanted if a is not None]
    found: dict[int, list[tuple[int, str, dict[str, Any]]]] = {}
    if pairs:
        rows = connection.execute(_SQL["read_marks"], as_columns(_SNAPSHOTS, pairs))
        for snapshot_id, number, symbol, marks in rows:
            if isinstance(marks, dict):
                found.setdefault(snapshot_id, []).append((number, symbol, marks))
    return found


def find_drift(
    connection: Connection, group_ids: Iterable[int | None]
) -> tuple[set[int], dict[int, int]]:
    """Return the groups whose memberships this program did not write, and how many each has."""
    if not (numbers := [number for number in group_ids if number is not None]):
        return set(), {}
    rows = connection.execute(_SQL["find_drift"], {"group_ids": numbers}).fetchall()
    return {row[0] for row in rows if row[1]}, {row[0]: row[2] for row in rows}


def read_clock(connection: Connection) -> dt.datetime:
    """Return the server's current time, not the time at which the transaction began."""
    now: dt.datetime = only_row(connection.execute(_SQL["read_clock"]))[0]
    return now


def name_groups(keys: Iterable[GroupKey]) -> Jsonb:
    """Return the groups' names as the parameter that the statements unpack."""
    return Jsonb([{"type": key.type.value, "name": key.name} for key in keys])
