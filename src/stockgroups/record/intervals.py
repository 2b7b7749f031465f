"""Memberships as intervals of dates, and the splices that changed snapshots make. Pure.

An interval holds the dates from its first up to, not including, its last. The intervals of one
security in one group are ordered and apart: intervals that touch are one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING

from stockgroups.ranges import DateRange
from stockgroups.record.effective import FOREVER

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from stockgroups.record.effective import Header, ReportKind, Segment

Intervals = dict[int, list[DateRange]]
"""The intervals of one group, by security number."""

Owned = tuple["dt.date", "dt.date", int]
"""A range of dates, and the security of a ref in it."""
_Reach = tuple[int, int]
"""The first of some consecutive snapshots, and the one after the last, by their places."""


def find_changes(
    changed: Iterable[Segment], securities: Mapping[int, AbstractSet[int]]
) -> tuple[Intervals, Intervals]:
    """Return what is removed and what is added: for each security, the dates.

    `securities` holds, by number, the securities of every snapshot of the segments.
    """
    removed: Intervals = defaultdict(list)
    added: Intervals = defaultdict(list)
    nothing: AbstractSet[int] = frozenset()
    for segment in changed:
        was = securities[segment.before.id] if segment.before else nothing
        now = securities[segment.after.id] if segment.after else nothing
        for security in was - now:
            removed[security].append(DateRange(segment.start, segment.end))
        for security in now - was:
            added[security].append(DateRange(segment.start, segment.end))
    return dict(removed), dict(added)


def splice(
    stored: Iterable[DateRange], removed: Iterable[DateRange], added: Iterable[DateRange]
) -> list[DateRange]:
    """Return the intervals without the removed dates and with the added ones.

    A removal may split an interval, an addition may join its neighbours. No date is both removed
    and added. A removed date need not be there, and an added date may be there already.
    """
    kept = list(stored)
    for start, end in removed:
        kept = [
            piece
            for first, last in kept
            for piece in (DateRange(first, min(last, start)), DateRange(max(first, end), last))
            if piece.valid_from < piece.valid_to
        ]
    joined: list[DateRange] = []
    for first, last in sorted([*kept, *added]):
        if joined and first <= joined[-1].valid_to:
            joined[-1] = DateRange(joined[-1].valid_from, max(joined[-1].valid_to, last))
        else:
            joined.append(DateRange(first, last))
    return joined


def project_runs(
    line: Sequence[Header],
    runs: Mapping[ReportKind, Iterable[tuple[dt.date, dt.date, Iterable[int]]]],
    list_owned: Callable[[int], Iterable[Owned]],
) -> Intervals:
    """Return the intervals of the securities that runs of refs stand for.

    The cost depends on the runs and their refs, not on how many days each lasts.

    Args:
        line: The effective snapshots of a group, in the order of their dates.
        runs: The runs of each kind as (start, end, refs).
        list_owned: Returns the securities that a ref is, each with its dates.
    """
    dates = [header.as_of for header in line]
    reaches: dict[int, set[_Reach]] = defaultdict(set)
    for kind, of_kind in runs.items():
        places = [place for place, header in enumerate(line) if header.kind is kind]
        days = [dates[place] for place in places]
        for start, end, refs in of_kind:
            held = _join_places(places[bisect_left(days, start) : bisect_left(days, end)])
            for ref in refs:
                for since, until, security in list_owned(ref):
                    first, last = bisect_left(dates, since), bisect_left(dates, until)
                    reaches[security].update(
                        (max(begin, first), min(close, last))
                        for begin, close in held
                        if max(begin, first) < min(close, last)
                    )
    ends = [*dates, FOREVER]
    return {
        security: splice((), (), (DateRange(ends[begin], ends[close]) for begin, close in found))
        for security, found in reaches.items()
        if found
    }


def _join_places(places: Sequence[int]) -> list[_Reach]:
    """Return consecutive places as ranges: one, unless snapshots of other kinds lie between."""
    reaches: list[_Reach] = []
    for place in places:
        if reaches and reaches[-1][1] == place:
            reaches[-1] = reaches[-1][0], place + 1
        else:
            reaches.append((place, place + 1))
    return reaches
