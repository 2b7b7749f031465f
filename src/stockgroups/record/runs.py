"""Runs: which consecutive snapshots of a series hold which refs or securities. Pure.

A series is a group's snapshots of one kind: its issuer's, N-PORT filings, or proxies. A run lasts
from the as-of date of its first snapshot up to, not including, that of the next one that does not
hold the ref.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from stockgroups.ranges import DateRange
from stockgroups.record.effective import FOREVER, Header, ReportKind, current_snapshots

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from stockgroups.record.effective import Segment

Runs = dict[DateRange, set[int]]
"""Of one series: the refs of each range of dates."""


class RunCollector:
    """Collects the runs of a series from its snapshots in the order of their dates.

    From a group's effective snapshots, given with their securities, it collects the intervals of
    memberships.
    """

    def __init__(self) -> None:
        self._began: dict[dt.date, AbstractSet[int]] = {}
        self._ended: Runs = defaultdict(set)
        self._held: AbstractSet[int] = frozenset()

    def add(self, day: dt.date, refs: AbstractSet[int]) -> None:
        """Add the next snapshot."""
        if not refs >= self._held:
            for start, held in [*self._began.items()]:
                ended = held - refs
                if ended:
                    self._ended[DateRange(start, day)] |= ended
                    self._began[start] = held & refs
        begun = refs - self._held if self._held else refs
        if begun:
            self._began[day] = begun
        self._held = refs

    @property
    def runs(self) -> Runs:
        """The runs of the snapshots so far; runs that the last snapshot holds have no end."""
        lasting = {
            DateRange(start, FOREVER): set(held) for start, held in self._began.items() if held
        }
        return {**self._ended, **lasting}


def find_series(headers: Iterable[Header]) -> dict[ReportKind, list[Header]]:
    """Return the current snapshots of each of a group's series."""
    series: dict[ReportKind, list[Header]] = {kind: [] for kind in ReportKind}
    for header in current_snapshots(headers):
        series[header.kind].append(header)
    return series


def splice_runs(
    runs: Runs, changed: Iterable[Segment], refs: Mapping[int, AbstractSet[int]]
) -> None:
    """Change the runs by the segments of their series in which the current snapshot changed.

    `refs` holds, by number, the refs of every snapshot of the segments.
    """
    for segment in changed:
        was = refs[segment.before.id] if segment.before else frozenset[int]()
        now = refs[segment.after.id] if segment.after else frozenset[int]()
        _remove(runs, segment.start, segment.end, was - now)
        _add(runs, segment.start, segment.end, now - was)


def held_on(runs: Runs, day: dt.date) -> set[int]:
    """Return the refs that a series holds on a day."""
    held: set[int] = set()
    return held.union(*(refs for (start, end), refs in runs.items() if start <= day < end))


def hold(runs: Runs, start: dt.date, end: dt.date, refs: AbstractSet[int]) -> None:
    """Make the runs hold exactly these refs between a date of the series and the next one."""
    was = held_on(runs, start)
    _remove(runs, start, end, was - refs)
    _add(runs, start, end, refs - was)


def _remove(runs: Runs, start: dt.date, end: dt.date, refs: AbstractSet[int]) -> None:
    """Cut the dates out of the refs' runs."""
    for first, last in [*runs] if refs else ():
        if first < end and start < last:
            cut = _take(runs, DateRange(first, last), refs)
            if first < start:
                _put(runs, DateRange(first, start), cut)
            if end < last:
                _put(runs, DateRange(end, last), cut)


def _add(runs: Runs, start: dt.date, end: dt.date, refs: AbstractSet[int]) -> None:
    """Add the dates to the refs' runs, joining those that touch."""
    if not refs:
        return
    begun = {
        first: _take(runs, DateRange(first, last), refs) for first, last in [*runs] if last == start
    }
    begun[start] = set(refs).difference(*begun.values())
    following = [interval for interval in runs if interval.valid_from == end]
    for first, rest in begun.items():
        for interval in following:
            joined = _take(runs, interval, rest)
            _put(runs, DateRange(first, interval.valid_to), joined)
            rest.difference_update(joined)
        _put(runs, DateRange(first, end), rest)


def _take(runs: Runs, interval: DateRange, refs: AbstractSet[int]) -> set[int]:
    """Remove the refs from the runs of an interval, and return the removed ones."""
    held = runs.get(interval, set())
    taken = held & refs
    if taken:
        held -= taken
        if not held:
            del runs[interval]
    return taken


def _put(runs: Runs, interval: DateRange, refs: set[int]) -> None:
    if refs:
        runs.setdefault(interval, set()).update(refs)
