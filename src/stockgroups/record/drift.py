"""Drift: what other programs wrote into memberships, recorded before a load replaces it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from stockgroups.db.sql import load_statements
from stockgroups.model import GroupKey, Ref, Snapshot
from stockgroups.record.desired import Amendment, DesiredGroup
from stockgroups.record.labelled import make_refs
from stockgroups.record.state import (
    Members,
    name_groups,
    read_groups,
    read_member_metadata,
    read_members,
)
from stockgroups.record.undo import plan_undo
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping


_SQL = load_statements("drift")
READER = "tables/1"


@dataclass(frozen=True, slots=True)
class DriftedGroup:
    """A group that another program changed: its members now, and the day of the last change.

    `is_replaced`: the recorded snapshots stay effective, and the change is recorded and replaced.
    Otherwise the group was another program's before, and the change is effective by its date.
    `load_id` is the load that recorded the drift.
    """

    key: GroupKey
    members: int
    day: dt.date
    is_replaced: bool
    load_id: int | None = None


def find_drifted(store: Store, keys: Iterable[GroupKey]) -> list[DriftedGroup]:
    """Return the groups whose members or weights are not those that this program wrote.

    A group without any record is returned as soon as it has members.
    """
    rows = execute(store, _SQL["find_drifted"], groups=name_groups(keys))
    return [
        DriftedGroup(store.key(kind, name), members, day, is_replaced)
        for kind, name, members, day, is_replaced in rows
    ]


def describe_drift(
    store: Store,
    found: Iterable[tuple[GroupKey, dt.date | None]],
    source: str,
    *,
    describes: bool = False,
) -> list[DesiredGroup]:
    """Return groups with their current memberships as a snapshot of the day (None: today)."""
    days = dict(found)
    rows = execute(store, _SQL["list_rows"], groups=name_groups(days))
    numbers = {store.key(kind, name): n for kind, name, n in rows}
    stored = read_members(store.connection, list(numbers.values()))
    metadata = read_member_metadata(store.connection, list(numbers.values()))
    refs = make_refs(store, chain.from_iterable(stored.values()))
    return [
        DesiredGroup(
            key,
            snapshots=(
                _snapshot(
                    key, stored.get(number, {}), refs, metadata.get(number, {}), source, days[key]
                ),
            ),
            describes=describes,
        )
        for key in days
        for number in (numbers.get(key, 0),)
    ]


def replace_drift(store: Store, keys: Collection[GroupKey], load_id: int) -> list[Amendment]:
    """Return the amendments that end the effect of snapshots that a load recorded as drift."""
    amendments: list[Amendment] = []
    rows = execute(store, _SQL["list_recorded_drift"], load_id=load_id)
    recorded = {(kind, name): snapshot for kind, name, snapshot in rows}
    for key, group in read_groups(store, keys).items():
        snapshot_id = recorded.get((key.type, key.name))
        if snapshot_id is not None:
            amendments += plan_undo(group, {snapshot_id})[0]
    return amendments


def _snapshot(
    key: GroupKey,
    members: Members,
    refs: Mapping[str, Ref],
    metadata: Mapping[str, Mapping[str, Any]],
    source: str,
    day: dt.date | None,
) -> Snapshot:
    """Return the memberships as a snapshot; symbols keep the other program's spelling."""
    symbols = sorted(members)
    # Older columns admit NaN, which is no weight.
    weights = tuple(w if w == w else None for w in (members[s] for s in symbols))  # noqa: PLR0124 - NaN alone differs from itself
    content = json.dumps([key.type, key.name, symbols, weights])
    return Snapshot(
        as_of=day,
        source=source,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        reader=READER,
        refs=tuple(refs[symbol] for symbol in symbols),
        weights=None if all(w is None for w in weights) else weights,
        member_metadata=metadata or None,
    )
