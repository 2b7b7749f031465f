"""From a tree and loaded groups to sets of stocks. Pure: a `Source` gives the terms' meaning.

A stock is its symbol of today, which is unique in an environment and so also across dates.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Protocol

from stockgroups.analytics.expressions.tree import STOCK, Combined, Dated, Term, Top
from stockgroups.errors import StockgroupsError, UsageError
from stockgroups.queries.origins import Origin
from stockgroups.text import count_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from stockgroups.analytics.expressions.tree import Condition, Node, When
    from stockgroups.queries.answers import Holding
    from stockgroups.queries.moments import Moment

_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_COMBINE: Mapping[str, Callable[[AbstractSet[str], AbstractSet[str]], AbstractSet[str]]] = {
    "|": operator.or_,
    "&": operator.and_,
    "-": operator.sub,
    "^": operator.xor,
}
_SEVERAL: Mapping[str, float | None] = {}
"""The weights of a result of several weighted groups: no group's weight is that of the result."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A loaded term.

    Attributes:
        label: The term in canonical spelling, with its date if it has one.
        kind: One of TYPES.
        symbols: Its stocks.
        weights: Their weights; None if no stock has one.
        holdings: What the group's report has of each stock; empty if it has nothing.
        title: Its name.
        origin: The origin of its members.
        moment: The moment that it was asked for; None: now.
    """

    label: str
    kind: str
    key: str
    symbols: AbstractSet[str]
    weights: Mapping[str, float | None] | None = None
    holdings: Mapping[str, Holding] = field(default_factory=dict)
    title: str = ""
    origin: Origin = field(default_factory=Origin)
    moment: Moment | None = None


class Source(Protocol):
    """Gives terms and the values that filters need: from the database, or from memory."""

    def load(self, term: Term, when: When | None) -> Group:
        """Return the group that a term means at a moment; None: at that of the whole expression."""

    def match(
        self, condition: Condition, symbols: AbstractSet[str], groups: list[Group]
    ) -> tuple[AbstractSet[str], AbstractSet[str]]:
        """Return the stocks that have a text, and the stocks for which a value is known at all."""

    def count_etfs(self, symbols: AbstractSet[str], groups: list[Group]) -> Mapping[str, int]:
        """Return how many ETFs hold each of the stocks; stocks in no ETF may be missing."""


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Stocks, their weights, and their origin: a group, or other selections."""

    symbols: AbstractSet[str]
    weights: Mapping[str, float | None] | None
    parts: tuple[Selection, ...] = ()
    group: Group | None = None

    def list_groups(self) -> Iterator[Group]:
        """Yield the groups that it is made of, from left to right."""
        if self.group is not None:
            yield self.group
        for part in self.parts:
            yield from part.list_groups()

    def bring(self, symbol: str) -> Iterator[Group]:
        """Yield the groups that contributed a stock; subtracted groups do not."""
        if symbol in self.symbols:
            if self.group is not None:
                yield self.group
            for part in self.parts:
                yield from part.bring(symbol)


class Evaluator:
    """Evaluates trees on one source."""

    def __init__(self, source: Source, text: str) -> None:
        """Ask a source; `text` is the expression, for errors that point into it."""
        self._source = source
        self._text = text
        self._unknown: dict[tuple[str, str], set[int]] = {}

    @property
    def warnings(self) -> list[str]:
        """What is unknown about some stocks, in any of the selections."""
        return [
            f"{'up to ' if len(counts) > 1 else ''}{count_of(max(counts), 'stock')} of {what} "
            f"without a known {attribute}"
            for (attribute, what), counts in self._unknown.items()
        ]

    def select(self, node: Node, when: When | None = None) -> Selection:
        """Return the stocks of a tree; `when` holds for terms without a moment of their own.

        Raises UsageError for a filter or a top on a part without weights.
        """
        if isinstance(node, Term):
            group = self._source.load(node, when)
            return Selection(group.symbols, group.weights, group=group)
        if isinstance(node, Combined):
            parts = tuple([self.select(part, when) for part in node.parts])
            symbols = reduce(_COMBINE[node.operator], [part.symbols for part in parts])
            return Selection(symbols, _combine_weights(node.operator, parts), parts)
        if isinstance(node, Dated):
            return self.select(node.part, node.when.complete(when))
        part = self.select(node.part, when)
        if isinstance(node, Top):
            symbols = self._choose_heaviest(node, part)
        else:
            symbols = part.symbols
            for condition in node.conditions:
                symbols = symbols & self._filter(condition, part)
        return Selection(symbols, part.weights, (part,))

    def _choose_heaviest(self, node: Top, part: Selection) -> AbstractSet[str]:
        weights = self._get_weights(part, str(node.part), node.column)
        sign = 1 if node.lightest else -1
        ranked = sorted((sign * weight, symbol) for symbol, weight in weights.items())
        return frozenset([symbol for _, symbol in ranked[: node.count]])

    def _get_weights(self, part: Selection, what: str, column: int) -> dict[str, float]:
        """Return the weights of a part, without stocks that have none."""
        if part.weights is None:
            raise UsageError(
                f"{what} has no weights", remedy="name a fund whose holdings have weights"
            ).at(self._text, column)
        if part.weights is _SEVERAL:
            raise UsageError(
                f"stocks of {what} have a weight in each group, and no common one",
                remedy="ask one group for its weights before it is combined",
            ).at(self._text, column)
        found = {s: w for s in part.symbols if (w := part.weights.get(s)) is not None}
        self._warn_unknown(len(part.symbols) - len(found), "weight", what)
        return found

    def _warn_unknown(self, count: int, attribute: str, what: str) -> None:
        if count:
            self._unknown.setdefault((attribute, what), set()).add(count)

    def _filter(self, condition: Condition, part: Selection) -> AbstractSet[str]:
        """Return the stocks that meet a condition; stocks with an unknown value do not."""
        groups = list(dict.fromkeys(part.list_groups()))
        attribute = condition.attribute
        what = " and ".join(group.label for group in groups[:3])
        what += f" and {len(groups) - 3} more" if len(groups) > 3 else ""
        values: Mapping[str, float]
        if isinstance(condition.value, str):
            try:
                matching, known = self._source.match(condition, part.symbols, groups)
            except StockgroupsError as error:
                error.at(self._text, condition.column)
                raise
            self._warn_unknown(len(part.symbols - known), attribute, what)
            return matching if condition.operator == "=" else known - matching
        if attribute == "weight":
            values = self._get_weights(part, what, condition.column)
        elif attribute == "etfs":
            values = dict.fromkeys(part.symbols, 0) | dict(
                self._source.count_etfs(part.symbols, groups)
            )
        else:
            named = [group.symbols for group in groups if group.kind != STOCK]
            values = {s: sum(s in symbols for symbols in named) for s in part.symbols}
        meets, limit = _COMPARE[condition.operator], float(condition.value)
        return frozenset([symbol for symbol, value in values.items() if meets(value, limit)])


def _combine_weights(sign: str, parts: tuple[Selection, ...]) -> Mapping[str, float | None] | None:
    """Return the weights that still have a meaning after an operator.

    A subtracted part contributes none. If only one part has weights, an intersection keeps them.
    Several parts with weights have none in common, unless all are one group on one date.
    """
    if sign == "-":
        return parts[0].weights
    weighted = {id(p.weights): p.weights for p in parts if p.weights is not None}
    if not weighted:
        return None
    is_kept = sign == "&" or all(part.weights is not None for part in parts)
    return next(iter(weighted.values())) if len(weighted) == 1 and is_kept else _SEVERAL
