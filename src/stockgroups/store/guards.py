"""Changes that look like a mistake, and the word that lets them pass. Pure.

A guard compares a file with its neighbours in time, so an older file is judged against what came
around its own date and never for being old.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.errors import GuardError
from stockgroups.wording import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SHRINK_SHARE = 0.25
SHRINK_WINDOW_DAYS = 45
USUAL_SHARE = 0.5
GROWTH_DAYS = 366
REJECTED_SHARE = 0.05
GUARDS = ("shrink", "rows", "future", "weights", "rejected")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The members of the snapshot next to a file's date."""

    as_of: dt.date
    symbols: frozenset[str]


def check_file(
    where: str,
    as_of: dt.date,
    symbols: frozenset[str],
    neighbours: tuple[Neighbour, ...],
    coming: tuple[Neighbour, ...],
    rejected: float,
    today: dt.date,
    accept: frozenset[str],
) -> None:
    """Raise GuardError for the first guard that this file runs into and that is not accepted.

    `neighbours` are trusted: recorded, or files of this load that have passed. `coming` are later
    files that are yet to be judged; of two that differ in members nobody can say which is wrong, so
    that they show only whether this one is too short. `rejected` is the share of the fund, or where
    there are no weights of the rows, that could not be placed.
    """
    for guard, message in _alarms(as_of, symbols, neighbours, coming, rejected, today):
        if guard not in accept:
            raise GuardError(
                message,
                where=where,
                remedy=f"if it is right all the same, load it with --accept {guard}",
            )


def _alarms(
    as_of: dt.date,
    symbols: frozenset[str],
    neighbours: tuple[Neighbour, ...],
    coming: tuple[Neighbour, ...],
    rejected: float,
    today: dt.date,
) -> Iterator[tuple[str, str]]:
    # The date line: a file can be of tomorrow where the loader sits in the west.
    if as_of > today + dt.timedelta(days=1):
        yield "future", f"as-of date {as_of} lies in the future (today is {today})"
    if rejected > REJECTED_SHARE:
        yield "rejected", f"{rejected:.1%} of it could not be placed; `receipt` shows the rows"
    for near in (*neighbours, *coming):
        # Funds grow: that one had fewer members years before says nothing.
        is_growth = (near.as_of - as_of).days > GROWTH_DAYS
        if len(symbols) < USUAL_SHARE * len(near.symbols) and not is_growth:
            usual = f"the {len(near.symbols)} on {near.as_of}"
            yield "rows", f"{count_of(len(symbols), 'member')}, less than half of {usual}"
    for near in neighbours:
        days = abs((as_of - near.as_of).days)
        earlier, later = (near.symbols, symbols) if near.as_of <= as_of else (symbols, near.symbols)
        gone = len(earlier - later)
        allowed = SHRINK_SHARE * max(1.0, days / SHRINK_WINDOW_DAYS)
        if earlier and gone > allowed * len(earlier):
            first, last = min(as_of, near.as_of), max(as_of, near.as_of)
            share = f"{gone} of {count_of(len(earlier), 'member')} ({gone / len(earlier):.0%})"
            yield "shrink", f"{share} gone between {first} and {last}, more than {allowed:.0%}"
