"""An index from the server: all of it at once, or what loads have changed since the last reading.

A load names the groups that it changed, so that the others need not be read again.
"""

from __future__ import annotations

import datetime as dt
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stockgroups.analytics.index import Index
from stockgroups.analytics.indexed_group import IndexedGroup
from stockgroups.analytics.stock_sets import Numbers
from stockgroups.collector import pausing_collector
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import reading
from stockgroups.model import GroupType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from stockgroups.analytics.index import Held
    from stockgroups.catalog import Catalog
    from stockgroups.store import Store

_SQL = load_statements("index")
_AFRESH = 0.2
"""The share of all memberships from which on it is faster to begin anew than to change them."""
Row = Sequence[Any]


@pausing_collector()
def read_index(store: Store, load_catalog: Callable[[], Catalog]) -> Index:
    """Return the memberships of an environment as of one moment.

    `load_catalog` is called for texts that are no symbol of a stock in the index.
    """
    numbers = Numbers()
    groups: list[IndexedGroup] = []
    told: dict[str, Any] = {}
    with reading(store.connection), store.connection.cursor() as cursor:
        # Row by row: all of it takes several times the memory of the index.
        for state, *row in cursor.stream(_SQL["read_index"], _describe(store, None), binary=True):
            if state is None:
                groups.append(IndexedGroup(len(groups), row, numbers))
            else:
                told = state
    return Index(
        environment=store.environment,
        numbers=numbers,
        groups=groups,
        held=_hold(groups, len(numbers.symbols)),
        load_catalog=load_catalog,
        **_read_state(told),
    )


@pausing_collector()
def catch_up(store: Store, index: Index) -> Index:
    """Return the index of the present version: itself where nothing was loaded since.

    Groups that no load changed are those of the old index. Where the loads since do not account
    for the version, as in a database that was restored, all is read anew.
    """
    where = _describe(store, index.newest_load)
    rows = store.connection.execute(_SQL["read_index"], where, binary=True).fetchall()
    told = next(row[0] for row in rows if row[0] is not None)
    if told["version"] == index.version and not told["count"]:
        return index
    if told["count"] != told["version"] - index.version:
        return read_index(store, index.load_catalog)
    found = {f"{kind} {name}": (kind, name, *row) for state, kind, name, *row in rows if not state}
    changed = _change(index, {label: found.get(label) for label in told["labels"]})
    return replace(changed, **_read_state(told))


def read_version(store: Store) -> int:
    """Return the version of an environment, which each load raises by one."""
    where = {"environment": store.environment}
    row = store.connection.execute(_SQL["read_version"], where).fetchone()
    assert row is not None  # noqa: S101 - a SELECT of one row
    version: int = row[0]
    return version


def _describe(store: Store, load: int | None) -> Mapping[str, Any]:
    return {"environment": store.environment, "types": list(GroupType), "load": load}


def _read_state(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an index that the state of a reading tells."""
    return {
        "version": told["version"],
        "newest_load": told["newest_load"],
        "read_at": dt.datetime.fromisoformat(told["read_at"]),
        "former": told["former"],
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


def _change(index: Index, rows: Mapping[str, Row | None]) -> Index:
    """Return the index with these groups as they are now; None is one that is gone."""
    texts = {text for row in rows.values() if row for text in row[2] or ()}
    numbers = index.numbers if texts <= index.numbers.keys() else Numbers(index.numbers)
    groups = list(index.groups)
    changed: list[tuple[int, IndexedGroup | None, IndexedGroup | None]] = []
    for label, row in rows.items():
        kind, _, name = label.partition(" ")
        before = index.named.get(kind, {}).get(name)
        number = len(groups) if before is None else before.number
        after = None if row is None else IndexedGroup(number, row, numbers)
        changed.append((number, before, after))
        if before is not None:
            groups[number] = after
        elif after is not None:
            groups.append(after)
    count = len(numbers.symbols)
    touched = sum(len(group.stocks) for _, *pair in changed for group in pair if group)
    if touched > _AFRESH * sum(len(group.stocks) for group in groups if group):
        held = _hold(groups, count)
    else:
        held = list(index.held)
        held += [(array("I"), array("d")) for _ in range(count - len(held))]
        for stock, places in _list_moved(changed).items():
            held[stock] = _move(held[stock], places)
    return replace(index, numbers=numbers, groups=groups, held=held)


def _list_moved(
    changed: Iterable[tuple[int, IndexedGroup | None, IndexedGroup | None]],
) -> Mapping[int, Mapping[int, float | None]]:
    """Return for each stock its new weight by group; None where the group holds it no more."""
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
