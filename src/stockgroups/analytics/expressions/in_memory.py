"""Expressions on an index: the evaluator of the database's answers, without a database."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from functools import lru_cache, reduce
from operator import or_
from typing import TYPE_CHECKING

from stockgroups.analytics.expressions.evaluate import Evaluator, Group
from stockgroups.analytics.expressions.grammar import parse
from stockgroups.analytics.expressions.names import refuse_several
from stockgroups.analytics.expressions.tree import INDUSTRY, STOCK, quote
from stockgroups.analytics.index.group import NO_WEIGHT
from stockgroups.analytics.index.stock_sets import StockSet
from stockgroups.errors import NotFoundError, StockgroupsError, UsageError
from stockgroups.model import GroupType
from stockgroups.text import find_nearest, fold_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from stockgroups.analytics.expressions.evaluate import Selection
    from stockgroups.analytics.expressions.tree import Condition, Term, When
    from stockgroups.analytics.index.group import IndexedGroup
    from stockgroups.analytics.index.index import Index

_ASK = "ask the database: `Database.members`"
_parse = lru_cache(256)(parse)


class IndexedMembers(Mapping[str, float | None]):
    """The stocks of an expression with their weights where it has them, the heaviest first.

    Attributes:
        symbols: The stocks as a set; to have it, and to count, takes microseconds.
        warnings: The unknown attributes of some stocks.
    """

    __slots__ = ("_weights", "symbols", "warnings")

    def __init__(self, selection: Selection, warnings: tuple[str, ...]) -> None:
        """Take what an evaluator has selected."""
        self.symbols = selection.symbols
        self.warnings = warnings
        self._weights = selection.weights or {}

    def __repr__(self) -> str:
        return f"IndexedMembers({dict(self)!r})"

    def __getitem__(self, symbol: str) -> float | None:
        if symbol not in self.symbols:
            raise KeyError(symbol)
        return self._weights.get(symbol)

    def __contains__(self, symbol: object) -> bool:
        return symbol in self.symbols

    def __iter__(self) -> Iterator[str]:
        keyed = [(-(self._weights.get(symbol) or 0.0), symbol) for symbol in self.symbols]
        return iter([symbol for _, symbol in sorted(keyed)])

    def __len__(self) -> int:
        return len(self.symbols)


def find_indexed_members(index: Index, text: str) -> IndexedMembers:
    """Return the stocks of an expression, as `Database.members` does today.

    Raises:
        UsageError: The text is no expression, has no meaning, or asks for what no index holds:
            days, industries, countries and currencies.
        NotFoundError: Nothing in the index has one of the names.
    """
    evaluator = Evaluator(_IndexSource(index, text), text)
    selection = evaluator.select(_parse(text))
    return IndexedMembers(selection, tuple(evaluator.warnings))


class _GroupWeights(Mapping[str, float | None]):
    """The weights of a group's stocks, by their symbols, where they stand in the index."""

    __slots__ = ("_group", "_index")

    def __init__(self, index: Index, group: IndexedGroup) -> None:
        self._index = index
        self._group = group

    def __getitem__(self, symbol: str) -> float | None:
        groups, weights = self._index.held[self._index.numbers[symbol]]
        weight = weights[bisect_left(groups, self._group.number)]
        return None if weight == NO_WEIGHT else weight

    def __iter__(self) -> Iterator[str]:
        return map(self._index.numbers.symbols.__getitem__, self._group.stocks)

    def __len__(self) -> int:
        return len(self._group.stocks)


class _IndexSource:
    """Finds the terms of one expression in an index."""

    def __init__(self, index: Index, text: str) -> None:
        self._index = index
        self._text = text

    def load(self, term: Term, when: When | None) -> Group:
        """Return the group that a term means. Raises the error with its column."""
        known = self._index.terms.get((term.kind, term.name))
        if known is not None and when is None:
            return known
        try:
            if when is not None:
                raise UsageError(f"an index holds only the current state, not {when}", remedy=_ASK)
            group = self._find(term.kind or self._find_kind(term.name), term.name)
        except StockgroupsError as error:
            error.at(self._text, term.column)
            raise
        if group.key == term.name and group.kind != STOCK:  # other spellings have no end
            self._index.terms[term.kind, term.name] = group
        return group

    def _find(self, kind: str, name: str) -> Group:
        if kind == INDUSTRY:
            raise UsageError("an index has no industries", remedy=_ASK)
        if kind == STOCK:
            return self._find_stock(name)
        return self._make_group(self._index.find(kind.upper(), name))

    def match(
        self,
        condition: Condition,
        symbols: AbstractSet[str],
        groups: list[Group],  # noqa: ARG002 - all are of now
    ) -> tuple[AbstractSet[str], AbstractSet[str]]:
        """Return which of the stocks are in a sector, and which are in any."""
        if condition.attribute != GroupType.SECTOR.lower():
            raise UsageError(f"an index has no {condition.attribute}", remedy=_ASK)
        wanted = self._index.stocks(GroupType.SECTOR, str(condition.value))
        sectors = self._index.named[GroupType.SECTOR].values()
        known = StockSet(reduce(or_, (one.bits for one in sectors)), self._index.numbers)
        return wanted & symbols, known & symbols

    def count_etfs(
        self,
        symbols: AbstractSet[str],
        groups: list[Group],  # noqa: ARG002 - as above
    ) -> Mapping[str, int]:
        """Return how many ETFs hold each of the stocks."""
        index = self._index
        is_etf = [one is not None and one.kind is GroupType.ETF for one in index.groups]
        return {
            symbol: sum(is_etf[number] for number in index.held[index.numbers[symbol]][0])
            for symbol in symbols
        }

    def _make_group(self, group: IndexedGroup) -> Group:
        """Return a group as a term; of one group there is one, so that its weights are one too."""
        kind = group.kind.lower()
        found = self._index.terms.get((kind, group.name))
        if found is not None:
            return found
        has_weights = any(weight != NO_WEIGHT for weight in group.weights)
        found = Group(
            f"{kind}:{quote(group.name)}",
            kind,
            group.name,
            StockSet(group.bits, self._index.numbers),
            _GroupWeights(self._index, group) if has_weights else None,
            origin=group.origin,
        )
        return self._index.terms.setdefault((kind, group.name), found)

    def _find_stock(self, name: str) -> Group:
        numbers = self._index.read(name)
        if not numbers:
            raise NotFoundError(f"no group of the index holds a stock {name!r}", remedy=_ASK)
        symbol = self._index.numbers.symbols[numbers[0]]
        stocks = StockSet(1 << numbers[0], self._index.numbers)
        return Group(f"{STOCK}:{quote(symbol)}", STOCK, symbol, stocks)

    def _find_kind(self, name: str) -> str:
        """Return what a bare name is, by the rule of `find_kind`."""
        named = self._index.named
        names = dict.fromkeys((name, name.strip(), name.strip().upper(), fold_key(name)))
        kinds = [kind for kind in GroupType if any(one in named[kind] for one in names)]
        if len(kinds) > 1:
            raise refuse_several(name, kinds)
        if kinds:
            return kinds[0].lower()
        try:
            if self._index.read(name):
                return STOCK
        except StockgroupsError:
            pass
        if self._index.load_catalog().renamed_fund(name.strip().upper()):
            return GroupType.ETF.lower()
        near = find_nearest(name, (one for groups in named.values() for one in groups))
        raise NotFoundError(
            f"nothing in the index is named {name!r}", remedy=None if near else _ASK, nearest=near
        )
