"""Changes by other programs in the shared tables: adopt them, record them, or undo them.

Memberships that existed before the record began become first snapshots (`adopted`). A later change
becomes a snapshot of source `external`, or is undone from the record.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.checks.differences import find_drift, find_words, name_words
from stockgroups.db.locks import hold_tables
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import reading, writing
from stockgroups.json_values import Fields
from stockgroups.model import GroupKey, GroupType
from stockgroups.record.apply import apply, apply_batches
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.drift import describe_drift
from stockgroups.record.effective import ADOPTED, EXTERNAL
from stockgroups.record.loads import LoadNote, write_load
from stockgroups.record.state import Members, name_groups
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from stockgroups.record.plan import Plan

_SQL = load_statements("drift")
_STORE = load_statements("store")

_BATCH = 50_000
_TYPES = [kind.value for kind in GroupType]


@dataclass(slots=True)
class GroupDrift(Fields):
    """The drift of one group: how it differs from the record.

    Attributes:
        what: "changed"; "made" (nothing was ever recorded for it); "deleted"; or "reworded", if
            only its own row differs.
        members: The number of members of a group that was made or deleted.
        added: Members that only the memberships have, with their weights.
        removed: Members that only the record has, with their weights.
        reweighted: Weights in the record and in the memberships.
        words: The fields of the group's own row that were lost.
    """

    KEYS = "type=key.type name=key.name what members added removed reweighted words"

    key: GroupKey
    what: str
    members: int = 0
    added: Members = field(default_factory=dict)
    removed: Members = field(default_factory=dict)
    reweighted: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)


def adopt(store: Store) -> list[GroupKey]:
    """Record memberships that have no snapshot as first snapshots; return their groups.

    Membership rows, their numbers and the groups' own rows do not change. If there is nothing to
    adopt, nothing is locked.
    """
    if not _list_unrecorded(store):
        return []
    with writing(store.connection, store.environment):
        hold_tables(store.connection)
        found = _list_unrecorded(store)

        def batches() -> Iterator[list[DesiredGroup]]:
            for batch in _cut(found):
                days = [(key, day) for key, _, day in batch]
                yield describe_drift(store, days, ADOPTED)

        apply_batches(store, batches, _nothing_besides, LoadNote("adopt"))
        return [key for key, _, _ in found]


def find_changes(store: Store) -> list[GroupDrift]:
    """Return every group that another program changed, made or deleted, by a full comparison."""
    drift = find_drift(store)
    changes: dict[GroupKey, GroupDrift] = {}
    for kind, name, symbol, recorded, stored, weight, stored_weight in drift.members:
        key = store.key(kind, name)
        change = changes.setdefault(key, GroupDrift(key, "changed"))
        if recorded and stored:
            change.reweighted[symbol] = (weight, stored_weight)
        elif recorded:
            change.removed[symbol] = weight
        else:
            change.added[symbol] = stored_weight
    for key, count, _ in _list_unrecorded(store):
        changes[key] = GroupDrift(key, "made", count)
    for (kind, name), count in drift.deleted.items():
        key = store.key(kind, name)
        changes[key] = GroupDrift(key, "deleted", count)
    for key, words in drift.words.items():
        change = changes.setdefault(key, GroupDrift(key, "reworded"))
        change.words = name_words(words)
    return list(changes.values())


def reconcile(store: Store, *, restore: bool = False, dry_run: bool = False) -> list[GroupDrift]:
    """Make the record and the tables agree again; return the drift.

    Drift is recorded as a snapshot of source `external` with today's date; a group that another
    program deleted becomes a deleted group. With `restore`, the tables are reset to the record
    instead; groups without a record are then left alone.
    """
    if dry_run:
        with reading(store.connection):
            return find_changes(store)
    with writing(store.connection, store.environment):
        hold_tables(store.connection)
        changes = find_changes(store)
        if restore:
            _restore(store, changes)
        else:
            record_changes(store, changes)
    return changes


def record_changes(store: Store, changes: Sequence[GroupDrift]) -> None:
    """Record the drift, in the open, locked transaction."""
    kept = [(c.key, c.members, None) for c in changes if c.what not in ("deleted", "reworded")]

    def batches() -> Iterator[list[DesiredGroup]]:
        for batch in _cut(kept):
            days = [(key, day) for key, _, day in batch]
            yield describe_drift(store, days, EXTERNAL, describes=True)

    note = LoadNote("reconcile")
    apply_batches(store, batches, _nothing_besides, note)
    rows = execute(store, _SQL["list_rows"], groups=name_groups(change.key for change in changes))
    ids = [number for _, _, number in rows]
    store.connection.execute(_STORE["remember_definitions"], {"group_ids": ids})
    deleted = [change.key for change in changes if change.what == "deleted"]
    if deleted:
        execute(store, _STORE["forget_pointers"], groups=name_groups(deleted))
        figures = {key.full_name: {"deleted": True} for key in deleted}
        write_load(store, note, figures)


def _restore(store: Store, changes: Sequence[GroupDrift]) -> None:
    """Reset the memberships to the record."""
    former = find_words(store)
    desired = [
        DesiredGroup(
            c.key,
            description=words.get("description"),
            metadata=words.get("metadata", {}),
            liquidity_filter=words.get("liquidity_filter"),
            snapshots=() if c.what != "reworded" else None,
            restores=True,
        )
        for c in changes
        if c.what != "made"
        for words in (former.get(c.key, {}),)
    ]
    apply(store, desired, note=LoadNote("reconcile", {"restore": True}))


_Found = tuple[GroupKey, int, "dt.date | None"]


def _list_unrecorded(store: Store) -> list[_Found]:
    """Return the groups without any record: key, number of members, day of the last change."""
    rows = execute(store, _SQL["list_unrecorded"], types=_TYPES)
    return [(store.key(kind, name), count, day) for kind, name, count, day in rows]


def _cut(found: Sequence[_Found]) -> Iterator[list[_Found]]:
    """Yield the groups in batches of a bounded number of members, so that memory stays flat."""
    batch: list[_Found] = []
    members = 0
    for one in found:
        if batch and members + one[1] > _BATCH:
            yield batch
            batch, members = [], 0
        batch.append(one)
        members += one[1]
    if batch:
        yield batch


def _nothing_besides(_plan: Plan) -> dict[str, dict[str, Any]]:
    return {}
