"""The stocks that one symbol has stood for, one after the other.

On one market a ticker is one stock at a time. So what is printed under one symbol is one line,
unless an alias says from when on the ticker is another stock's, or identifiers and names say that
one company's ticker was taken up by another later.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from stockgroups.identity.evidence import Identifiers, Print, read_identifiers
from stockgroups.identity.names import are_alike

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.model import Alias

LATE = dt.timedelta(days=62)
"""How long after a change sources still print the old ticker: a monthly file, published late."""
EARLY = dt.timedelta(days=31)
"""How long before it some print the new one already."""

_NONE = Identifiers()

Seen = dict[Print, list[dt.date]]
"""Prints with the days on which they stand, in order."""


@dataclass(slots=True)
class Line:
    """One stock under one symbol from `start` to before `end`, each open where it is date.min/max.

    `seen` are its prints with their days. `left` is the alias by which the symbol was given up at
    `end`, `arrived` the one by which it was taken at `start`.
    """

    symbol: str
    start: dt.date
    end: dt.date
    seen: Seen = field(default_factory=dict)
    identifiers: Identifiers = _NONE
    names: set[str] = field(default_factory=set)
    left: Alias | None = None
    arrived: Alias | None = None

    def add(self, seen: Mapping[Print, Sequence[dt.date]]) -> None:
        """Take in what was printed of this stock."""
        for printed, days in seen.items():
            self.seen[printed] = sorted({*self.seen.get(printed, ()), *days})
            self.identifiers |= read_identifiers(printed)
            if printed.name:
                self.names.add(printed.name)

    @property
    def days(self) -> list[dt.date]:
        """The days on which it is seen, in order."""
        return sorted({day for days in self.seen.values() for day in days})

    @property
    def first(self) -> dt.date:
        """The first day on which it is seen."""
        return min(days[0] for days in self.seen.values())

    @property
    def last(self) -> dt.date:
        """The last day on which it is seen."""
        return max(days[-1] for days in self.seen.values())


@dataclass(frozen=True, slots=True, order=True)
class Conflict:
    """Two things that cannot both be as they are printed, or of which nobody can say more.

    `kind` is what it is about, `symbols` whose it is, `message` what both sources say.
    """

    kind: str
    symbols: tuple[str, ...]
    message: str


def split_symbol(
    symbol: str, seen: Mapping[Print, Sequence[dt.date]], aliases: Sequence[Alias]
) -> tuple[list[Line], list[Conflict]]:
    """Return the lines of one symbol in the order of time, and what does not fit together.

    `seen` are prints with their days in order, `aliases` those that name the symbol. A line that
    only an alias knows has nothing seen.
    """
    segments = _segments(symbol, aliases)
    held = [_between(seen, segment.start, segment.end) for segment in segments]
    for number in range(len(segments) - 1):
        _move_strays(segments[number], segments[number + 1], held[number], held[number + 1])
    lines: list[Line] = []
    conflicts: list[Conflict] = []
    for segment, part in zip(segments, held, strict=True):
        parts, found = _split_segment(segment, part)
        lines += parts
        conflicts += found
    return lines, conflicts


def _segments(symbol: str, aliases: Sequence[Alias]) -> list[Line]:
    """Return an empty line for each stretch between the days on which the symbol changed hands."""
    left = {alias.effective: alias for alias in aliases if alias.old == symbol}
    arrived = {alias.effective: alias for alias in aliases if alias.new == symbol}
    bounds = [dt.date.min, *sorted(left.keys() | arrived.keys()), dt.date.max]
    return [
        Line(symbol, start, end, left=left.get(end), arrived=arrived.get(start))
        for start, end in pairwise(bounds)
    ]


def _between(seen: Mapping[Print, Sequence[dt.date]], start: dt.date, end: dt.date) -> Seen:
    """Return what stands from `start` to before `end`, which is open at date.max."""
    found: Seen = {}
    for printed, days in seen.items():
        last = len(days) if end == dt.date.max else bisect_left(days, end)
        part = list(days[bisect_left(days, start) : last])
        if part:
            found[printed] = part
    return found


def _move_strays(before: Line, after: Line, earlier: Seen, later: Seen) -> None:
    """Move what is printed under the old ticker after the change, or the new one before it."""
    if before.left:
        known = _known(earlier)
        for printed, days in list(later.items()):
            late = [day for day in days if _belongs(printed, *known, day < before.end + LATE)]
            _move(printed, late, later, earlier)
    if after.arrived:
        known = _known(later)
        for printed, days in list(earlier.items()):
            early = [day for day in days if _belongs(printed, *known, day >= after.start - EARLY)]
            _move(printed, early, earlier, later)


def _move(printed: Print, days: Sequence[dt.date], source: Seen, target: Seen) -> None:
    if not days:
        return
    target[printed] = sorted({*target.get(printed, ()), *days})
    source[printed] = [day for day in source[printed] if day not in set(days)]
    if not source[printed]:
        del source[printed]


def _known(seen: Seen) -> tuple[Identifiers, list[str]]:
    identifiers = _NONE
    for printed in seen:
        identifiers |= read_identifiers(printed)
    return identifiers, [printed.name for printed in seen if printed.name]


def _belongs(printed: Print, known: Identifiers, names: Sequence[str], is_near: bool) -> bool:
    """Tell whether what stands on the wrong side of a change is of the stock on the other side.

    By its identifiers where it has any; else by a name that is alike, or where it has none by being
    near enough to the change.
    """
    own = read_identifiers(printed)
    if own.shared(known):
        return True
    if own.contradicted(known):
        return False
    if printed.name and names:
        return any(are_alike(printed.name, name) for name in names)
    return is_near


def _split_segment(segment: Line, seen: Seen) -> tuple[list[Line], list[Conflict]]:
    """Return the lines within a stretch in which no alias says that the symbol changed hands.

    Strays, which stand outside of the stretch, belong to a line of it and make none of their own.
    """
    conflicts: list[Conflict] = []
    lines: list[Line] = []
    clusters = _cluster(segment.symbol, seen)
    # Those that stand in the stretch first: they make the lines.
    for cluster in sorted(clusters, key=lambda c: _first_within(c, segment) is None):
        line = next((line for line in reversed(lines) if _continues(line, cluster)), None)
        if line is None and lines and _first_within(cluster, segment) is None:
            line = lines[-1] if cluster.first >= segment.end else lines[0]
        if line is None:
            lines.append(cluster)
            continue
        conflicts += _contradictions(line, cluster)
        line.add(cluster.seen)
    loose = {printed: days for printed, days in seen.items() if read_identifiers(printed) == _NONE}
    if not lines:
        segment.add(loose)
        return [segment], conflicts
    starts = {id(line): _first_within(line, segment) or segment.start for line in lines}
    # Before any is given out: where a print goes must not hang on where the one before went.
    nearest = [
        (_nearest(lines, printed, day), printed, day)
        for printed, days in loose.items()
        for day in days
    ]
    for line, printed, day in nearest:
        line.add({printed: [day]})
    lines.sort(key=lambda line: starts[id(line)])
    for earlier, later in pairwise(lines):
        earlier.end = later.start = starts[id(later)]
        conflicts.append(_reuse(earlier, later))
    lines[0].start, lines[0].arrived = segment.start, segment.arrived
    lines[-1].end, lines[-1].left = segment.end, segment.left
    return lines, conflicts


def _first_within(line: Line, segment: Line) -> dt.date | None:
    """Return the first day of the stretch on which the line is seen."""
    days = _between(line.seen, segment.start, segment.end).values()
    return min((held[0] for held in days), default=None)


def _cluster(symbol: str, seen: Seen) -> list[Line]:
    """Return the prints that have identifiers, those together that share one, oldest first."""
    clusters: list[Line] = []
    for printed, days in seen.items():
        own = read_identifiers(printed)
        if own == _NONE:
            continue
        cluster = Line(symbol, dt.date.min, dt.date.max)
        cluster.add({printed: days})
        for other in [c for c in clusters if c.identifiers.shared(own)]:
            clusters.remove(other)
            cluster.add(other.seen)
        clusters.append(cluster)
    clusters.sort(key=lambda cluster: (cluster.first, cluster.identifiers.told()))
    return clusters


def _continues(line: Line, cluster: Line) -> bool:
    """Tell whether a line goes on under other identifiers, or is another stock's from then on.

    What is printed in the same time is one stock, whatever it is printed with.
    """
    return (
        not line.identifiers.contradicted(cluster.identifiers)
        or cluster.first <= line.last
        or _succeeds(line, cluster)
    )


def _succeeds(line: Line, cluster: Line) -> bool:
    """Tell whether new identifiers may be those of a stock that was split or reorganised.

    The same issuer says so, or names that are alike; nothing speaks against it without names.
    """
    if line.identifiers.issuers & cluster.identifiers.issuers:
        return True
    if not line.names or not cluster.names:
        return True
    return any(are_alike(one, other) for one in line.names for other in cluster.names)


def _contradictions(line: Line, cluster: Line) -> list[Conflict]:
    """Return what is printed in the same time and cannot both be true.

    On one day two sources may not differ; over a longer time they may where one succeeds the other.
    """
    if not line.identifiers.contradicted(cluster.identifiers):
        return []
    both = sorted(set(line.days) & set(cluster.days))
    if not both and (cluster.first > line.last or _succeeds(line, cluster)):
        return []
    when = f"on {both[0]}" if both else f"between {line.first} and {line.last}"
    message = (
        f"is printed with {line.identifiers.told()} and with {cluster.identifiers.told()}"
        f" {when}: one of them is wrong"
    )
    return [Conflict("contradiction", (line.symbol,), message)]


def _reuse(earlier: Line, later: Line) -> Conflict:
    return Conflict(
        "reuse",
        (later.symbol,),
        f"was {min(earlier.names)} ({earlier.identifiers.told()}) until {earlier.last} and is"
        f" {min(later.names)} ({later.identifiers.told()}) from {later.first} on: another company"
        " under the same ticker",
    )


def _nearest(lines: Sequence[Line], printed: Print, day: dt.date) -> Line:
    """Return the line that a print without identifiers is of: alike by name, then near in time."""

    def distance(line: Line) -> tuple[bool, int, dt.date]:
        unlike = bool(
            printed.name and not any(are_alike(printed.name, name) for name in line.names)
        )
        return unlike, max((line.first - day).days, (day - line.last).days, 0), line.first

    return min(lines, key=distance)
