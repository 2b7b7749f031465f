"""The stored intervals of memberships: spliced by a load, recomputed for some securities.

They are a projection of the current snapshots and of the securities of their refs. Writers hold the
environment's lock.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING

from stockgroups.db.arrays import as_columns
from stockgroups.db.dates import DayTexts
from stockgroups.db.lines import LINES_AT_ONCE
from stockgroups.db.sql import load_statements
from stockgroups.ranges import DateRange
from stockgroups.record.effective import (
    Header,
    ReportKind,
    effective_snapshots,
    segments,
)
from stockgroups.record.headers import read_headers
from stockgroups.record.intervals import find_changes, project_runs, splice
from stockgroups.record.runs import RunCollector, find_series
from stockgroups.record.stored_runs import (
    read_runs,
    splice_stored,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from stockgroups.db.connection import Connection
    from stockgroups.record.effective import Segment
    from stockgroups.record.ref_securities import RefSecurities

_SQL = load_statements("history")
READ_AHEAD = 64
"""Snapshots, and stored intervals of groups, that are in memory at once."""

Place = tuple[int, int]
"""The number of a group in the registry, and of a security."""

_Row = tuple[int, int, dt.date, dt.date]
_Part = tuple[int, DateRange, "Collection[int]"]
"""The number of a group, and its securities (at least one) of the same dates."""
_Headers = tuple["Sequence[Header]", "Sequence[Header]"]


def splice_history(
    connection: Connection,
    changed: Mapping[int, _Headers],
    ref_securities: RefSecurities,
    known: Mapping[int, AbstractSet[int]] = MappingProxyType({}),
) -> None:
    """Update runs and intervals for the snapshots that groups have now.

    Args:
        connection: A connection in the load's transaction.
        changed: The headers of each group, by its registry number, before and now.
        ref_securities: The securities of refs as they are now; what is missing is read.
        known: The refs of some snapshots, by number; those of the others are read.
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
    missing = [
        (group, header)
        for group, of in needed.items()
        for header in of.values()
        if header.id not in known
    ]
    refs = {**known, **(read_ref_ids(connection, missing) if missing else {})}
    splice_stored(connection, reported, refs)
    ref_securities.read_numbers(chain.from_iterable(refs.values()))
    removed: dict[Place, list[DateRange]] = {}
    added: dict[Place, list[DateRange]] = {}
    for number, (before, _) in lines.items():
        if not before:
            continue
        securities = {
            header.id: ref_securities.find_securities(refs[header.id], header.as_of)
            for segment in effective[number]
            for header in (segment.before, segment.after)
            if header is not None
        }
        goes, comes = find_changes(effective[number], securities)
        removed |= {(number, security): ranges for security, ranges in goes.items()}
        added |= {(number, security): ranges for security, ranges in comes.items()}
    touched = removed.keys() | added.keys()
    old = _read_touching(
        connection,
        {place: (*removed.get(place, ()), *added.get(place, ())) for place in touched},
    )
    new = {
        place: splice(old.get(place, ()), removed.get(place, ()), added.get(place, ()))
        for place in touched
    }
    first = {number: effective[number] for number, (before, _) in lines.items() if not before}
    write_intervals(connection, old, new)
    if first:
        _add_intervals(connection, _list_first(first, refs, ref_securities))


def _list_first(
    effective: Mapping[int, Sequence[Segment]],
    refs: Mapping[int, AbstractSet[int]],
    ref_securities: RefSecurities,
) -> Iterator[_Part]:
    """Yield the intervals of groups that had none."""
    for number, changed in effective.items():
        collector = RunCollector()
        for header in (segment.after for segment in changed if segment.after):
            collector.add(
                header.as_of, ref_securities.find_securities(refs[header.id], header.as_of)
            )
        yield from ((number, interval, held) for interval, held in collector.runs.items())


def project_securities(
    connection: Connection,
    registry_ids: Collection[int],
    ref_ids: Collection[int],
    securities: AbstractSet[int],
    ref_securities: RefSecurities,
) -> None:
    """Recompute the intervals of some securities in some groups from the runs of their refs.

    Used when refs get another security; all refs that are one of the securities are in `ref_ids`.
    """
    ref_securities.read_numbers(ref_ids)
    held = ref_securities.find_refs(securities)
    ordered = sorted(registry_ids)
    for start in range(0, len(ordered), READ_AHEAD):
        some = ordered[start : start + READ_AHEAD]
        _project_securities(connection, some, held, securities, ref_securities)


def _project_securities(
    connection: Connection,
    registry_ids: Collection[int],
    ref_ids: Collection[int],
    securities: AbstractSet[int],
    ref_securities: RefSecurities,
) -> None:
    """Recompute them for a part of the groups: the runs of thousands of funds are many at once."""
    runs = read_runs(connection, registry_ids, ref_ids)
    new: dict[Place, list[DateRange]] = defaultdict(list)
    for number, headers in read_headers(connection, registry_ids).items():
        line = effective_snapshots(headers)
        reported = {kind: runs.get((number, kind), ()) for kind in ReportKind}
        for security, found in project_runs(line, reported, ref_securities.list_owned).items():
            if security in securities:
                new[number, security] += found
    old: dict[Place, list[DateRange]] = defaultdict(list)
    rows = connection.execute(
        _SQL["read_intervals_of"],
        {"group_ids": list(registry_ids), "security_ids": list(securities)},
        binary=True,
    )
    for group, security, start, end in rows:
        old[group, security].append(DateRange(start, end))
    write_intervals(connection, old, new)


def read_ref_ids(
    connection: Connection, snapshots: Sequence[tuple[int, Header]]
) -> dict[int, set[int]]:
    """Return the refs of snapshots (group number, header) by the snapshot's number."""
    named = ((group, header.id, header.as_of) for group, header in snapshots)
    numbers = as_columns("registry_ids snapshot_ids dates", named)
    rows = connection.execute(_SQL["read_ref_ids"], numbers, binary=True)
    return {row[0]: set(row[1] or ()) for row in rows}


def _read_touching(
    connection: Connection, changes: Mapping[Place, Sequence[DateRange]]
) -> dict[Place, list[DateRange]]:
    """Return the stored intervals of each group and security that its changes may alter or join."""
    found: dict[Place, list[DateRange]] = defaultdict(list)
    if changes:
        spans = (
            (*place, min(dates)[0], max(until for _, until in dates))
            for place, dates in changes.items()
        )
        numbers = as_columns("group_ids security_ids starts ends", spans)
        rows = connection.execute(_SQL["read_intervals"], numbers, binary=True)
        for group, security, start, end in rows:
            found[group, security].append(DateRange(start, end))
    return found


def write_intervals(
    connection: Connection,
    old: Mapping[Place, Sequence[DateRange]],
    new: Mapping[Place, Sequence[DateRange]],
) -> None:
    """Replace old intervals by new ones. If only the end of one changes, its row stays."""
    added: dict[tuple[int, DateRange], list[int]] = defaultdict(list)
    removed: list[_Row] = []
    ended: list[_Row] = []
    for place in sorted(old.keys() | new.keys()):
        was, now = dict(old.get(place, ())), dict(new.get(place, ()))
        if was == now:
            continue
        removed += [(*place, start, end) for start, end in was.items() if start not in now]
        for start, end in now.items():
            if start not in was:
                added[place[0], DateRange(start, end)].append(place[1])
            elif was[start] != end:
                ended.append((*place, start, end))
    for statement, rows in (("remove_intervals", removed), ("end_intervals", ended)):
        if rows:
            columns = as_columns("group_ids security_ids starts ends", rows)
            connection.behind.execute(_SQL[statement], columns)
    if added:
        _add_intervals(connection, ((*part, securities) for part, securities in added.items()))


def _add_intervals(connection: Connection, parts: Iterable[_Part]) -> None:
    connection.behind.copy(_SQL["copy_intervals"], _make_lines(parts))


def _make_lines(parts: Iterable[_Part]) -> Iterator[str]:
    """Yield the lines of a piece of a large part, or of several small parts."""
    days = DayTexts()
    waiting: list[str] = []
    count = 0
    for group, (start, end), securities in parts:
        # Numbers and dates need no escaping, and lines that differ in one number no loop.
        head, tail = f"{group}\t", f"\t{days[start]}\t{days[end]}\n"
        ordered = sorted(securities)
        for first in range(0, len(ordered), LINES_AT_ONCE):
            some = ordered[first : first + LINES_AT_ONCE]
            waiting.append(head + (tail + head).join(map(str, some)) + tail)
            count += len(some)
            if count >= LINES_AT_ONCE:
                yield "".join(waiting)
                waiting, count = [], 0
    yield "".join(waiting)
