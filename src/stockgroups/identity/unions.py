"""Sets of lines that are one stock, with the reasons for joining and parting them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.identity.evidence import read_identifiers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.identity.lines import Line


class Rule(StrEnum):
    """What joins or parts lines; the first applicable rule wins."""

    SNAPSHOT = "snapshot"
    """One snapshot holds both with different identifiers."""
    ALIAS = "alias"
    """A person or the catalogue says so, with a day."""
    SPELLING = "spelling"
    """A directory lists the symbol with a dot."""
    IDENTIFIER = "identifier"
    REGISTER = "register"
    """A dated register: the SEC's lists of registrants, or its fails-to-deliver files."""
    TICKER = "ticker"
    """Reports of one ticker that go on, or do not."""

    @property
    def rank(self) -> int:
        """The place among the rules: 1 wins over all others."""
        return list(Rule).index(self) + 1


class Link(NamedTuple):
    """Why two lines, by their places, are one stock (`is_join`) or two, in words."""

    one: int
    other: int
    rule: Rule
    is_join: bool
    why: str


class Unions:
    """Sets of lines that are one stock, by their places in a list."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._links: list[Link] = []
        self._lines = lines
        self._set_of = list(range(len(lines)))
        self._sets = {place: [place] for place in self._set_of}

    def are_one(self, one: int, other: int) -> bool:
        """Whether two lines are one stock."""
        return self._set_of[one] == self._set_of[other]

    def set_of(self, place: int) -> Sequence[int]:
        """Return the places of the lines that are one stock with a line, which is among them."""
        return self._sets[self._set_of[place]]

    def join(self, one: int, other: int, rule: Rule, why: str) -> bool:
        """Make two lines one stock, with all lines of both; return False if that is impossible."""
        low, high = sorted((self._set_of[one], self._set_of[other]))
        if low == high:
            return True
        for mine in self._sets[low]:
            for theirs in self._sets[high]:
                if are_beside(self._lines[mine], self._lines[theirs]):
                    reason = "one snapshot holds both, with different identifiers"
                    self.part(mine, theirs, Rule.SNAPSHOT, reason)
                    return False
        for place in self._sets[high]:
            self._set_of[place] = low
        self._sets[low] = sorted(self._sets[low] + self._sets.pop(high))
        self._links.append(Link(one, other, rule, True, why))
        return True

    def part(self, one: int, other: int, rule: Rule, why: str) -> None:
        """Record why two lines are two stocks."""
        self._links.append(Link(one, other, rule, False, why))

    def links(self) -> list[Link]:
        """Return why lines are one stock, or two; reasons that no longer hold are left out."""
        return [link for link in self._links if link.is_join is self.are_one(link.one, link.other)]

    def sets(self) -> list[list[int]]:
        """Return the sets, each in order, by their lowest places."""
        return [self._sets[place] for place in sorted(self._sets)]


def are_beside(one: Line, other: Line) -> bool:
    """Whether one snapshot holds both with different valid identifiers."""
    if not one.identifiers.may_differ(other.identifiers):
        return False
    for mine, own in one.seen.items():
        for theirs, held in other.seen.items():
            if read_identifiers(mine).contradict(read_identifiers(theirs)) and any(
                a.group == b.group and a.start <= b.days[-1] and b.start <= a.days[-1]
                for a in own
                for b in held
            ):
                return True
    return False
