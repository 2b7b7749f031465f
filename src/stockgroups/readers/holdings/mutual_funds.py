"""Shares of mutual funds among the rows of a holdings file, known by their tickers."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from stockgroups.errors import SymbolError
from stockgroups.model import Category
from stockgroups.readers.format import Field, FileColumns
from stockgroups.readers.holdings.listings import find_markets
from stockgroups.readers.holdings.verdicts import Verdict, has_class
from stockgroups.readers.values.numbers import NULLS
from stockgroups.symbols import us_symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stockgroups.catalog import Catalog

_MUTUAL_FUND = re.compile(r"[A-Z]{4}X")


def by_fund_ticker(rows: FileColumns, catalog: Catalog) -> Iterator[tuple[int, Verdict]]:
    """`VFIAX | Vanguard 500 Index Fund`, on a row without an asset class; XX for money funds.

    In the United States only mutual funds have tickers of five letters that end in X, and money
    market funds (`AGPXX | Invesco Government & Agency Portfolio`) those in XX. A share elsewhere
    may have such a ticker.
    """
    if Field.NAME not in rows.columns or all(rows.columns.get(Field.ASSET_CLASS, [""])):
        return
    tickers = rows.columns[Field.TICKER]
    for position in [at for at, ticker in enumerate(tickers) if "X" in ticker[4:6].upper()]:
        if has_class(rows, position):
            continue
        with suppress(SymbolError):
            symbol = us_symbol(tickers[position], catalog.share_classes)
            if not _MUTUAL_FUND.fullmatch(symbol) or _is_abroad(rows, position, catalog):
                continue
            if symbol.endswith("XX"):
                yield position, Verdict(Category.CASH, "the ticker of a money market fund")
            else:
                yield position, Verdict(Category.OTHER, "the ticker of a mutual fund")


def _is_abroad(rows: FileColumns, position: int, catalog: Catalog) -> bool:
    """Return whether a row is listed elsewhere: by its exchange, its code or its currency."""
    printed = {
        field: rows.columns[field][position]
        for field in (Field.EXCHANGE, Field.LISTING, Field.CURRENCY)
        if field in rows.columns
    }
    exchange = catalog.exchange_printed(printed.get(Field.EXCHANGE, ""))
    if exchange is not None:
        return not exchange.us
    if Field.LISTING in printed:
        return not any(market.us for market in find_markets(printed[Field.LISTING], catalog))
    currency = printed.get(Field.CURRENCY, "")
    return currency not in NULLS and currency != "USD"
