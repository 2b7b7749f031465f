"""The memberships of one environment in memory: look-ups and sets without a database."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sized
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar, overload

from stockgroups.analytics.expressions.in_memory import find_indexed_members
from stockgroups.analytics.index.group import unpack
from stockgroups.analytics.index.stock_sets import StockSet
from stockgroups.db.environments import name_type
from stockgroups.errors import NotFoundError, SymbolError
from stockgroups.model import GroupType, read_kind
from stockgroups.queries.readings import squeeze_identifier
from stockgroups.symbols import list_readings, parse_symbol
from stockgroups.text import find_nearest, fold_key

if TYPE_CHECKING:
    import datetime as dt
    from array import array
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from stockgroups.analytics.expressions.evaluate import Group
    from stockgroups.analytics.expressions.in_memory import IndexedMembers
    from stockgroups.analytics.index.group import IndexedGroup
    from stockgroups.analytics.index.stock_sets import Numbers
    from stockgroups.catalog import Catalog
    from stockgroups.queries.origins import Origin

Place = tuple[GroupType, str, float | None]
"""A group that holds a stock: its type, its name, and the stock's weight in it."""
Held = tuple["array[int]", "array[float]"]
"""The numbers of the groups that hold a stock, ascending, and its weights in them."""
MOST_KEPT = 500_000
"""Memberships in the answers of each kind that an index keeps. One takes a hundred bytes."""
_Key = TypeVar("_Key")
_Answer = TypeVar("_Answer", bound=Sized)


class _Kept(dict[_Key, _Answer]):
    """Cached answers. If they become too many, all are dropped."""

    memberships = 0

    def keep(self, key: _Key, answer: _Answer) -> None:
        """Cache an answer."""
        if self.memberships > MOST_KEPT:
            self.clear()
            self.memberships = 0
        self.memberships += len(answer)
        self[key] = answer


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The memberships of one environment as of one version, in memory.

    It never changes, so any number of threads may use it. It answers like the database when it was
    read, but it has no identifiers: `Database.resolve` gives the symbol of one.

    Attributes:
        version: The version of the environment, which goes up with each load.
        read_at: The time of reading.
    """

    environment: str
    version: int
    read_at: dt.datetime
    newest_load: int = field(repr=False)
    numbers: Numbers = field(repr=False)
    groups: Sequence[IndexedGroup | None] = field(repr=False)
    held: Sequence[Held] = field(repr=False)
    former: Mapping[str, str] = field(repr=False)
    load_catalog: Callable[[], Catalog] = field(repr=False)
    named: dict[str, dict[str, IndexedGroup]] = field(init=False, repr=False)
    terms: dict[tuple[str | None, str], Group] = field(init=False, repr=False)
    _places: _Kept[str, tuple[Place, ...]] = field(init=False, repr=False)
    _members: _Kept[int, Mapping[str, float | None]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        named: dict[str, dict[str, IndexedGroup]] = {kind: {} for kind in GroupType}
        for group in self.groups:
            if group is not None:
                named[group.kind][group.name] = group
        object.__setattr__(self, "named", named)
        object.__setattr__(self, "terms", {})
        object.__setattr__(self, "_places", _Kept())
        object.__setattr__(self, "_members", _Kept())

    def groups_of(self, symbol: str) -> tuple[Place, ...]:
        """Return the groups that hold a stock, with its weights, by type and name.

        Args:
            symbol: A symbol in any spelling, also a former one.

        Returns:
            Type, name and weight of each group; nothing for a stock that no group holds.

        Raises:
            SymbolError: The text is no symbol.
            NotFoundError: It is an identifier.
        """
        return self._places.get(symbol) or self._find_places(symbol)

    @overload
    def members(self, kind: str) -> IndexedMembers: ...

    @overload
    def members(self, kind: GroupType | str, name: str) -> Mapping[str, float | None]: ...

    def members(self, kind: GroupType | str, name: str | None = None) -> Mapping[str, float | None]:
        """Return the stocks of a group, or of an expression, with their weights, heaviest first.

        Args:
            kind: ETF, THEME, UNIVERSE, SECTOR, SEGMENT or CUSTOM. Without a name, an expression:
                `SPY & QQQ - sector:energy`.
            name: A fund's ticker, or a key in any spelling.

        Raises:
            NotFoundError: There is no such group.
            UsageError: The text is no expression, or asks for what no index holds.
        """
        if name is None:
            return find_indexed_members(self, kind)
        group = self.find(kind, name)
        found = self._members.get(group.number)
        if found is None:
            found = MappingProxyType(dict(group.list_members(self.numbers)))
            self._members.keep(group.number, found)
        return found

    def stocks(self, kind: GroupType | str, name: str) -> StockSet:
        """Return the stocks of a group as a set of symbols; see `members` and `StockSet`."""
        return StockSet(self.find(kind, name).bits, self.numbers)

    def holds(self, kind: GroupType | str, name: str, symbol: str) -> bool:
        """Return whether a group holds a stock; see `members` and `groups_of`."""
        number = self.find(kind, name).number
        for stock in self.read(symbol):
            groups = self.held[stock][0]
            place = bisect_left(groups, number)
            if place < len(groups) and groups[place] == number:
                return True
        return False

    def origin(self, kind: GroupType | str, name: str) -> Origin:
        """Return where the members of a group come from, as `Database.group` does."""
        return self.find(kind, name).origin

    def names(self, kind: GroupType | str) -> list[str]:
        """Return the names of the groups of a type, sorted."""
        return sorted(self.named[read_kind(kind)])

    def find(self, kind: GroupType | str, name: str) -> IndexedGroup:
        """Return the group that a name means, like `find_group`."""
        groups = self.named.get(kind)
        if groups is None:
            groups = self.named[kind := read_kind(kind)]
        return groups.get(name) or self._find_spelled(GroupType(kind), name, groups)

    def _find_spelled(
        self, kind: GroupType, text: str, groups: Mapping[str, IndexedGroup]
    ) -> IndexedGroup:
        if kind is GroupType.ETF:
            key = text.strip().upper()
            former = None if key in groups else self.load_catalog().renamed_fund(key)
            names = [key, former.fund if former else key]
        else:
            key = fold_key(text)
            alike = [name for name in groups if fold_key(name) == key]
            names = [text.strip(), *sorted(alike, key=lambda name: (name != key, name))]
        found = next((groups[name] for name in names if name in groups), None)
        if found is None:
            what = f"no {name_type(kind)} {key!r} in environment {self.environment}"
            raise NotFoundError(
                what, where=f"version {self.version}", nearest=find_nearest(key, groups)
            )
        return found

    def _find_places(self, text: str) -> tuple[Place, ...]:
        stocks = self.read(text)
        if not stocks:
            return ()
        held: dict[int, float] = {}
        for stock in reversed(stocks):  # of several texts the first one decides
            held.update(zip(*self.held[stock], strict=True))
        groups = map(self.groups.__getitem__, held)
        places = tuple(
            sorted(
                (group.kind, group.name, weight)
                for group, weight in zip(groups, unpack(held.values()), strict=True)
                if group is not None
            )
        )
        if text == self.numbers.symbols[stocks[0]]:
            self._places.keep(text, places)
        return places

    def read(self, text: str) -> list[int]:
        """Return the numbers of the stock that a text means, like `find_stock`.

        Nothing for a stock that no group holds. There are several for a text that is not a symbol,
        because rows may have it in capitals and without. Raises SymbolError and NotFoundError.
        """
        found = self._list_held(text)
        if found and text not in self.numbers.spelled:
            return found  # nearly every text
        refused: SymbolError | None = None
        tried: list[str] = []
        try:
            for symbol in self._list_symbols(text):
                tried.append(symbol)
                if found := self._list_held(symbol):
                    return found
        except SymbolError as error:
            refused = error
        plain = text.strip()
        found = self._list_held(*filter(None, map(self.former.get, tried)))[:1]
        found = found or self._list_held(*dict.fromkeys((plain, plain.upper(), plain.lower())))
        if refused is None or found:
            return found
        if squeeze_identifier(text) is None:
            raise refused
        raise NotFoundError(
            f"no group in the index holds {plain!r}",
            remedy="the index holds no identifiers: `Database.resolve` finds the symbol of one",
        )

    def _list_held(self, *texts: str) -> list[int]:
        """Return the numbers of those that a group holds."""
        numbers = map(self.numbers.get, texts)
        return [one for one in numbers if one is not None and self.held[one][0]]

    def _list_symbols(self, text: str) -> Iterator[str]:
        """Yield the symbols that a text may be, the likeliest first. Raises SymbolError."""
        with suppress(SymbolError):
            yield parse_symbol(text, {})
        catalog = self.load_catalog()
        yield from list_readings(text, catalog.share_classes, catalog.exchanges)
