"""Read and write the stored runs of refs. Writers hold the lock of the environment."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.db.arrays import as_columns, pack_ints
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import searching_by_index
from stockgroups.ranges import DateRange
from stockgroups.record.effective import CONCLUDED, FOREVER, ReportKind
from stockgroups.record.runs import RunCollector, splice_runs
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from stockgroups.db.connection import Connection
    from stockgroups.record.effective import Segment
    from stockgroups.record.runs import Runs

_SQL = load_statements("history")
_COLUMNS = "registry_ids kinds starts ends"

Run = tuple["dt.date", "dt.date", "Collection[int]"]
"""Start and end of runs, and the refs."""

Series = tuple[int, ReportKind]
"""The number of a group in the registry, and the kind of its snapshots."""


class Reported(NamedTuple):
    """What the snapshots of a series hold of some refs: all its dates in order, and the runs."""

    dates: Sequence[dt.date] = ()
    runs: Sequence[Run] = ()

    def list_runs(self) -> Iterator[tuple[tuple[dt.date, ...], dt.date, Collection[int]]]:
        """Yield the dates of each run, the date of the next snapshot, and the refs."""
        for start, end, refs in self.runs:
            days = self.dates[bisect_left(self.dates, start) : bisect_left(self.dates, end)]
            if days:
                yield tuple(days), end, refs


def read_runs(
    connection: Connection, registry_ids: Collection[int], ref_ids: Collection[int]
) -> dict[Series, list[Run]]:
    """Return the runs of some refs in groups."""
    found: dict[Series, list[Run]] = defaultdict(list)
    parameters: dict[str, Any] = {"registry_ids": list(registry_ids), "ref_ids": pack_ints(ref_ids)}
    for group, kind, *run in connection.execute(_SQL["read_runs_of"], parameters, binary=True):
        found[group, ReportKind(kind)].append((run[0], run[1], run[2]))
    return found


def read_whole_runs(connection: Connection, registry_ids: Collection[int]) -> dict[Series, Runs]:
    """Return all runs of groups."""
    found: dict[Series, Runs] = defaultdict(dict)
    for group, kind, start, end, refs in connection.execute(
        _SQL["read_runs"], {"registry_ids": list(registry_ids)}, binary=True
    ):
        found[group, ReportKind(kind)][DateRange(start, end)] = set(refs)
    return found


def _read_runs_near(
    connection: Connection, ranges: Mapping[Series, DateRange]
) -> dict[Series, Runs]:
    """Return the runs that a change in a range of dates of their series may change."""
    found: dict[Series, Runs] = defaultdict(dict)
    if not ranges:
        return found
    rows = ((*series, *dates) for series, dates in ranges.items())
    for group, kind, start, end, refs in connection.execute(
        _SQL["read_runs_near"], as_columns(_COLUMNS, rows), binary=True
    ):
        found[group, ReportKind(kind)][DateRange(start, end)] = set(refs)
    return found


def read_reported(store: Store, ref_ids: Collection[int]) -> Iterator[tuple[Series, Reported]]:
    """Yield what the current snapshots of each series hold of some refs.

    A series that holds none of them is left out.
    """
    runs: dict[Series, list[Run]] = defaultdict(list)
    with searching_by_index(store.connection):
        rows = execute(
            store,
            _SQL["find_runs"],
            concluded=list(CONCLUDED),
            ref_ids=pack_ints(ref_ids),
            binary=True,
        )
    for group, kind, *run in rows:
        runs[group, ReportKind(kind)].append((run[0], run[1], run[2]))
    groups = list({group for group, _ in runs})
    for group, kind, dates in execute(store, _SQL["read_dates"], registry_ids=groups, binary=True):
        series = group, ReportKind(kind)
        if found := runs.pop(series, None):  # frees their memory as they are used
            yield series, Reported(dates, found)


def splice_stored(
    connection: Connection,
    changed: Mapping[Series, Sequence[Segment]],
    refs: Mapping[int, AbstractSet[int]],
) -> None:
    """Update the stored runs for the segments of each series in which the current snapshot changed.

    Args:
        connection: A connection in the load's transaction.
        changed: The segments of each series.
        refs: By number, the refs of every snapshot of the segments.
    """
    needed = {series: found for series, found in changed.items() if found}
    with_past = {
        series: DateRange(found[0].start, found[-1].end)
        for series, found in needed.items()
        if found[-1].before is not None or found[-1].end != FOREVER  # it had snapshots before
    }
    old = _read_runs_near(connection, with_past)
    new: dict[Series, Runs] = {}
    for series, found in needed.items():
        if series in with_past:
            new[series] = {interval: set(held) for interval, held in old[series].items()}
            splice_runs(new[series], found, refs)
            continue
        collected = RunCollector()
        for segment in found:
            collected.add(segment.start, refs[segment.after.id] if segment.after else frozenset())
        new[series] = collected.runs
    _write(connection, old, new)


def replace_runs(connection: Connection, runs: Mapping[Series, Runs]) -> None:
    """Replace the stored runs of some series."""
    _write(connection, read_whole_runs(connection, {group for group, _ in runs}), runs)


def _write(connection: Connection, old: Mapping[Series, Runs], new: Mapping[Series, Runs]) -> None:
    removed: list[tuple[Series, DateRange]] = []
    put: list[tuple[Series, DateRange, list[int]]] = []
    for series, runs in new.items():
        was = old.get(series, {})
        removed += [(series, i) for i in was if runs.get(i) != was[i]]
        put += [(series, i, sorted(held)) for i, held in runs.items() if held != was.get(i)]
    if removed:
        rows = ((*series, *interval) for series, interval in removed)
        connection.behind.execute(_SQL["remove_runs"], as_columns(_COLUMNS, rows))
    if put:
        connection.behind.execute_many(
            _SQL["add_runs"],
            [
                {
                    "registry_id": series[0],
                    "kind": series[1].value,
                    "valid_from": interval.valid_from,
                    "valid_to": interval.valid_to,
                    "ref_ids": pack_ints(held),
                }
                for series, interval, held in put
            ],
        )
