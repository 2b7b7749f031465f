"""When a stock was in which groups, under all its symbols."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import reading
from stockgroups.json_values import Fields
from stockgroups.queries.frames import Kind, Tabular, kinds_of
from stockgroups.queries.past import find_security, read_security
from stockgroups.ranges import DateRange
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.ranges import SymbolInterval

_SQL = load_statements("past")


@dataclass(frozen=True, slots=True)
class MembershipInterval(Fields):
    """A stock in a group, from `valid_from` up to, not including, `valid_to` (date.max: no end)."""

    KEYS = "type=kind key=group *dates"

    kind: str
    group: str
    valid_from: dt.date
    valid_to: dt.date

    @property
    def dates(self) -> DateRange:
        """The dates of the interval."""
        return DateRange(self.valid_from, self.valid_to)

    @property
    def has_ended(self) -> bool:
        """Whether it has ended."""
        return self.valid_to != dt.date.max


@dataclass(frozen=True, slots=True)
class StockTimeline(Tabular):
    """When a stock was in which groups, by group and day, and the symbols it has had."""

    KEYS = "stock_symbol=symbol name names groups=intervals"
    ROWS = "intervals"
    KINDS: ClassVar[Mapping[str, Kind]] = kinds_of(MembershipInterval, dates=DateRange)

    symbol: str
    name: str | None
    names: list[SymbolInterval]
    intervals: list[MembershipInterval]


def find_timeline(store: Store, text: str, on: dt.date | None) -> StockTimeline:
    """Return all intervals of a stock; its symbol is read as that of a day (None: of today).

    Raises SymbolError for a text that is not a symbol, NotFoundError for an unknown stock.
    """
    with reading(store.connection):
        security = find_security(store, text, on)
        rows = execute(store, _SQL["read_timeline"], security_id=security).fetchall()
        symbol, name, names = read_security(store, security)
    return StockTimeline(symbol, name, names, [MembershipInterval(*row) for row in rows])
