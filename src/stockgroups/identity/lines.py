"""Lines: the pieces of identity. One ticker, one stretch of time, one company.

A ticker alone is evidence only while its reports are continuous. So the refs of one symbol are cut
where an alias says that the symbol changed hands, and where a time without any report lies between.
Within such a stretch, refs that share an identifier or a name are a line. Lines are never cut
further; `joins` decides which of them are one stock.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from stockgroups.identity.evidence import Identifiers, Run, read_identifiers
from stockgroups.identity.names import Likeness, compare_all
from stockgroups.identity.strays import LONG, RENAMED, between, move_strays

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from stockgroups.identity.evidence import Handover, NumberedRef, Seen
    from stockgroups.identity.histories import Histories
    from stockgroups.model import Alias

_NONE = Identifiers()
_NO_TIME = dt.timedelta()


@dataclass(slots=True, eq=False)
class Line:
    """Refs of one symbol that are one stock without a doubt.

    Attributes:
        symbol: The symbol.
        start: The first day; date.min if unbounded.
        end: The day after the last one; date.max if unbounded.
        left: The alias by which the stock gave up the symbol at `end`.
        arrived: The alias by which it took the symbol at `start`.
        segment: The place among the holders of the symbol, by the aliases.
        stretch: The place among the continuous stretches of its reports.
    """

    symbol: str
    start: dt.date = dt.date.min
    end: dt.date = dt.date.max
    segment: int = 0
    stretch: int = 0
    seen: Seen = field(default_factory=dict)
    identifiers: Identifiers = _NONE
    names: set[str] = field(default_factory=set)
    left: Alias | None = None
    arrived: Alias | None = None

    def add(self, seen: Mapping[NumberedRef, Sequence[Run]]) -> Line:
        """Add more refs of this stock, and return the line."""
        for ref, runs in seen.items():
            self.seen[ref] = sorted([*self.seen.get(ref, ()), *runs])
            self.identifiers |= read_identifiers(ref)
            if ref.name:
                self.names.add(ref.name)
        return self

    @property
    def runs(self) -> list[Run]:
        """All runs of the refs."""
        return [run for runs in self.seen.values() for run in runs]

    @property
    def days(self) -> list[dt.date]:
        """The days on which the line is reported, in order."""
        return sorted({day for run in self.runs for day in run.days})

    @property
    def first(self) -> dt.date:
        """The first day on which the line is reported."""
        return min(run.days[0] for run in self.runs)

    @property
    def last(self) -> dt.date:
        """The last day on which the line is reported."""
        return max(run.days[-1] for run in self.runs)

    @property
    def ended(self) -> dt.date:
        """The first day from which no group holds the line any more; date.max if one does."""
        return max(run.end for run in self.runs)


Holders = dict[tuple[str, str], list[int]]
"""The places of the lines that have an identifier, by scheme and value."""


def find_holders(lines: Sequence[Line]) -> Holders:
    """Return the places of the lines that have each identifier."""
    holders: Holders = defaultdict(list)
    for place, line in enumerate(lines):
        for key in line.identifiers.pairs():
            holders[key].append(place)
    return holders


def find_sharing(line: Line, holders: Holders) -> set[int]:
    """Return the places of the lines that have an identifier of this one."""
    return {place for key in line.identifiers.pairs() for place in holders.get(key, ())}


def find_registered(
    line: Line, cusips: Collection[str], registered: Collection[int]
) -> dict[str, list[Run]]:
    """Return, by CUSIP, when dated registers list the line's symbol with it.

    `registered` are the numbers of the registers' refs.
    """
    found: dict[str, list[Run]] = defaultdict(list)
    for ref, runs in line.seen.items():
        if ref.cusip and ref.cusip in cusips and ref.number in registered:
            found[ref.cusip] += runs
    return found


def make_nameless(ref: NumberedRef, runs: Sequence[Run]) -> Line:
    """Return the line of a ref without a symbol. Each has its own."""
    return Line(ref.symbol).add({ref: runs})


def split_symbol(
    symbol: str,
    seen: Seen,
    aliases: Sequence[Alias],
    histories: Histories,
    handovers: Sequence[Handover] = (),
) -> list[Line]:
    """Return the lines of one symbol, those of each segment in the order of time.

    A segment that only aliases know has one line without refs.

    Args:
        symbol: A canonical symbol.
        seen: Its refs with their runs.
        aliases: The aliases that name the symbol.
        histories: What is reported under all symbols, and by which groups.
        handovers: When registers say that another company got the symbol.
    """
    segments = _segments(symbol, aliases)
    held = [between(seen, segment.start, segment.end) for segment in segments]
    for number in range(len(segments) - 1):
        before, after = segments[number : number + 2]
        move_strays(before, after, held[number], held[number + 1], histories)
        if before.left:
            histories.carry(held[number], before.left)
    lines: list[Line] = []
    for segment, part in zip(segments, held, strict=True):
        lines += _split_segment(segment, part, histories, handovers)
    return lines


def _segments(symbol: str, aliases: Sequence[Alias]) -> list[Line]:
    """Return an empty line for each stretch between the days on which the symbol changed hands."""
    left = {alias.effective: alias for alias in aliases if alias.old == symbol}
    arrived = {alias.effective: alias for alias in aliases if alias.new == symbol}
    bounds = [dt.date.min, *sorted(left.keys() | arrived.keys()), dt.date.max]
    return [
        Line(symbol, start, end, number, left=left.get(end), arrived=arrived.get(start))
        for number, (start, end) in enumerate(pairwise(bounds))
    ]


def _split_segment(
    segment: Line, seen: Seen, histories: Histories, handovers: Sequence[Handover]
) -> list[Line]:
    """Return the lines of one segment in the order of time."""
    if not seen:
        return [segment]
    lines: list[Line] = []
    for number, stretch in enumerate(_split_stretches(segment, seen)):
        lines += _merge_continuous(_split_stretch(segment, number, stretch), handovers)
    lines.sort(key=_place)
    lines[0].start = segment.start
    for line in lines:
        line.arrived = segment.arrived
        if line.last >= segment.start:
            break  # reports from before the change that moved here are the same stock
    if segment.left:
        for line in lines:
            if any(histories.is_in_place(run, segment.left) for run in line.runs):
                line.left = segment.left
    left = segment.left
    known = RENAMED if left and left.new else LONG
    if left and left.new != segment.symbol and segment.end - lines[-1].ended > known:
        # The stock that gave up the symbol on that day is not the one last reported long before.
        lines.append(Line(segment.symbol, lines[-1].ended, segment.end, segment.segment))
    for earlier, later in pairwise(lines):
        begins = _first_within(later, segment) if later.seen else later.start
        earlier.end = later.start = min(max(begins, earlier.start), segment.end)
    lines[-1].end, lines[-1].left = segment.end, segment.left
    return lines


def _place(line: Line) -> tuple[dt.date, dt.date, str, list[str]]:
    return line.first, line.last, line.identifiers.describe(), sorted(line.names)


def _first_within(line: Line, segment: Line) -> dt.date:
    """Return the first day of the segment on which the line is reported; else its first day."""
    within = between(line.seen, segment.start, segment.end)
    return min((run.days[0] for runs in within.values() for run in runs), default=line.first)


def _split_stretches(segment: Line, seen: Seen) -> list[Seen]:
    """Return the refs by continuous stretches: runs that overlap or follow without a gap.

    Reports before or after the days of the segment are placed at its edge.
    """
    runs = sorted(
        ((run, ref) for ref, held in seen.items() for run in held),
        key=lambda pair: (pair[0].start, pair[0].end),
    )
    stretches: list[Seen] = []
    until = dt.date.min
    for run, ref in runs:
        if not stretches or min(run.start, segment.end) > until:
            stretches.append({})
        stretches[-1].setdefault(ref, []).append(run)
        until = max(until, run.end, segment.start)
    return stretches


def _merge_continuous(lines: Sequence[Line], handovers: Sequence[Handover]) -> list[Line]:
    """Merge lines of a stretch that continue each other without a contradiction."""
    merged: list[Line] = []
    for line in sorted(lines, key=_place):
        for earlier in reversed(merged):
            if not earlier.identifiers.contradict(line.identifiers) and not why_far(
                earlier, line, handovers
            ):
                earlier.add(line.seen)
                break
        else:
            merged.append(line)
    return merged


def why_far(
    earlier: Line, later: Line, handovers: Sequence[Handover], *, is_known: bool = False
) -> str:
    """Return why two lines are too far apart for a similar name to connect them, or "".

    Two names without a distinctive word in common are one company only if one line follows the
    other at once, as when a company renames itself, and no register says that another company got
    the symbol. If the symbol is known to be one stock's (`is_known`), only the register decides.
    """
    likeness = compare_all(earlier.names, later.names)
    if likeness is Likeness.SAME:
        return ""
    for since, until in handovers:
        if earlier.last < until and since <= later.first:
            return f"by a register, another company has had the ticker since {until} or before"
    if is_known or likeness is None or likeness is Likeness.SIMILAR:
        return ""
    if later.first - earlier.last <= LONG:
        return ""
    days = (later.first - earlier.last).days
    return f"the names have no distinctive word in common, and {days} days lie between"


def _split_stretch(segment: Line, number: int, seen: Seen) -> list[Line]:
    """Return the lines of one stretch: refs that share an identifier or have the same name."""

    def make_line(part: Seen) -> Line:
        return Line(segment.symbol, segment=segment.segment, stretch=number).add(part)

    lines: list[Line] = []
    named: Seen = {}
    nameless: Seen = {}
    for ref, runs in seen.items():
        own = read_identifiers(ref)
        if any(own):
            line = make_line({ref: runs})
            _unite(lines, line, [one for one in lines if one.identifiers.shared(own)])
        elif ref.name:
            named[ref] = runs
        else:
            nameless[ref] = runs
    # All refs of a kind are placed before any is added, so that their order makes no difference.
    known = [(line, tuple(line.names)) for line in lines]
    placed: list[tuple[Line, NumberedRef, list[Run]]] = []
    others: list[Line] = []
    for ref, runs in named.items():
        name = [ref.name] if ref.name else []
        same = [line for line, names in known if compare_all(name, names) is Likeness.SAME]
        if same:
            placed += _place_by_day(same, ref, runs)
            continue
        line = make_line({ref: runs})
        _unite(others, line, [o for o in others if compare_all(name, o.names) is Likeness.SAME])
    _add_all(placed)
    lines += others
    if not lines:
        return [make_line(nameless)]
    _add_all([part for ref, runs in nameless.items() for part in _place_by_day(lines, ref, runs)])
    return lines


def _unite(lines: list[Line], line: Line, parts: Sequence[Line]) -> None:
    """Replace the line and its parts in the list by one line."""
    for part in parts:
        lines.remove(part)
        line.add(part.seen)
    lines.append(line)


def _add_all(placed: Iterable[tuple[Line, NumberedRef, list[Run]]]) -> None:
    for line, ref, runs in placed:
        line.add({ref: runs})


def _place_by_day(
    lines: Sequence[Line], ref: NumberedRef, runs: Sequence[Run]
) -> list[tuple[Line, NumberedRef, list[Run]]]:
    """Return, for a ref without identifiers, the nearest line and the days of each part."""
    if len(lines) == 1:
        return [(lines[0], ref, list(runs))]
    bounds = [(line, line.first, line.last) for line in sorted(lines, key=_place)]

    def find_nearest(day: dt.date) -> Line:
        return min(bounds, key=lambda bound: max(bound[1] - day, day - bound[2], _NO_TIME))[0]

    placed: list[tuple[Line, NumberedRef, list[Run]]] = []
    for run in runs:
        for line, part in groupby(run.days, key=find_nearest):
            days = tuple(part)
            rest = run.days[run.days.index(days[-1]) + 1 :]
            end = rest[0] if rest else run.end
            placed.append((line, ref, [Run(run.group, days[0], end, days)]))
    return placed
