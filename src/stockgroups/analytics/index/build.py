"""Read an index from the server: all of it, or what loads have changed since the last reading.

A load names the groups that it changed, so the others need not be read again.
"""

from __future__ import annotations

import datetime as dt
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stockgroups.analytics.index.group import IndexedGroup
from stockgroups.analytics.index.index import Index
from stockgroups.analytics.index.stock_sets import Numbers
from stockgroups.collector import pausing_collector
from stockgroups.db.sql import load_statements, only_row
from stockgroups.model import GroupType
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from stockgroups.analytics.index.index import Held
    from stockgroups.catalog import Catalog

_SQL = load_statements("index")
_AFRESH = 0.2
"""The share of changed memberships from which a new build is faster than an update."""
Row = Sequence[Any]


@pausing_collector()
def read_index(store: Store, load_catalog: Callable[[], Catalog]) -> Index:
    """Return the memberships of an environment as of one moment.

    `load_catalog` is called for texts that are no symbol of a stock in the index.
    """
    numbers = Numbers()
    groups: list[IndexedGroup] = []
    state = _stream(store, lambda row: groups.append(IndexedGroup(len(groups), row, numbers)))
    return Index(
        environment=store.environment,
        numbers=numbers,
        groups=groups,
        held=_hold(groups, len(numbers.symbols)),
        load_catalog=load_catalog,
        **_read_state(state),
    )


@pausing_collector()
def catch_up(store: Store, index: Index, suspects: Collection[str] = ()) -> Index:
    """Return the index of the current version: itself if nothing was loaded since.

    Groups that no load changed are taken from the old index, except the `suspects` (see
    `find_suspects`). If the loads do not account for the version, as in a restored database,
    everything is read again.
    """
    change = _Change(index)
    state = _stream(store, change.take, index.newest_load, suspects)
    if state["count"] != state["version"] - index.version:
        return read_index(store, index.load_catalog)
    if not state["count"] and not suspects:
        return index
    return replace(change.make({*state["labels"], *suspects}), **_read_state(state))


def find_suspects(store: Store, index: Index) -> set[str]:
    """Return the groups ("TYPE NAME") that have changed since they were read, by any program.

    It reads all memberships on the server, which takes about a third of the time of reading them.
    """
    stored = set(execute(store, _SQL["read_stamps"], types=list(GroupType)))
    known = {(group.label, group.stamp) for group in index.groups if group is not None}
    return {label for label, _ in stored ^ known}


def read_version(store: Store) -> int:
    """Return the version of an environment, which each load raises by one."""
    version: int = only_row(execute(store, _SQL["read_version"]))[0]
    return version


def _stream(
    store: Store,
    take: Callable[[Row], None],
    load: int | None = None,
    labels: Collection[str] = (),
) -> dict[str, Any]:
    """Pass the groups of `read_index` one by one to `take`; return the state.

    All of them at once would take several times the memory of the index.
    """
    where = {
        "environment": store.environment,
        "types": list(GroupType),
        "load": load,
        "labels": list(labels),
    }
    parts: dict[str, Any] = {}
    with store.connection.cursor() as cursor:
        for state, *row in cursor.stream(_SQL["read_index"], where, binary=True):
            if state is None:
                take(row)
            else:
                parts = state
    return parts


def _read_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an index that come from the state of a reading."""
    return {
        "version": state["version"],
        "newest_load": state["newest_load"],
        "read_at": dt.datetime.fromisoformat(state["read_at"]),
        "former": state["former"],
    }


def _hold(groups: Iterable[IndexedGroup | None], count: int) -> list[Held]:
    """Return for each of so many stocks the groups that hold it."""
    held = [(array("I"), array("d")) for _ in range(count)]
    for group in groups:
        if group is not None:
            number = group.number
            for stock, weight in zip(group.stocks, group.weights, strict=True):
                numbers, weights = held[stock]
                numbers.append(number)
                weights.append(weight)
    return held


class _Change:
    """What becomes of an index when some of its groups are read again."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._numbers = index.numbers
        self._groups = list(index.groups)
        self._found: dict[str, int] = {}

    def take(self, row: Row) -> None:
        """Take over a group as it is now."""
        if self._numbers is self._index.numbers and not self._numbers.keys() >= set(row[2] or ()):
            self._numbers = Numbers(self._numbers)  # others look things up in the old ones
        before = self._index.named[row[0]].get(row[1])
        number = len(self._groups) if before is None else before.number
        group = IndexedGroup(number, row, self._numbers)
        self._found[group.label] = number
        if before is None:
            self._groups.append(group)
        else:
            self._groups[number] = group

    def make(self, labels: Iterable[str]) -> Index:
        """Return the new index. Of the groups of the labels, those that were not taken are gone."""
        for label in labels:
            kind, _, name = label.partition(" ")
            former = self._index.named.get(kind, {}).get(name)
            if former is not None and label not in self._found:
                self._groups[former.number] = None
                self._found[label] = former.number
        before = [*self._index.groups, *[None] * (len(self._groups) - len(self._index.groups))]
        changed = [(n, before[n], self._groups[n]) for n in self._found.values()]
        count = len(self._numbers.symbols)
        touched = sum(len(group.stocks) for _, *pair in changed for group in pair if group)
        if touched > _AFRESH * sum(len(group.stocks) for group in self._groups if group):
            held = _hold(self._groups, count)
        else:
            held = list(self._index.held)
            held += [(array("I"), array("d")) for _ in range(count - len(held))]
            for stock, places in _list_moved(changed).items():
                held[stock] = _move(held[stock], places)
        return replace(self._index, numbers=self._numbers, groups=self._groups, held=held)


def _list_moved(
    changed: Iterable[tuple[int, IndexedGroup | None, IndexedGroup | None]],
) -> Mapping[int, Mapping[int, float | None]]:
    """Return each stock's new weights by group; None if the group no longer holds it."""
    moved: defaultdict[int, dict[int, float | None]] = defaultdict(dict)
    for number, before, after in changed:
        old = dict(zip(before.stocks, before.weights, strict=True)) if before else {}
        new = dict(zip(after.stocks, after.weights, strict=True)) if after else {}
        for stock, weight in new.items():
            if old.pop(stock, None) != weight:
                moved[stock][number] = weight
        for stock in old:
            moved[stock][number] = None
    return moved


def _move(held: Held, places: Mapping[int, float | None]) -> Held:
    """Return a copy of what holds a stock, with some places new and others gone."""
    groups, weights = held[0][:], held[1][:]
    for group, weight in places.items():
        at = bisect_left(groups, group)
        is_there = at < len(groups) and groups[at] == group
        if weight is None:
            del groups[at], weights[at]
        elif is_there:
            weights[at] = weight
        else:
            groups.insert(at, group)
            weights.insert(at, weight)
    return groups, weights
