"""Why a stock is in its sector."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from stockgroups.db.transactions import reading
from stockgroups.queries.frames import Kind, Tabular
from stockgroups.queries.stocks import find_stock
from stockgroups.sectors import classify, read_evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stockgroups.queries.stock_answers import StockAnswer
    from stockgroups.sectors import Classification
    from stockgroups.store import Store


@dataclass(frozen=True, slots=True)
class Explanation(Tabular):
    """A stock with its sector as the record gives it now, and the votes for it."""

    KEYS = "*stock classification"
    ROWS = "classification.votes"
    KINDS: ClassVar[Mapping[str, Kind]] = {
        "source": Kind.TEXT,
        "kind": Kind.TEXT,
        "as_of": Kind.DATE,
        "label": Kind.TEXT,
        "industry": Kind.TEXT,
        "seen_in": Kind.TEXT,
        "weight": Kind.NUMBER,
        "sector": Kind.TEXT,
        "standing": Kind.TEXT,
    }

    stock: StockAnswer
    classification: Classification

    def respell(self, spell: Callable[[str], str]) -> Self:
        """Return the answer with the stock symbol in another spelling."""
        return replace(self, stock=self.stock.respell(spell))


def explain_stock(store: Store, text: str) -> Explanation:
    """Return a stock, by any spelling of its symbol, with everything that is known of its sector.

    The sector is computed from what is known now, not read from the last build.
    Raises as `find_stock` does.
    """
    with reading(store.connection):
        stock = find_stock(store, text)
        catalog = store.catalog
        symbol = stock.symbol
        evidence = read_evidence(store, symbols=[symbol])
    votes = [vote for _, alike in evidence.alike for vote in alike]
    overrides = evidence.overrides.get(symbol, ())
    answer = classify(votes, catalog.taxonomy, overrides=overrides)
    return Explanation(stock, answer)
