"""Look through funds to what they hold, funds within funds, to any depth. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from math import fsum
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.analytics.funds import Part

if TYPE_CHECKING:
    from collections.abc import Mapping


class Leaf(NamedTuple):
    """A holding that is not looked through: a stock or fund by symbol, or a part without a name."""

    part: Part
    symbol: str | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of a fund, or of a position of a portfolio, as fractions of the whole.

    Attributes:
        leaves: The holdings that are not looked through.
        funds: The funds in it that are looked through.
    """

    leaves: Mapping[Leaf, float] = field(default_factory=dict)
    funds: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Held:
    """How much of a portfolio one leaf is.

    Attributes:
        by_position: Through which positions it is held, as fractions of the portfolio.
        long: The sum of long positions.
        short: The sum of short positions, negative.
    """

    by_position: dict[str, float] = field(default_factory=dict)
    long: float = 0.0
    short: float = 0.0

    @property
    def weight(self) -> float:
        """The net position, a fraction of the portfolio."""
        return fsum(self.by_position.values())

    def add(self, position: str, weight: float) -> None:
        """Add what a position holds of it."""
        self.by_position[position] = self.by_position.get(position, 0.0) + weight
        if weight > 0:
            self.long += weight
        else:
            self.short += weight


def look_through(
    portfolio: Mapping[str, Contents], funds: Mapping[str, Contents]
) -> dict[Leaf, Held]:
    """Return what a portfolio holds, through its funds and theirs.

    A fund that holds itself, directly or through others, is not looked through there. So the answer
    does not depend on the starting point, and the search ends.

    Args:
        portfolio: The positions, as fractions of the portfolio.
        funds: The contents of every fund that is named anywhere.
    """
    looped = find_loops(funds)
    held: dict[Leaf, Held] = {}
    flows: dict[str, dict[str, float]] = {name: {} for name in funds}

    def put(leaf: Leaf, position: str, weight: float) -> None:
        found = held.get(leaf)
        if found is None:
            found = held[leaf] = Held()
        found.add(position, weight)

    for position, contents in portfolio.items():
        for leaf, weight in contents.leaves.items():
            put(leaf, position, weight)
        for name, weight in contents.funds.items():
            flows[name][position] = flows[name].get(position, 0.0) + weight
    holders: dict[str, set[str]] = {name: set() for name in funds}
    for name, contents in funds.items():
        for inner in contents.funds.keys() - looped[name]:
            holders[inner].add(name)
    for name in TopologicalSorter(holders).static_order():
        for position, share in flows[name].items():
            for leaf, weight in funds[name].leaves.items():
                put(leaf, position, share * weight)
            for inner, weight in funds[name].funds.items():
                if inner in looped[name]:
                    put(Leaf(Part.FUNDS, inner), position, share * weight)
                else:
                    flow = flows[inner]
                    flow[position] = flow.get(position, 0.0) + share * weight
    return held


def find_loops(funds: Mapping[str, Contents]) -> dict[str, frozenset[str]]:
    """Return, for each fund, those in it that hold it again, directly or through others."""
    below: dict[str, set[str]] = {}
    for name in funds:
        found: set[str] = set()
        ahead = [name]
        while ahead:
            fresh = funds[ahead.pop()].funds.keys() - found
            found |= fresh
            ahead += fresh
        below[name] = found
    return {
        name: frozenset(inner for inner in one.funds if name in below[inner] or inner == name)
        for name, one in funds.items()
    }
