"""One group of an index: its stocks by number, with their weights."""

from __future__ import annotations

import sys
from array import array
from typing import TYPE_CHECKING, Any, cast

from stockgroups.model import GroupType
from stockgroups.queries.origins import DRIFTED, Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stockgroups.analytics.index.stock_sets import Numbers

Member = tuple[str, float | None]
"""A stock by the text of its row, and its weight."""
NO_WEIGHT = -sys.float_info.max
"""What an array holds for a membership without a weight. No weight is as low."""


class IndexedGroup:
    """One group of an index. Nothing of it changes once it is made.

    Attributes:
        number: Its number in the index.
        name: The fund's ticker, or the key of another group.
        origin: Where the members come from.
        stocks: The numbers of its stocks, each once.
        weights: Their weights in the same order, NO_WEIGHT for none.
        stamp: What `read_stamps` tells of the group as long as it is as it was read.
    """

    __slots__ = (
        "_bits",
        "_more",
        "_texts",
        "kind",
        "name",
        "number",
        "origin",
        "stamp",
        "stocks",
        "weights",
    )

    def __init__(self, number: int, row: Sequence[Any], numbers: Numbers) -> None:
        """Make the group of a row of `read_index`."""
        kind, name, symbols, weights, is_drifted, *origin, stamp = row
        self.number = number
        self.kind = GroupType(kind)
        self.name: str = name
        self.stamp: str = stamp
        self.origin = DRIFTED if is_drifted else Origin(*origin)
        self.stocks = array("I", map(numbers.__getitem__, symbols or ()))
        self.weights = _pack(weights or ())
        self._bits: int | None = None
        self._texts: tuple[str, ...] = ()
        self._more: list[Member] = []
        if not numbers.respelled.isdisjoint(symbols or ()):
            self._respell(sorted(zip(symbols, weights, strict=True)), numbers)

    @property
    def label(self) -> str:
        """Its type and name, as loads name it."""
        return f"{self.kind} {self.name}"

    @property
    def bits(self) -> int:
        """The stocks as a number that has the bit of each."""
        if self._bits is None:
            marks = bytearray(b"0") * (max(self.stocks, default=0) + 1)
            for stock in self.stocks:
                marks[~stock] = ord("1")
            self._bits = int(marks, 2)
        return self._bits

    def list_members(self, numbers: Numbers) -> list[Member]:
        """Return the members as their rows have them, the heaviest first."""
        texts = self._texts or map(numbers.symbols.__getitem__, self.stocks)
        members = [*zip(texts, unpack(self.weights), strict=True), *self._more]
        members.sort(key=lambda member: (-(member[1] or 0.0), member[0]))
        return members

    def _respell(self, rows: Iterable[Member], numbers: Numbers) -> None:
        """Take each stock once: of several rows that of its symbol, else the first."""
        chosen: dict[int, Member] = {}
        for text, weight in rows:
            stock = numbers[text]
            if stock not in chosen or text == numbers.symbols[stock]:
                if stock in chosen:
                    self._more.append(chosen[stock])
                chosen[stock] = text, weight
            else:
                self._more.append((text, weight))
        self.stocks = array("I", chosen)
        self.weights = _pack([weight for _, weight in chosen.values()])
        # Each row has a text of its own; thousands of groups need but one of each.
        self._texts = tuple([sys.intern(text) for text, _ in chosen.values()])


def unpack(weights: Iterable[float]) -> list[float | None]:
    """Return the weights of an array; None for those that are none."""
    return [None if weight == NO_WEIGHT else weight for weight in weights]


def _pack(weights: Sequence[float | None]) -> array[float]:
    try:
        return array("d", cast("Sequence[float]", weights))
    except TypeError:
        return array("d", [NO_WEIGHT if weight is None else weight for weight in weights])
