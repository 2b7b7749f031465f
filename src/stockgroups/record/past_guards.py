"""Guards of a whole past: a history file compared with itself and with the record. Pure."""

from __future__ import annotations

import bisect
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.record.guards import LEAST_NET, NET_SHARE, SHRINK_SHARE
from stockgroups.suspicions import Guard, Suspicion, refuse_suspicions

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

MOST_UNLIKE = 0.5
"""Of the members of a date: symbols of that day and today's differ in a third after 30 years."""

MANY = 200
LAST_INITIALS = "UVWXYZ"
"""Tickers in alphabetical order, so many of them, end with one of these."""


@dataclass(frozen=True, slots=True)
class Members:
    """The members of a universe from a date on. `is_history`: a history states them."""

    date: dt.date
    symbols: AbstractSet[str]
    is_history: bool = True


def check_past(
    where: str,
    reported: Sequence[Members],
    tickers: Sequence[str],
    recorded: Sequence[Members],
    accept: frozenset[str],
) -> tuple[Suspicion, ...]:
    """Return the suspicions about a history, all of them accepted.

    Args:
        where: The file, for the error.
        reported: The members from the date of each change on, in the order of dates.
        tickers: The tickers in the order of the file.
        recorded: The recorded members: histories from the first date to the last, and other sources
            up to a year after it.
        accept: The values of `--accept`.

    Raises:
        GuardError: Something suspicious is not accepted.
    """
    return refuse_suspicions(_alarms(reported, tickers, recorded), accept, where)


def _alarms(
    reported: Sequence[Members], tickers: Sequence[str], recorded: Sequence[Members]
) -> Iterator[Suspicion]:
    is_sorted = len(tickers) >= MANY and list(tickers) == sorted(tickers)
    if is_sorted and tickers[-1][:1].upper() not in LAST_INITIALS:
        message = f"its {len(tickers)} tickers are in alphabetical order and end with {tickers[-1]}"
        yield Suspicion(Guard.TRUNCATED, f"{message}: rows may be missing")
    for before, after in itertools.pairwise(reported):
        if _lost(before.symbols, after.symbols) > _most(before.symbols, SHRINK_SHARE):
            yield Suspicion(
                Guard.SHRINK,
                f"it has {len(before.symbols)} members before {after.date} and "
                f"{len(after.symbols)} from then on",
            )
            break
    yield from _compare(reported, recorded)


def _compare(reported: Sequence[Members], recorded: Sequence[Members]) -> Iterator[Suspicion]:
    """Yield the suspicion about the date on which most of the recorded members are missing."""
    dates = [step.date for step in reported]
    short: list[tuple[float, str]] = []
    for known in recorded:
        at = bisect.bisect_right(dates, known.date) - 1
        if at < 0 or not known.symbols:
            continue
        symbols = reported[at].symbols
        lost = _lost(known.symbols, symbols)
        missing = len(known.symbols - symbols)
        share = NET_SHARE if known.is_history else SHRINK_SHARE
        if lost > _most(known.symbols, share) or missing > MOST_UNLIKE * len(known.symbols):
            count = len(known.symbols)
            message = f"on {known.date} {missing} of the {count} recorded members are not"
            short.append((missing / count, f"{message} among the {len(symbols)} in this file"))
    if short:
        extent = f"as on {len(short)} of {len(recorded)} recorded dates"
        yield Suspicion(Guard.SHRINK, f"{max(short)[1]}; {extent}")


def _lost(before: AbstractSet[str], after: AbstractSet[str]) -> int:
    """Return how many more members left than came."""
    return len(before - after) - len(after - before)


def _most(symbols: AbstractSet[str], share: float) -> float:
    return max(LEAST_NET, share * len(symbols))
