"""What is stored now, read for planning: groups, snapshot headers, members."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from stockgroups.history.projection import read_headers
from stockgroups.model import GroupKey, GroupType
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.history.timeline import Header

_SQL = load_statements("store")

Members = dict[str, float | None]


@dataclass(slots=True)
class StoredGroup:
    """One group as it is stored; both numbers are None where there is none yet.

    `registry_id` is the permanent number under which its snapshots lie, `group_id` that of its
    row for other programs; they differ only when another program made the row anew.
    """

    key: GroupKey
    registry_id: int | None
    group_id: int | None
    snapshot_id: int | None
    description: str | None
    metadata: Mapping[str, Any]
    liquidity_filter: Mapping[str, Any] | None
    headers: list[Header] = field(default_factory=list)

    def describe(self) -> dict[str, Any]:
        """Return what its own row says, as JSON values."""
        return {
            "description": self.description,
            "metadata": dict(self.metadata),
            "liquidity_filter": self.liquidity_filter,
        }


def read_groups(
    connection: Connection, environment: str, keys: Iterable[GroupKey]
) -> dict[GroupKey, StoredGroup]:
    """Return every group asked for, with the headers of its snapshots."""
    groups: dict[GroupKey, StoredGroup] = {}
    rows = connection.execute(
        _SQL["read_groups"], {"environment": environment, "groups": name_groups(keys)}
    )
    for kind, name, registry_id, group_id, snapshot_id, description, metadata, liquidity in rows:
        key = GroupKey(environment, GroupType(kind), str(name))
        groups[key] = StoredGroup(
            key,
            registry_id,
            group_id,
            snapshot_id,
            description,
            metadata if isinstance(metadata, dict) else {},
            liquidity if isinstance(liquidity, dict) else None,
        )
    by_number = {g.registry_id: g for g in groups.values() if g.registry_id is not None}
    for registry_id, headers in read_headers(connection, by_number).items():
        by_number[registry_id].headers = headers
    return groups


def read_members(connection: Connection, group_ids: Sequence[int]) -> dict[int, Members]:
    """Return the stored memberships of the groups: symbol to weight."""
    if not group_ids:
        return {}
    rows = connection.execute(_SQL["read_members"], {"group_ids": list(group_ids)})
    return {row[0]: dict(zip(row[1], row[2], strict=True)) for row in rows}


def read_industries(
    connection: Connection, group_ids: Sequence[int]
) -> dict[int, dict[str, str | None]]:
    """Return the industries that the groups' memberships tell: by symbol, None for none."""
    if not group_ids:
        return {}
    rows = connection.execute(_SQL["read_industries"], {"group_ids": list(group_ids)})
    return {row[0]: dict(zip(row[1], row[2], strict=True)) for row in rows}


def read_snapshot_prints(
    connection: Connection, wanted: Iterable[tuple[int, int]]
) -> dict[int, list[tuple[int, str, float | None]]]:
    """Return what the snapshots (registry id, snapshot id) hold: (ref id, its symbol, weight)."""
    pairs = list(wanted)
    if not pairs:
        return {}
    rows = connection.execute(
        _SQL["read_snapshot_prints"],
        {"registry_ids": [p[0] for p in pairs], "snapshot_ids": [p[1] for p in pairs]},
    )
    found = {row[0]: list(zip(row[1], row[2], row[3], strict=True)) for row in rows}
    return {snapshot_id: found.get(snapshot_id, []) for _, snapshot_id in pairs}


def find_drift(connection: Connection, group_ids: Sequence[int]) -> tuple[set[int], dict[int, int]]:
    """Return whose memberships are not what this program left, and how many each has."""
    if not group_ids:
        return set(), {}
    rows = connection.execute(_SQL["find_drift"], {"group_ids": list(group_ids)}).fetchall()
    return {row[0] for row in rows if row[1]}, {row[0]: row[2] for row in rows}


def read_clock(connection: Connection) -> dt.datetime:
    """Return the server's time now, and not that at which the transaction began."""
    row = connection.execute(_SQL["read_clock"]).fetchone()
    assert row is not None  # noqa: S101 - a SELECT of one row
    now: dt.datetime = row[0]
    return now


def name_groups(keys: Iterable[GroupKey]) -> Jsonb:
    """Return the groups' names as the parameter that the statements unpack."""
    return Jsonb([{"type": key.type.value, "name": key.name} for key in keys])
