"""The symbols of a stock over time, by its lines, and the label under which it is shown."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING

from stockgroups.identity.strays import LATE
from stockgroups.ranges import SymbolInterval
from stockgroups.symbols import is_isin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.identity.lines import Line

_ONE_DAY = dt.timedelta(days=1)


def join_intervals(lines: Sequence[Line]) -> tuple[SymbolInterval, ...]:
    """Return the symbols of a stock with their dates.

    A change that an alias dates is on that day. A change known from reports is on the first day on
    which the new symbol is reported. Late reports of the old symbol change nothing. A spelling
    without its dot is not a symbol beside the one with it, nor is an ISIN beside a ticker.
    """
    compact = {line.symbol.replace(".", "") for line in lines if "." in line.symbol}
    turns = _take_turns([line for line in _with_tickers(lines) if line.symbol not in compact])
    intervals: list[SymbolInterval] = []
    for number, (start, line) in enumerate(turns):
        until = turns[number + 1][0] if number + 1 < len(turns) else line.end
        begin = line.start if number == 0 else max(start, line.start)
        end = min(until, line.end)
        if intervals and intervals[-1].symbol == line.symbol and intervals[-1].valid_to == begin:
            intervals[-1] = intervals[-1]._replace(valid_to=end)
        elif begin < end:
            intervals.append(SymbolInterval(line.symbol, begin, end))
    return tuple(intervals)


def _with_tickers(lines: Sequence[Line]) -> Sequence[Line]:
    """Return the lines of a stock that have a ticker; all of them if none has."""
    return [line for line in lines if not is_isin(line.symbol)] or lines


def _take_turns(lines: Sequence[Line]) -> list[tuple[dt.date, Line]]:
    """Return the lines of the stock, each with the day from which it is valid, oldest first."""
    if len(lines) == 1:
        return [(lines[0].start, lines[0])]
    events: dict[dt.date, list[Line]] = defaultdict(list)
    for line in lines:
        # Strays outside a line's days are no evidence of its dates; its aliases are.
        within = [day for day in line.days if line.start <= day < line.end]
        within += [line.start] * (line.arrived is not None)
        within += [line.end - _ONE_DAY] * (line.left is not None)
        for day in set(within):
            events[day].append(line)
    if not events:
        return [(lines[0].start, lines[0])]
    last = {line: day for day in sorted(events) for line in events[day]}
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
            if before and (day < since + LATE or last[current] >= day):
                continue
            turns.append((day, line))
    return turns


def label_stocks(
    stocks: Sequence[tuple[Sequence[SymbolInterval], Sequence[Line]]],
) -> list[str]:
    """Return the label of each stock: its last symbol, if no other stock has it later.

    A stock is given by its symbols over time and its lines.
    """
    holders: dict[str, tuple[dt.date, int]] = {}
    for number, (intervals, _) in enumerate(stocks):
        for interval in intervals:
            held = interval.valid_to, number
            holders[interval.symbol] = max(holders.get(interval.symbol, held), held)
    labels: dict[str, None] = {}
    for number, (intervals, lines) in enumerate(stocks):
        last = max(_with_tickers(lines), key=_last)
        label = symbol = intervals[-1].symbol if intervals else last.symbol
        if not intervals or holders[symbol][1] != number:
            label = f"{symbol}-{_last(last):%Y%m}"
            counted = 2
            while label in labels:
                label, counted = f"{symbol}-{_last(last):%Y%m%d}-{counted}", counted + 1
        labels[label] = None
    return [*labels]


def _last(line: Line) -> dt.date:
    return line.last if line.seen else dt.date.min
