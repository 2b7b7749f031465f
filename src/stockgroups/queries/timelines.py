"""A stock's stays in groups, across its names."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.db.transactions import reading
from stockgroups.queries.past import find_security, read_security
from stockgroups.queries.past_answers import describe_span
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection
    from stockgroups.queries.past_answers import SymbolSpan

_SQL = load_statements("past")


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay in one group, from the first day up to, not with, the last (date.max: it lasts)."""

    kind: str
    group: str
    valid_from: dt.date
    valid_to: dt.date

    @property
    def has_ended(self) -> bool:
        """Whether it is over."""
        return self.valid_to != dt.date.max


@dataclass(frozen=True, slots=True)
class StockTimeline:
    """All stays of a stock, by group and day, and the names it has had."""

    symbol: str
    name: str | None
    names: list[SymbolSpan]
    stays: list[Stay]

    def as_dict(self) -> dict[str, Any]:
        """Return the timeline as JSON values; the end of what lasts is null."""
        return {
            "stock_symbol": self.symbol,
            "name": self.name,
            "names": [name.as_dict() for name in self.names],
            "groups": [
                {"type": stay.kind, "key": stay.group}
                | describe_span(stay.valid_from, stay.valid_to)
                for stay in self.stays
            ],
        }


def find_timeline(
    connection: Connection,
    environment: str,
    text: str,
    on: dt.date | None,
    load_catalog: Callable[[], Catalog],
) -> StockTimeline:
    """Return every stay of a stock; its symbol is read as that of a day (None: of today).

    Raises SymbolError for what is no symbol, NotFoundError for a stock that was never seen.
    """
    with reading(connection):
        security = find_security(connection, environment, text, on, load_catalog)
        rows = connection.execute(
            _SQL["read_timeline"], {"environment": environment, "security_id": security}
        ).fetchall()
        symbol, name, names = read_security(connection, security)
    return StockTimeline(symbol, name, names, [Stay(*row) for row in rows])
