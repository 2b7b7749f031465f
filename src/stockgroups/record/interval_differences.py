"""Find where stored runs and intervals differ from the record, and repair whole groups.

This walks through all snapshots of a group. Validation and repairs do it, loads never do.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from stockgroups.db.sql import load_statements
from stockgroups.ranges import DateRange
from stockgroups.record.effective import Header, ReportKind, current_snapshots, effective_snapshots
from stockgroups.record.headers import read_headers
from stockgroups.record.interval_hashes import find_suspects
from stockgroups.record.ref_securities import RefSecurities
from stockgroups.record.runs import RunCollector
from stockgroups.record.stored_intervals import READ_AHEAD, Place, read_ref_ids, write_intervals
from stockgroups.record.stored_runs import read_whole_runs, replace_runs
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.record.runs import Runs
    from stockgroups.record.stored_runs import Series

_SQL = load_statements("history")


@dataclass(frozen=True, slots=True)
class Difference:
    """An interval that is stored and should not be, or that is missing."""

    registry_id: int
    security_id: int
    valid_from: dt.date
    valid_to: dt.date
    is_stored: bool


@dataclass(frozen=True, slots=True)
class StaleRuns:
    """A series whose stored runs differ from the record; `runs` are the correct ones."""

    registry_id: int
    kind: ReportKind
    runs: Runs


def project_history(
    store: Store, registry_ids: Iterable[int] | None = None
) -> list[Difference | StaleRuns]:
    """Rewrite the runs and intervals of whole groups (None: of all) from the record.

    Returns the differences. Used for repairs, and when snapshots were removed from the record.
    """
    found = list(find_differences(store, registry_ids))
    old: dict[Place, list[DateRange]] = defaultdict(list)
    new: dict[Place, list[DateRange]] = defaultdict(list)
    for one in found:
        if isinstance(one, Difference):
            side = old if one.is_stored else new
            side[one.registry_id, one.security_id].append(DateRange(one.valid_from, one.valid_to))
    write_intervals(store.connection, old, new)
    stale = [one for one in found if isinstance(one, StaleRuns)]
    replace_runs(store.connection, {(one.registry_id, one.kind): one.runs for one in stale})
    return found


def find_differences(
    store: Store,
    registry_ids: Iterable[int] | None = None,
    securities: RefSecurities | None = None,
) -> Iterator[Difference | StaleRuns]:
    """Yield where stored runs and intervals of groups (None: of all) differ from the record.

    `securities` are those of all refs, where they are read already.
    """
    if registry_ids is None:
        rows = execute(store, _SQL["list_recorded_groups"])
        registry_ids = [row[0] for row in rows]
    headers = read_headers(store.connection, registry_ids)
    if securities is None:
        securities = RefSecurities(store)
        securities.read_all()
    headers = {n: headers[n] for n in find_suspects(store.connection, headers, securities)}
    projected = _project_groups(store.connection, headers, securities)
    kept = _read_stored(store.connection, headers)
    for (number, expected, runs), (stored, held) in zip(projected, kept, strict=True):
        for kind, right in runs.items():
            if right != held.get((number, kind), {}):
                yield StaleRuns(number, kind, right)
        if expected == stored:
            continue
        for interval in sorted(expected.keys() | stored.keys()):
            was, now = stored.get(interval, set()), expected.get(interval, set())
            for security in sorted(was - now):
                yield Difference(number, security, *interval, is_stored=True)
            for security in sorted(now - was):
                yield Difference(number, security, *interval, is_stored=False)


def _project_groups(
    connection: Connection, headers: Mapping[int, Sequence[Header]], ref_securities: RefSecurities
) -> Iterator[tuple[int, Runs, dict[ReportKind, Runs]]]:
    """Yield the intervals of each group's effective snapshots, and the runs of its series."""
    # Proxies before the reports, as the effective snapshots have them; these by their dates.
    in_order = {
        n: sorted(current_snapshots(of), key=lambda h: (not h.is_proxy, h.as_of))
        for n, of in headers.items()
    }
    snapshots = _read_snapshots(connection, in_order)
    for number, ordered in in_order.items():
        collected = {kind: RunCollector() for kind in ReportKind}
        effective = {header.id for header in effective_snapshots(ordered)}
        collector = RunCollector()
        for header, refs in islice(snapshots, len(ordered)):
            collected[header.kind].add(header.as_of, refs)
            if header.id in effective:
                collector.add(header.as_of, ref_securities.find_securities(refs, header.as_of))
        yield number, collector.runs, {kind: one.runs for kind, one in collected.items()}


def _read_snapshots(
    connection: Connection, headers: Mapping[int, Sequence[Header]]
) -> Iterator[tuple[Header, set[int]]]:
    """Yield the groups' snapshots and their refs, group by group, reading some ahead."""
    places = ((number, header) for number, of in headers.items() for header in of)
    while ahead := list(islice(places, READ_AHEAD)):
        refs = read_ref_ids(connection, ahead)
        for _, header in ahead:
            yield header, refs[header.id]


def _read_stored(
    connection: Connection, numbers: Iterable[int]
) -> Iterator[tuple[Runs, dict[Series, Runs]]]:
    """Yield each group's stored intervals, in the order of the numbers, and the runs.

    The runs may include those of other groups.
    """
    waiting = iter(numbers)
    while ahead := list(islice(waiting, READ_AHEAD)):
        found: dict[int, Runs] = {number: {} for number in ahead}
        for number, start, end, securities in connection.execute(
            _SQL["read_history"], {"registry_ids": ahead}, binary=True
        ):
            found[number][DateRange(start, end)] = set(securities)
        runs = read_whole_runs(connection, ahead)
        yield from ((intervals, runs) for intervals in found.values())
