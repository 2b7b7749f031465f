"""From evidence to securities: each with its symbols in time, and the prints that need a word."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.identity.joins import join_lines
from stockgroups.identity.lines import LATE, Conflict, Line, split_symbol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stockgroups.identity.evidence import Evidence, Print
    from stockgroups.model import Alias

ONE_DAY = dt.timedelta(days=1)


class Span(NamedTuple):
    """A symbol from `start` to before `end`; date.min and date.max where it is open."""

    symbol: str
    start: dt.date
    end: dt.date


class Meaning(NamedTuple):
    """That a print is of a security, by its place among them, from `start` to before `end`."""

    security: int
    start: dt.date
    end: dt.date


@dataclass(frozen=True, slots=True)
class Identity:
    """Securities by their spans in the order of time.

    `exceptions` holds prints that on some day mean another security than their symbol does then, by
    number, with what they mean throughout. `conflicts` are what is left to a person.
    """

    securities: tuple[tuple[Span, ...], ...]
    exceptions: dict[int, tuple[Meaning, ...]]
    conflicts: tuple[Conflict, ...]


def identify(evidence: Evidence) -> Identity:
    """Return the securities that the evidence is of: in whatever order it comes, the same."""
    prints: dict[str, dict[Print, Sequence[dt.date]]] = defaultdict(dict)
    for printed in sorted(evidence.prints):
        prints[printed.symbol][printed] = sorted(set(evidence.days.get(printed.number, ())))
    symbols = {*prints, *evidence.spellings, *evidence.spellings.values()}
    aliases, conflicts = _choose_aliases(evidence.aliases)
    symbols |= {a.old for a in aliases} | {a.new for a in aliases if a.new}
    lines: list[Line] = []
    for symbol in sorted(symbols):
        named = [a for a in aliases if symbol in (a.old, a.new)]
        seen = {printed: days for printed, days in prints.get(symbol, {}).items() if days}
        found, open_questions = split_symbol(symbol, seen, named)
        lines += found
        conflicts += open_questions
    unions, open_questions = join_lines(lines, evidence)
    conflicts += open_questions
    sets = [[lines[place] for place in places] for places in unions.sets()]
    # A print that stands nowhere any more keeps its symbol's stock; what nobody prints is none.
    unseen = prints.keys() - {line.symbol for line in lines if line.seen}
    kept = [
        joined
        for joined in sets
        if any(line.seen or (line.symbol in unseen and line.end == dt.date.max) for line in joined)
    ]
    spans = [_span_lines(joined) for joined in kept]
    order = sorted(range(len(spans)), key=lambda place: spans[place])
    securities = tuple(spans[place] for place in order)
    return Identity(
        securities,
        _find_exceptions(securities, [kept[place] for place in order]),
        tuple(sorted(conflicts)),
    )


def _choose_aliases(aliases: Sequence[Alias]) -> tuple[list[Alias], list[Conflict]]:
    """Return the aliases that can be true together: on a day one stock alone takes a symbol."""
    chosen: dict[tuple[str | None, dt.date], Alias] = {}
    kept: list[Alias] = []
    conflicts: list[Conflict] = []
    for alias in sorted(aliases, key=lambda alias: (alias.effective, alias.old)):
        first = chosen.setdefault((alias.new, alias.effective), alias)
        if alias.new is None or first is alias:
            kept.append(alias)
        else:
            message = (
                f"cannot both have become {alias.new} on {alias.effective}"
                f" ({first.source}; {alias.source}): the second is left out"
            )
            conflicts.append(Conflict("aliases", (first.old, alias.old), message))
    return kept, conflicts


def _span_lines(lines: Sequence[Line]) -> tuple[Span, ...]:
    """Return when the stock had which of its symbols.

    A change that an alias dates is on that day; one that is learned from prints is on the first day
    on which the new symbol is seen. Late prints of the old symbol change nothing, and a spelling
    without its dot is no symbol beside the one with it.
    """
    compact = {line.symbol.replace(".", "") for line in lines if "." in line.symbol}
    turns = _take_turns([line for line in lines if line.symbol not in compact])
    spans: list[Span] = []
    for number, (start, line) in enumerate(turns):
        until = turns[number + 1][0] if number + 1 < len(turns) else line.end
        begin = line.start if number == 0 else max(start, line.start)
        end = min(until, line.end)
        if spans and spans[-1].symbol == line.symbol and spans[-1].end == begin:
            spans[-1] = spans[-1]._replace(end=end)
        elif begin < end:
            spans.append(Span(line.symbol, begin, end))
    return tuple(spans)


def _take_turns(lines: Sequence[Line]) -> list[tuple[dt.date, Line]]:
    """Return which line is the stock's from which day on, oldest first."""
    events: dict[dt.date, list[Line]] = defaultdict(list)
    for line in lines:
        # Strays that stand outside of a line's days say nothing of when it was; its aliases do.
        within = [day for day in line.days if line.start <= day < line.end]
        within += [line.start] * (line.arrived is not None)
        within += [line.end - ONE_DAY] * (line.left is not None)
        for day in set(within):
            events[day].append(line)
    if not events:
        return [(lines[0].start, lines[0])]
    last = {id(line): day for day in sorted(events) for line in events[day]}
    turns: list[tuple[dt.date, Line]] = []
    for day in sorted(events):
        for line in sorted(events[day], key=lambda line: (line.start, line.symbol)):
            if not turns:
                turns.append((line.start, line))
                continue
            since, current = turns[-1]
            if line is current:
                continue
            before = any(line is other for _, other in turns)
            # An old symbol that is seen again: late, or for good once the other is seen no more.
            if before and (day < since + LATE or last[id(current)] >= day):
                continue
            turns.append((day, line))
    return turns


def _find_exceptions(
    securities: Sequence[tuple[Span, ...]], lines: Sequence[Iterable[Line]]
) -> dict[int, tuple[Meaning, ...]]:
    """Return the prints whose symbol says, on a day on which they stand, another security."""
    owners: dict[str, list[tuple[dt.date, dt.date, int]]] = defaultdict(list)
    for number, spans in enumerate(securities):
        for span in spans:
            owners[span.symbol].append((span.start, span.end, number))
    meant: dict[Print, dict[dt.date, int]] = defaultdict(dict)
    strange: set[Print] = set()
    for number, joined in enumerate(lines):
        for line in joined:
            for printed, days in line.seen.items():
                for day in days:
                    meant[printed][day] = number
                    owner = next((o for s, e, o in owners[line.symbol] if s <= day < e), None)
                    if owner != number:
                        strange.add(printed)
    return {printed.number: _ranges(meant[printed]) for printed in sorted(strange)}


def _ranges(meant: dict[dt.date, int]) -> tuple[Meaning, ...]:
    """Return what a print means for all time, from what it means on the days that it stands."""
    ranges: list[Meaning] = []
    for day in sorted(meant):
        if not ranges:
            ranges.append(Meaning(meant[day], dt.date.min, dt.date.max))
        elif ranges[-1].security != meant[day]:
            ranges[-1] = ranges[-1]._replace(end=day)
            ranges.append(Meaning(meant[day], day, dt.date.max))
    return tuple(ranges)
