"""Memberships as intervals of dates: made from snapshots, and spliced where some change. Pure.

An interval holds the dates from its first up to, not including, its last. Those of one security in
one group are kept in order, apart from each other: neighbours that touch are one.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING

from stockgroups.history.timeline import FOREVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from stockgroups.history.timeline import Segment

Interval = tuple[dt.date, dt.date]
Intervals = dict[int, list[Interval]]
"""Of one group: security number to its intervals."""


def project(statements: Iterable[tuple[dt.date, AbstractSet[int]]]) -> Intervals:
    """Return the intervals that a group's timeline makes: dates in order, and who is in it then."""
    found: Intervals = defaultdict(list)
    since: dict[int, dt.date] = {}
    present: AbstractSet[int] = frozenset()
    for day, now in statements:
        for security in present - now:
            found[security].append((since.pop(security), day))
        for security in now - present:
            since[security] = day
        present = now
    for security, start in since.items():
        found[security].append((start, FOREVER))
    return dict(found)


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
            gone[security].append((segment.start, segment.end))
        for security in now - was:
            come[security].append((segment.start, segment.end))
    return dict(gone), dict(come)


def splice(
    stored: Iterable[Interval], gone: Iterable[Interval], come: Iterable[Interval]
) -> list[Interval]:
    """Return the intervals without the dates that go and with those that come.

    What goes may split an interval, what comes may join its neighbours. No date both goes and
    comes; what goes need not be there, and what comes may be there already.
    """
    kept = list(stored)
    for start, end in gone:
        kept = [
            piece
            for first, last in kept
            for piece in ((first, min(last, start)), (max(first, end), last))
            if piece[0] < piece[1]
        ]
    joined: list[Interval] = []
    for first, last in sorted([*kept, *come]):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined
