"""Which lines of different symbols are one stock: renames, and spellings of one symbol.

Aliases and spellings say so, and the register of companies where one of them changed the ticker of
its only stock. Identifiers do where two independent ones agree; where one does, it is a question
for a person. Markets are never joined: a listing elsewhere is another security.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from stockgroups.identity.evidence import market_of
from stockgroups.identity.lines import LATE, Conflict, Line

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from stockgroups.identity.evidence import Evidence

INDEPENDENT = 2
"""Identifiers that have to agree before a rename is taken for one without a person's word."""


REGISTER = "registrant"
"""The word for the SEC's lists, which know a company by its number (CIK) through all renames."""


class Unions:
    """Sets of lines that are one stock, by their places in a list."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def find(self, place: int) -> int:
        """Return the lowest place of the set."""
        while self._parent[place] != place:
            place = self._parent[place]
        return place

    def join(self, one: int, other: int) -> None:
        """Make the two sets one."""
        low, high = sorted((self.find(one), self.find(other)))
        self._parent[high] = low

    def sets(self) -> list[list[int]]:
        """Return the sets, each in order, by their lowest places."""
        found: dict[int, list[int]] = defaultdict(list)
        for place in range(len(self._parent)):
            found[self.find(place)].append(place)
        return list(found.values())


def join_lines(lines: Sequence[Line], evidence: Evidence) -> tuple[Unions, list[Conflict]]:
    """Return which of the lines are one stock, and the questions that are left."""
    unions = Unions(len(lines))
    _join_aliases(unions, lines)
    _join_spellings(unions, lines, evidence.spellings)
    conflicts: list[Conflict] = []
    for one, other in _candidates(lines, evidence):
        if unions.find(one) == unions.find(other):
            continue
        first, second = sorted((lines[one], lines[other]), key=lambda line: (line.first, line.last))
        agreed = _find_agreement(first, second, evidence)
        if _is_spelling(first.symbol, second.symbol):
            unions.join(one, other)
        elif agreed and not take_turns(first.days, second.days):
            conflicts.append(_two_symbols(first, second, agreed))
        elif len(agreed) >= INDEPENDENT or REGISTER in agreed:
            unions.join(one, other)
        elif agreed:
            conflicts.append(_ask(first, second, agreed))
    return unions, conflicts


def _join_aliases(unions: Unions, lines: Sequence[Line]) -> None:
    arrived = {line.arrived: place for place, line in enumerate(lines) if line.arrived}
    for place, line in enumerate(lines):
        if line.left is not None and line.left in arrived:
            unions.join(place, arrived[line.left])


def _join_spellings(unions: Unions, lines: Sequence[Line], spellings: Mapping[str, str]) -> None:
    """Join what is printed in one word to the line with the dot that stands in the same time."""
    for place, line in enumerate(lines):
        dotted = spellings.get(line.symbol)
        for other, candidate in enumerate(lines):
            if candidate.symbol == dotted and candidate.start <= line.start < candidate.end:
                unions.join(place, other)


def _candidates(lines: Sequence[Line], evidence: Evidence) -> list[tuple[int, int]]:
    """Return the pairs of lines on one market that identifiers or registrants bring together."""
    holders: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    places: dict[str, list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        places[line.symbol].append(place)
        for scheme, values in zip(line.identifiers._fields, line.identifiers, strict=True):
            for value in values:
                holders[market_of(line.symbol), scheme, value].append(place)
    pairs = {pair for held in holders.values() for pair in combinations(held, 2)}
    pairs |= {
        (min(one, other), max(one, other))
        for old, new in evidence.registrants
        for one in places[old]
        for other in places[new]
    }
    return sorted(
        (one, other)
        for one, other in pairs
        if lines[one].symbol != lines[other].symbol and lines[one].seen and lines[other].seen
    )


def _find_agreement(first: Line, second: Line, evidence: Evidence) -> list[str]:
    """Return what says that the two are one stock, in words; `first` is seen before `second`."""
    agreed = [scheme.upper() for scheme in first.identifiers.shared(second.identifiers)]
    if (first.symbol, second.symbol) in evidence.registrants:
        agreed.append(REGISTER)
    return agreed


def _two_symbols(first: Line, second: Line, agreed: Sequence[str]) -> Conflict:
    return Conflict(
        "two symbols",
        (first.symbol, second.symbol),
        f"are printed at one time with one {' and '.join(agreed)} on one market"
        f" ({first.first} to {first.last}, {second.first} to {second.last})",
    )


def _ask(first: Line, second: Line, agreed: Sequence[str]) -> Conflict:
    return Conflict(
        "rename",
        (first.symbol, second.symbol),
        f"may be one stock: {' and '.join(agreed)} agrees, {first.symbol} is last seen on"
        f" {first.last}, {second.symbol} first on {second.first}",
    )


def _is_spelling(one: str, other: str) -> bool:
    """Tell whether one is the other without its dot: `BRKB` beside `BRK.B`."""
    return one.replace(".", "") == other.replace(".", "")


def take_turns(mine: Sequence[dt.date], theirs: Sequence[dt.date]) -> bool:
    """Tell whether two symbols follow each other, so that they may be one stock's.

    One after the other, late prints of the old one allowed for; or the one, the other, and the one
    again (a stock that took its old ticker back).
    """
    first, second = sorted((list(mine), list(theirs)))
    overlap = [day for day in first if day >= second[0]]
    if not overlap or overlap[-1] < second[0] + LATE:
        return True
    back = next(day for day in overlap if day >= second[0] + LATE)
    return second[-1] < back + LATE
