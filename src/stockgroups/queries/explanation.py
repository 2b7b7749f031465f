"""Why a stock is in its sector."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from stockgroups.classify import classify
from stockgroups.db.transactions import reading
from stockgroups.evidence import read_evidence
from stockgroups.queries.stocks import find_stock

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from stockgroups.catalog import Catalog
    from stockgroups.classify import Classification
    from stockgroups.db.connection import Connection
    from stockgroups.queries.answers import StockAnswer


@dataclass(frozen=True, slots=True)
class Explanation:
    """A stock with its sector as the record gives it at this moment, and the votes for it."""

    stock: StockAnswer
    classification: Classification

    def respell(self, spell: Callable[[str], str]) -> Self:
        """Return the answer with the stock symbol in another spelling."""
        return replace(self, stock=self.stock.respell(spell))

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as JSON values: those of the stock, and the classification."""
        return self.stock.as_dict() | {"classification": self.classification.as_dict()}


def explain_stock(
    connection: Connection,
    environment: str,
    text: str,
    load_catalog: Callable[[], Catalog],
    on: dt.date | None = None,
) -> Explanation:
    """Return a stock, by any spelling of its symbol, with all that is said of its sector.

    As known by a day (None: now), and classified anew, not as the last build left it. Raises as
    `find_stock` does.
    """
    with reading(connection):
        stock = find_stock(connection, environment, text, load_catalog)
        catalog = load_catalog()
        symbol = stock.stock_symbol
        evidence = read_evidence(connection, environment, catalog, symbols=[symbol], on=on)
    votes = [vote for _, said in evidence.alike for vote in said]
    overrides = evidence.overrides.get(symbol, ())
    answer = classify(votes, catalog.taxonomy, on=on, overrides=overrides)
    return Explanation(stock, answer)
