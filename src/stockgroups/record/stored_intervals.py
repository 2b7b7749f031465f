"""The stored intervals of memberships: spliced by a load, made anew, compared with the record.

All of it is a projection of the current snapshots and of the securities of their refs. Writers hold
the environment's lock.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from stockgroups.db.sql import load_statements
from stockgroups.ranges import DateRange
from stockgroups.record.effective import (
    FOREVER,
    Header,
    ReportKind,
    current_snapshots,
    effective_snapshots,
    segments,
)
from stockgroups.record.intervals import find_changes, project, splice
from stockgroups.record.ref_securities import RefSecurities
from stockgroups.record.runs import RunCollector, find_series, hold
from stockgroups.record.stored_runs import (
    read_runs,
    read_whole_runs,
    replace_runs,
    splice_stored,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from stockgroups.db.connection import Connection
    from stockgroups.record.intervals import Intervals
    from stockgroups.record.runs import Runs
    from stockgroups.record.stored_runs import Series
    from stockgroups.store import Store

_SQL = load_statements("history")
READ_AHEAD = 64
"""Snapshots, and stored intervals of groups, that are in memory at once."""

Place = tuple[int, int]
"""The number of a group in the registry, and of a security."""

_Row = tuple[int, int, dt.date, dt.date]
_GroupIntervals = dict[DateRange, set[int]]
_Headers = tuple["Sequence[Header]", "Sequence[Header]"]


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
    """A series whose stored runs are not those of the record; `runs` are the right ones."""

    registry_id: int
    kind: ReportKind
    runs: Runs


def read_headers(connection: Connection, registry_ids: Iterable[int]) -> dict[int, list[Header]]:
    """Return the headers of all snapshots of the groups, in the order of recording."""
    found: dict[int, list[Header]] = {number: [] for number in registry_ids}
    if found:
        for number, *header in connection.execute(
            _SQL["read_headers"], {"registry_ids": list(found)}
        ):
            found[number].append(Header(*header))
    return found


def splice_history(
    store: Store, changed: Mapping[int, _Headers], symbols: Mapping[int, str] | None = None
) -> None:
    """Bring runs and intervals up to the snapshots that groups have now.

    Args:
        store: The environment.
        changed: The headers of each group, by its number in the registry, before and now.
        symbols: Symbols of refs that are known already; those of the others are read.
    """
    lines = {
        number: (effective_snapshots(was), effective_snapshots(now))
        for number, (was, now) in changed.items()
    }
    effective = {number: segments(*line) for number, line in lines.items()}
    reported = {
        (number, kind): segments(before, find_series(now)[kind])
        for number, (was, now) in changed.items()
        for kind, before in find_series(was).items()
    }
    needed: dict[int, dict[int, Header]] = defaultdict(dict)
    for number, found in chain(
        effective.items(), ((n, found) for (n, _), found in reported.items())
    ):
        needed[number] |= {h.id: h for s in found for h in (s.before, s.after) if h is not None}
    if not any(needed.values()):
        return
    refs = _read_ref_ids(
        store.connection, [(group, id_) for group, of in needed.items() for id_ in of]
    )
    ref_securities = RefSecurities(store)
    ref_securities.read(set().union(*refs.values()), symbols)
    splice_stored(store.connection, reported, refs)
    added: list[_Row] = []
    gone: dict[Place, list[DateRange]] = {}
    come: dict[Place, list[DateRange]] = {}
    for number, (before, _) in lines.items():
        securities = {
            header.id: ref_securities.find_securities(refs[header.id], header.as_of)
            for segment in effective[number]
            for header in (segment.before, segment.after)
            if header is not None
        }
        if not before:
            line = [segment.after for segment in effective[number] if segment.after]
            said = project((header.as_of, securities[header.id]) for header in line)
            added += _make_rows(number, said)
            continue
        goes, comes = find_changes(effective[number], securities)
        gone |= {(number, security): ranges for security, ranges in goes.items()}
        come |= {(number, security): ranges for security, ranges in comes.items()}
    touched = gone.keys() | come.keys()
    old = _read_intervals(store.connection, touched)
    new = {
        place: splice(old.get(place, ()), gone.get(place, ()), come.get(place, ()))
        for place in touched
    }
    _write(store.connection, old, new, added)


def project_securities(
    store: Store,
    registry_ids: Collection[int],
    ref_ids: Collection[int],
    securities: AbstractSet[int],
) -> None:
    """Make the intervals of some securities in some groups anew, from the runs of their refs.

    Used when refs get another security; `ref_ids` are all refs that were or are one of the
    securities.
    """
    ref_securities = RefSecurities(store)
    ref_securities.read(ref_ids)
    ordered = sorted(registry_ids)
    for start in range(0, len(ordered), READ_AHEAD):
        some = ordered[start : start + READ_AHEAD]
        _project_securities(store, some, ref_ids, securities, ref_securities)


def _project_securities(
    store: Store,
    registry_ids: Collection[int],
    ref_ids: Collection[int],
    securities: AbstractSet[int],
    ref_securities: RefSecurities,
) -> None:
    """Do it for some of the groups: thousands of funds, each with its runs, are many at once."""
    runs = read_runs(store.connection, registry_ids, ref_ids)
    new: dict[Place, list[DateRange]] = {}
    for number, headers in read_headers(store.connection, registry_ids).items():
        line = effective_snapshots(headers)
        held = {
            kind: hold([h.as_of for h in line if h.kind is kind], runs.get((number, kind), ()))
            for kind in ReportKind
        }
        said = project(
            (h.as_of, ref_securities.find_securities(held[h.kind][h.as_of], h.as_of)) for h in line
        )
        new |= {(number, security): said[security] for security in said.keys() & securities}
    old: dict[Place, list[DateRange]] = defaultdict(list)
    rows = store.connection.execute(
        _SQL["read_intervals_of"],
        {"group_ids": list(registry_ids), "security_ids": list(securities)},
        binary=True,
    )
    for group, security, start, end in rows:
        old[group, security].append(DateRange(start, end))
    _write(store.connection, old, new, [])


def project_history(
    store: Store, registry_ids: Iterable[int] | None = None
) -> list[Difference | StaleRuns]:
    """Bring the runs and intervals of whole groups (None: of all) in line with the record.

    Returns what was different. Used for repairs, and when snapshots were taken from the record.
    """
    found = list(find_differences(store, registry_ids))
    old: dict[Place, list[DateRange]] = defaultdict(list)
    new: dict[Place, list[DateRange]] = defaultdict(list)
    for one in found:
        if isinstance(one, Difference):
            side = old if one.is_stored else new
            side[one.registry_id, one.security_id].append(DateRange(one.valid_from, one.valid_to))
    _write(store.connection, old, new, [])
    stale = [one for one in found if isinstance(one, StaleRuns)]
    replace_runs(store.connection, {(one.registry_id, one.kind): one.runs for one in stale})
    return found


def find_differences(
    store: Store, registry_ids: Iterable[int] | None = None
) -> Iterator[Difference | StaleRuns]:
    """Yield where stored runs and intervals of groups (None: of all) differ from the record."""
    if registry_ids is None:
        rows = store.connection.execute(
            _SQL["list_recorded_groups"], {"environment": store.environment}
        )
        registry_ids = [row[0] for row in rows]
    headers = read_headers(store.connection, registry_ids)
    ref_securities = RefSecurities(store)
    ref_securities.read_all()
    projected = _project_groups(store.connection, headers, ref_securities)
    kept = _read_stored(store.connection, headers)
    for (number, said, runs), (stored, held) in zip(projected, kept, strict=True):
        for kind, right in runs.items():
            if right != held.get((number, kind), {}):
                yield StaleRuns(number, kind, right)
        if said == stored:
            continue
        for interval in sorted(said.keys() | stored.keys()):
            was, now = stored.get(interval, set()), said.get(interval, set())
            for security in sorted(was - now):
                yield Difference(number, security, *interval, is_stored=True)
            for security in sorted(now - was):
                yield Difference(number, security, *interval, is_stored=False)


def _make_rows(registry_id: int, intervals: Intervals) -> list[_Row]:
    """Return a group's intervals as rows, in the order of the table's key."""
    return [
        (registry_id, security, start, end)
        for security in sorted(intervals)
        for start, end in intervals[security]
    ]


def _project_groups(
    connection: Connection, headers: Mapping[int, Sequence[Header]], ref_securities: RefSecurities
) -> Iterator[tuple[int, _GroupIntervals, dict[ReportKind, Runs]]]:
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

        def read(
            count: int,
            collected: dict[ReportKind, RunCollector] = collected,
            effective: AbstractSet[int] = effective,
        ) -> Iterator[tuple[dt.date, set[int]]]:
            for header, refs in islice(snapshots, count):
                collected[header.kind].add(header.as_of, refs)
                if header.id in effective:
                    yield header.as_of, ref_securities.find_securities(refs, header.as_of)

        said: _GroupIntervals = defaultdict(set)
        for security, ranges in project(read(len(ordered))).items():
            for interval in ranges:
                said[interval].add(security)
        yield number, said, {kind: one.runs for kind, one in collected.items()}


def _read_snapshots(
    connection: Connection, headers: Mapping[int, Sequence[Header]]
) -> Iterator[tuple[Header, set[int]]]:
    """Yield the groups' snapshots and their refs, group after group, reading some ahead."""
    places = ((number, header) for number, of in headers.items() for header in of)
    while ahead := list(islice(places, READ_AHEAD)):
        refs = _read_ref_ids(connection, [(number, header.id) for number, header in ahead])
        for _, header in ahead:
            yield header, refs[header.id]


def _read_stored(
    connection: Connection, numbers: Iterable[int]
) -> Iterator[tuple[_GroupIntervals, dict[Series, Runs]]]:
    """Yield each group's stored intervals, in the order of the numbers, and the runs.

    The runs are those of some groups more.
    """
    waiting = iter(numbers)
    while ahead := list(islice(waiting, READ_AHEAD)):
        found: dict[int, _GroupIntervals] = {number: {} for number in ahead}
        for number, start, end, securities in connection.execute(
            _SQL["read_history"], {"registry_ids": ahead}, binary=True
        ):
            found[number][DateRange(start, end)] = set(securities)
        runs = read_whole_runs(connection, ahead)
        yield from ((intervals, runs) for intervals in found.values())


def _read_ref_ids(
    connection: Connection, snapshots: Sequence[tuple[int, int]]
) -> dict[int, set[int]]:
    """Return the refs of snapshots (number of the group, own number) by their own."""
    groups, numbers = zip(*snapshots, strict=True)
    rows = connection.execute(
        _SQL["read_ref_ids"],
        {"registry_ids": list(groups), "snapshot_ids": list(numbers)},
        binary=True,
    )
    return {row[0]: set(row[1] or ()) for row in rows}


def _read_intervals(
    connection: Connection, places: Collection[Place]
) -> dict[Place, list[DateRange]]:
    """Return the intervals that are stored at some places."""
    found: dict[Place, list[DateRange]] = defaultdict(list)
    if places:
        groups, securities = zip(*places, strict=True)
        parameters = {"group_ids": list(groups), "security_ids": list(securities)}
        rows = connection.execute(_SQL["read_intervals"], parameters, binary=True)
        for group, security, start, end in rows:
            found[group, security].append(DateRange(start, end))
    return found


def _write(
    connection: Connection,
    old: Mapping[Place, Sequence[DateRange]],
    new: Mapping[Place, Sequence[DateRange]],
    added: list[_Row],
) -> None:
    """Put new intervals where old ones are, and add some where none is.

    Of an interval that only ends otherwise the row stays.
    """
    removed: list[_Row] = []
    ended: list[_Row] = []
    for place in sorted(old.keys() | new.keys()):
        was, now = dict(old.get(place, ())), dict(new.get(place, ()))
        if was == now:
            continue
        removed += [(*place, start, end) for start, end in was.items() if start not in now]
        for start, end in now.items():
            if start not in was:
                added.append((*place, start, end))
            elif was[start] != end:
                ended.append((*place, start, end))
    for statement, rows in (("remove_intervals", removed), ("end_intervals", ended)):
        if rows:
            names = ("group_ids", "security_ids", "starts", "ends")
            columns = zip(names, map(list, zip(*rows, strict=True)), strict=True)
            connection.execute(_SQL[statement], dict(columns))
    if added:
        days = {day: day.isoformat() for day in {day for row in added for day in row[2:]}}
        days[FOREVER] = "infinity"
        with connection.cursor() as cursor, cursor.copy(_SQL["copy_intervals"]) as copy:
            # Numbers and dates need no escaping: half the time of row by row.
            copy.write(
                "".join(
                    [
                        f"{group}\t{security}\t{days[start]}\t{days[end]}\n"
                        for group, security, start, end in added
                    ]
                )
            )
