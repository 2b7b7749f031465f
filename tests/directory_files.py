"""Small symbol directories written by hand, in the formats of their publishers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

CREATED = "0512202609:17"

_TRADED = (
    "Nasdaq Traded|Symbol|Security Name|Listing Exchange|Market Category|ETF|Round Lot Size|"
    "Test Issue|Financial Status|CQS Symbol|NASDAQ Symbol|NextShares"
)
_LISTED = (
    "Symbol|Security Name|Market Category|Test Issue|Financial Status|Round Lot Size|ETF|NextShares"
)
_OTHER = "ACT Symbol|Security Name|Exchange|CQS Symbol|ETF|Round Lot Size|Test Issue|NASDAQ Symbol"


def make_traded(
    symbols: Iterable[str] = (),
    *,
    rows: Sequence[str] = (),
    tests: Sequence[str] = (),
    created: str | None = CREATED,
) -> bytes:
    """`nasdaqtraded`: the given rows, then these symbols as common stock of NYSE."""
    lines = [_TRADED, *rows]
    lines += [_traded_row(symbol, "N") for symbol in symbols]
    lines += [_traded_row(symbol, "Y") for symbol in tests]
    return _finish(lines, created, 6, "\r\n")


def make_listed(symbols: Iterable[str], *, created: str | None = CREATED) -> bytes:
    """`nasdaqlisted`: these symbols as common stock."""
    lines = [_LISTED, *(f"{s}|{s} Inc. - Common Stock|Q|N|N|100|N|N" for s in symbols)]
    return _finish(lines, created, 8, "\n")


def make_other(
    symbols: Iterable[str] = (), *, rows: Sequence[str] = (), created: str | None = CREATED
) -> bytes:
    """`otherlisted`: the given rows, then these symbols as common stock of NYSE."""
    lines = [_OTHER, *rows, *(f"{s}|{s} Inc.|N|{s}|N|100|N|{s}" for s in symbols)]
    return _finish(lines, created, 7, "\n")


def make_tickers(*data: Sequence[Any]) -> bytes:
    """The SEC's list: CIK, name, ticker, exchange."""
    return json.dumps({"fields": ["cik", "name", "ticker", "exchange"], "data": data}).encode()


def make_companies(*companies: tuple[int | str, str, str]) -> bytes:
    """The SEC's list without exchanges, of CIK, ticker and title."""
    rows = enumerate(companies)
    return json.dumps(
        {str(n): {"cik_str": cik, "ticker": t, "title": name} for n, (cik, t, name) in rows}
    ).encode()


def make_screener(*rows: dict[str, Any]) -> bytes:
    """The screener's list; values that a row lacks are empty."""
    blank = dict.fromkeys(
        ("name", "lastsale", "netchange", "pctchange", "volume", "marketCap", "country",
         "ipoyear", "industry", "sector", "url"), "",
    )  # fmt: skip
    return json.dumps([blank | row for row in rows]).encode()


def _traded_row(symbol: str, test: str) -> str:
    return f"Y|{symbol}|{symbol} Inc.|N| |N|100|{test}||{symbol}|{symbol}|N"


def _finish(lines: list[str], created: str | None, fields: int, newline: str) -> bytes:
    footer = [] if created is None else [f"File Creation Time: {created}" + "|" * (fields - 1)]
    return newline.join([*lines, *footer, ""]).encode()


def make_fails(*rows: tuple[str, ...], trailer: int | None = -1, ends: str = "") -> bytes:
    """A file of date, CUSIP, symbol and name; the trailer has `trailer`, or the row count if -1."""
    lines = ["SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE"]
    lines += [
        f"{day}|{cusip}|{symbol}|100|{name[0] if name else symbol + ' INC'}|1.00"
        for day, cusip, symbol, *name in rows
    ]
    if trailer is not None:
        lines.append(f"Trailer record count {len(rows) if trailer < 0 else trailer}")
        lines.append("Trailer total quantity of shares 100")
    return ("\n".join(lines) + "\n" + ends).encode("latin-1")
