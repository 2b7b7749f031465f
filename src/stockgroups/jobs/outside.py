"""What other programs made and changed in the shared tables: adopted, recorded, or put back.

Memberships that were there before the record began become first snapshots (`adopted`); what was
changed since becomes a snapshot of source `external`, or is undone from the record.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.checks.differences import find_record_differences
from stockgroups.db.transactions import bump_version, reading, writing
from stockgroups.model import GroupKey, GroupType, Ref, Snapshot
from stockgroups.sql import load_statements
from stockgroups.store.apply import apply, apply_batches
from stockgroups.store.desired import DesiredGroup
from stockgroups.store.loads import LoadNote, reserve_load, write_load
from stockgroups.store.locks import hold_tables
from stockgroups.store.state import Members, name_groups, read_clock, read_members

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.store.plan import Plan

_SQL = load_statements("outside")
_STORE = load_statements("store")
_CHECKS = load_statements("checks")

ADOPTED, EXTERNAL = "adopted", "external"
READER = "tables/1"
_BATCH = 50_000
_TYPES = [kind.value for kind in GroupType]


@dataclass(slots=True)
class OutsideChange:
    """One group that is not what the record says.

    `what` is "changed", "made" (nothing was ever recorded of it) or "deleted". Symbols map to
    weights where the record and the memberships differ: `added` is only in the memberships,
    `removed` only in the record.
    """

    key: GroupKey
    what: str
    members: int = 0
    added: Members = field(default_factory=dict)
    removed: Members = field(default_factory=dict)
    reweighted: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the change as JSON values."""
        return {
            "type": self.key.type.value,
            "name": self.key.name,
            "what": self.what,
            "members": self.members,
            "added": self.added,
            "removed": self.removed,
            "reweighted": self.reweighted,
        }


def adopt(connection: Connection, environment: str) -> list[GroupKey]:
    """Record the memberships that no snapshot tells of as first snapshots; return their groups.

    Rows, their numbers and the groups' own rows stay as they are.
    """
    with writing(connection, environment):
        hold_tables(connection)
        found = _list_unrecorded(connection, environment)

        def batches() -> Iterator[list[DesiredGroup]]:
            for batch in _cut(found):
                yield _describe(connection, environment, batch, ADOPTED)

        apply_batches(connection, environment, batches, _nothing_besides, LoadNote("adopt"))
        return [key for key, _, _ in found]


def find_changes(connection: Connection, environment: str) -> list[OutsideChange]:
    """Return every group that another program changed, made or deleted, by full comparison."""
    where = {"environment": environment}
    changes: dict[GroupKey, OutsideChange] = {}
    for kind, name, symbol, said, stored, weight, stored_weight in find_record_differences(
        connection, environment
    ):
        key = GroupKey(environment, GroupType(kind), name)
        change = changes.setdefault(key, OutsideChange(key, "changed"))
        if said and stored:
            change.reweighted[symbol] = (weight, stored_weight)
        elif said:
            change.removed[symbol] = weight
        else:
            change.added[symbol] = stored_weight
    for key, count, _ in _list_unrecorded(connection, environment):
        changes[key] = OutsideChange(key, "made", count)
    for kind, name in connection.execute(_CHECKS["deleted_groups"], where).fetchall():
        key = GroupKey(environment, GroupType(kind), name)
        changes[key] = OutsideChange(key, "deleted")
    return list(changes.values())


def reconcile(
    connection: Connection, environment: str, *, restore: bool = False, dry_run: bool = False
) -> list[OutsideChange]:
    """Bring record and tables together again; return what differed.

    What other programs did is recorded as a snapshot of source `external` with today's date; a
    group that they deleted counts as deleted. With `restore` the tables become what the record says
    instead; groups of which nothing is recorded are left then.
    """
    if dry_run:
        with reading(connection):
            return find_changes(connection, environment)
    with writing(connection, environment):
        hold_tables(connection)
        changes = find_changes(connection, environment)
        if restore:
            _restore(connection, environment, changes)
        else:
            record_changes(connection, environment, changes)
    return changes


def record_changes(
    connection: Connection, environment: str, changes: Sequence[OutsideChange]
) -> None:
    """Record what other programs did, in the open, locked transaction."""
    kept = [(c.key, c.members, None) for c in changes if c.what != "deleted"]

    def batches() -> Iterator[list[DesiredGroup]]:
        for batch in _cut(kept):
            yield _describe(connection, environment, batch, EXTERNAL)

    note = LoadNote("reconcile")
    apply_batches(connection, environment, batches, _nothing_besides, note)
    gone = [change.key for change in changes if change.what == "deleted"]
    if gone:
        connection.execute(
            _STORE["forget_pointers"], {"environment": environment, "groups": name_groups(gone)}
        )
        figures = {f"{key.type} {key.name}": {"deleted": True} for key in gone}
        now = read_clock(connection)
        load_id = reserve_load(connection)
        write_load(connection, environment, load_id, note, now, frozenset(), figures)
        bump_version(connection, environment)


def _restore(connection: Connection, environment: str, changes: Sequence[OutsideChange]) -> None:
    """Make the memberships what the record says."""
    desired = [DesiredGroup(c.key, snapshots=()) for c in changes if c.what != "made"]
    apply(connection, environment, desired, note=LoadNote("reconcile", {"restore": True}))


_Found = tuple[GroupKey, int, "dt.date | None"]


def _list_unrecorded(connection: Connection, environment: str) -> list[_Found]:
    """Return the groups that nothing was ever recorded of: key, members, day of the last change."""
    rows = connection.execute(
        _SQL["list_unrecorded"], {"environment": environment, "types": _TYPES}
    )
    return [
        (GroupKey(environment, GroupType(kind), name), count, day)
        for kind, name, count, day in rows
    ]


def _cut(found: Sequence[_Found]) -> Iterator[list[_Found]]:
    """Yield the groups in batches of so many members, so that memory stays flat."""
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


def _describe(
    connection: Connection, environment: str, batch: Sequence[_Found], source: str
) -> list[DesiredGroup]:
    """Return the groups with what their memberships are now as a snapshot."""
    names = name_groups(key for key, _, _ in batch)
    rows = connection.execute(_SQL["list_rows"], {"environment": environment, "groups": names})
    numbers = {(kind, name): number for kind, name, number in rows}
    stored = read_members(connection, list(numbers.values()))
    return [
        DesiredGroup(
            key,
            snapshots=(
                _snapshot(key, stored.get(numbers.get((key.type, key.name), 0), {}), source, day),
            ),
            describes=source == EXTERNAL,
        )
        for key, _, day in batch
    ]


def _snapshot(key: GroupKey, members: Members, source: str, day: dt.date | None) -> Snapshot:
    """Return the memberships as a snapshot; symbols are kept as the other program spelt them."""
    symbols = sorted(members)
    # Older columns admit NaN, which is no weight.
    weights = tuple(w if w == w else None for w in (members[s] for s in symbols))  # noqa: PLR0124 - NaN alone differs from itself
    content = json.dumps([key.type, key.name, symbols, weights])
    return Snapshot(
        as_of=day,
        source=source,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        reader=READER,
        refs=tuple(Ref(symbol, ticker=symbol) for symbol in symbols),
        weights=None if all(w is None for w in weights) else weights,
    )


def _nothing_besides(_plan: Plan) -> dict[str, dict[str, Any]]:
    return {}
