"""Where the stocks of a list are listed, as far as the names of the list show it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stockgroups.catalog import Catalog, Exchange

_LETTERS = re.compile(r"[A-Za-z]{3,}")
_PARTS = re.compile(r"[a-z]+|[0-9]+")
_HOME = "US"


def find_market_abroad(names: str, catalog: Catalog) -> Exchange | None:
    """Return the market outside the US that the words of a list's names show, or None.

    The words name the market itself (`tsx_members.csv`) or one of its indices (`cac40.csv`).
    """
    words = f" {' '.join(_PARTS.findall(names.casefold()))} "
    by_index = (
        market
        for market in catalog.exchanges.values()
        if any(f" {index} " in words for index in market.indices)
    )
    by_word = filter(None, map(catalog.exchange_printed, _LETTERS.findall(names)))
    return next((market for market in (*by_word, *by_index) if market.country != _HOME), None)
