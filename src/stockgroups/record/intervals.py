"""Memberships as intervals of dates: what goes and comes where snapshots change, spliced. Pure.

An interval holds the dates from its first up to, not including, its last. Those of one security in
one group are kept in order, apart from each other: neighbours that touch are one.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from stockgroups.ranges import DateRange

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from stockgroups.record.effective import Segment

Intervals = dict[int, list[DateRange]]
"""Of one group: security number to its intervals."""


def find_changes(
    changed: Iterable[Segment], securities: Mapping[int, AbstractSet[int]]
) -> tuple[Intervals, Intervals]:
    """Return what goes and what comes, for each security the dates on which it does.

    `securities` holds those of every snapshot of the segments by its number.
    """
    gone: Intervals = defaultdict(list)
    come: Intervals = defaultdict(list)
    nothing: AbstractSet[int] = frozenset()
    for segment in changed:
        was = securities[segment.before.id] if segment.before else nothing
        now = securities[segment.after.id] if segment.after else nothing
        for security in was - now:
            gone[security].append(DateRange(segment.start, segment.end))
        for security in now - was:
            come[security].append(DateRange(segment.start, segment.end))
    return dict(gone), dict(come)


def splice(
    stored: Iterable[DateRange], gone: Iterable[DateRange], come: Iterable[DateRange]
) -> list[DateRange]:
    """Return the intervals without the dates that go and with those that come.

    What goes may split an interval, what comes may join its neighbours. No date both goes and
    comes; what goes need not be there, and what comes may be there already.
    """
    kept = list(stored)
    for start, end in gone:
        kept = [
            piece
            for first, last in kept
            for piece in (DateRange(first, min(last, start)), DateRange(max(first, end), last))
            if piece.valid_from < piece.valid_to
        ]
    joined: list[DateRange] = []
    for first, last in sorted([*kept, *come]):
        if joined and first <= joined[-1].valid_to:
            joined[-1] = DateRange(joined[-1].valid_from, max(joined[-1].valid_to, last))
        else:
            joined.append(DateRange(first, last))
    return joined
