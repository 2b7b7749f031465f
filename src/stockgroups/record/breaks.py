"""Find known stocks whose reports begin or end with new snapshots, and must be recomputed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from stockgroups.db.arrays import as_columns
from stockgroups.db.dates import DayTexts
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import searching_by_index
from stockgroups.identity.components import identifier_keys
from stockgroups.identity.evidence import NumberedRef
from stockgroups.record.effective import CONCLUDED
from stockgroups.record.runs import find_series
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.model import GroupKey
    from stockgroups.record.effective import Header, ReportKind
    from stockgroups.record.refs import RefNumbers
    from stockgroups.record.sightings import GroupSnapshot

_SQL = load_statements("identity")
_SCHEMES = ("cusip", "cusip", "isin", "sedol", "figi")
"""Of the values of `identifier_keys`."""


def find_breaks(
    store: Store, group_snapshots: Sequence[GroupSnapshot], refs: RefNumbers
) -> tuple[set[str], list[NumberedRef]]:
    """Return the symbols of known refs whose reports may begin or end with the snapshots.

    A snapshot is compared with its neighbours in time. A ref that only one of them holds counts,
    unless another report of the stock covers that day. In the first snapshot of a series all refs
    count. A stock that leaves and returns has a break between if its reports covered the day
    before. A ref that a correction takes out of its day counts too: it may have had no other. So
    does an incoming ref with an identifier of another symbol: each report is evidence of when which
    of them was used. Refs without a symbol whose reports begin or end are returned separately.
    """
    recorded = _read_neighbours(store.connection, group_snapshots)
    reported: dict[tuple[GroupKey, ReportKind], list[int]] = defaultdict(list)
    for place in sorted(
        range(len(group_snapshots)), key=lambda place: group_snapshots[place].incoming.as_of
    ):
        reported[group_snapshots[place].series].append(place)
    changed: set[tuple[int, dt.date, str]] = set()
    for places in reported.values():
        held = [
            (group_snapshots[p].incoming.as_of, set(refs.of(group_snapshots[p].incoming)))
            for p in places
        ]
        for number, place in enumerate(places):
            day, new = held[number]
            near = [*recorded[place], *held[max(number - 1, 0) : number + 2]]
            others = [(as_of, old) for as_of, old in near if old is not new]
            for as_of, old in others or [(day, set[int]())]:
                kind = "returns" if as_of > day else "goes" if as_of < day else "is replaced"
                changed |= {(ref, day, "comes") for ref in new - old if ref > 0}
                changed |= {(ref, day, kind) for ref in old - new if ref > 0}
    if not changed:
        return set(), []
    # Funds report a stock in several ways: of those that come in, the symbols are asked for once.
    symbols = dict(refs.symbols)
    dated = sorted({(symbols[ref], day, how) for ref, day, how in changed if ref in symbols})
    unnamed = sorted(one for one in changed if one[0] not in symbols)
    days = DayTexts()
    of_refs = as_columns("ref_ids ref_days ref_kinds", ((r, days[d], how) for r, d, how in unnamed))
    of_symbols = as_columns("symbols days kinds", ((s, days[d], how) for s, d, how in dated))
    rows = execute(store, _SQL["find_breaks"], concluded=list(CONCLUDED), **of_refs, **of_symbols)
    nameless = store.connection.execute(_SQL["find_nameless"], {"ref_ids": of_refs["ref_ids"]})
    found = {row[0] for row in rows} | _find_shared(store, {ref for ref, *_ in changed}, refs)
    return found, [NumberedRef(*row) for row in nameless]


def _find_shared(store: Store, numbers: Collection[int], refs: RefNumbers) -> set[str]:
    """Return the symbols of incoming refs that have an identifier of another symbol's ref."""
    keys: dict[str, set[tuple[str, str]]] = {kind: set() for kind in _SCHEMES}
    for number, ref in refs.known:
        if number in numbers and ref.symbol is not None:
            for kind, value in zip(_SCHEMES, identifier_keys(ref), strict=True):
                if value is not None:
                    keys[kind].add((ref.symbol, value))
    if not any(keys.values()):
        return set()
    columns: dict[str, Any] = {}
    for kind, pairs in keys.items():
        columns |= as_columns(f"{kind}_symbols {kind}s", pairs)
    with searching_by_index(store.connection):
        return {row[0] for row in execute(store, _SQL["find_shared"], **columns)}


def _read_neighbours(
    connection: Connection, group_snapshots: Sequence[GroupSnapshot]
) -> dict[int, list[tuple[dt.date, set[int]]]]:
    """Return, by place, the recorded snapshots before, on and after each snapshot's date."""
    days: dict[int, dt.date] = {}
    wanted: dict[tuple[int, int], list[int]] = defaultdict(list)
    current_in: dict[tuple[GroupKey, ReportKind], list[Header]] = {}
    for place, group_snapshot in enumerate(group_snapshots):
        if group_snapshot.stored.registry_id is None:
            continue
        if group_snapshot.series not in current_in:
            series = find_series(group_snapshot.stored.headers)
            current_in[group_snapshot.series] = series[group_snapshot.incoming.kind]
        line, day = current_in[group_snapshot.series], group_snapshot.incoming.as_of
        start = bisect_left(line, day, key=lambda header: header.as_of)
        end = bisect_right(line, day, key=lambda header: header.as_of)
        for header in line[max(start - 1, 0) : end + 1]:
            wanted[group_snapshot.stored.registry_id, header.id].append(place)
            days[header.id] = header.as_of
    neighbours: dict[int, list[tuple[dt.date, set[int]]]] = defaultdict(list)
    if wanted:
        numbers = as_columns("registry_ids snapshot_ids", wanted)
        numbers["dates"] = [days[snapshot] for _, snapshot in wanted]
        for group, snapshot, held in connection.execute(_SQL["read_held"], numbers):
            for place in wanted[group, snapshot]:
                neighbours[place].append((days[snapshot], set(held)))
    return neighbours
