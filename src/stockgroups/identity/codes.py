"""Tickers with a code that several markets of a country share: `000660 KS`, on a Korean board.

No two of these markets use the same ticker. So if only one such symbol is reported, it is the
stock, provided that the names agree.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from stockgroups.errors import SymbolError
from stockgroups.identity.evidence import US, market_of
from stockgroups.symbols import choose_market, foreign_symbol, is_isin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stockgroups.catalog import Exchange


@cache
def list_candidates(ticker: str | None) -> frozenset[str]:
    """Return the symbols that a ticker with a shared code may be; none for any other ticker."""
    local, _, code = (ticker or "").rpartition(" ")
    markets = _shared_codes().get(code, ()) if local else ()
    if not markets or choose_market(local, markets):
        return frozenset()
    try:
        return frozenset(foreign_symbol(local, market) for market in markets)
    except SymbolError:
        return frozenset()


def find_codes(symbols: Iterable[str]) -> list[str]:
    """Return the shared codes of the markets of some symbols."""
    markets = {market_of(symbol) for symbol in symbols if not is_isin(symbol)} - {US}
    if not markets:  # nearly always, and then the exchanges are not needed
        return []
    return sorted(
        code
        for code, shared in _shared_codes().items()
        if not markets.isdisjoint(exchange.mic for exchange in shared)
    )


@cache
def _shared_codes() -> Mapping[str, Sequence[Exchange]]:
    """Return the markets that share each code, as the shipped catalogue has them."""
    from stockgroups.catalog import load_catalog  # noqa: PLC0415 - few loads need the exchanges

    markets: dict[str, list[Exchange]] = defaultdict(list)
    for exchange in load_catalog().exchanges.values():
        if exchange.bloomberg and not exchange.us:
            markets[exchange.bloomberg].append(exchange)
    return {code: shared for code, shared in markets.items() if len(shared) > 1}
