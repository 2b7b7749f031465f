"""Bonds and bills among the rows of a holdings file without asset classes.

Issuers print a bond under the ticker of its issuer's stock (`T | AT&T Inc | 00206RGQ9`), under its
own identifier, or under Bloomberg's ticker of it (`T 4.5 11/15/33`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stockgroups.model import Category
from stockgroups.readers.format import Field, FileColumns
from stockgroups.readers.holdings.money import names_money
from stockgroups.readers.holdings.verdicts import Verdict, has_class, names_debt
from stockgroups.readers.values.columns import find_cells, find_unusual
from stockgroups.readers.values.dates import parse_date
from stockgroups.readers.values.numbers import NULLS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stockgroups.catalog import Catalog

_BILL = re.compile(r"\b(?:TREASURY BILLS?|TREAS(?:URY)? BILLS?|T-?BILLS?)\b", re.IGNORECASE)
_NOTE = re.compile(
    r"\bTREAS(?:URY|URIES)?\b.*(?:\b(?:NOTES?|NTS?|BONDS?|BDS?|TIPS|STRIPS?|FRN|INFLATION)\b|\bN/B)",
    re.IGNORECASE,
)
_COUPON = re.compile(r"\d ?%.*\b\d{1,2}/\d{1,2}/(?:\d{2}|\d{4})\b")
_TICKER = re.compile(
    r"[A-Z]{1,6} (?:V?\d{1,2}(?:\.\d{1,4})?|(?:\d{1,2} )?\d{1,2}/\d{1,2}) \d{1,2}/\d{1,2}/\d{2,4}.*"
)
_BILL_TICKER = re.compile(r"B 0? ?\d{1,2}/\d{1,2}/\d{2,4}(?: GOVT)?")
# Some funds whose shares are traded have CUSIPs like those of bonds: iShares' iBonds.
_FUND = re.compile(r"\b(?:ETFS?|ISHARES|IBONDS|FUND|TRUST|TR)\b", re.IGNORECASE)


def by_bond(rows: FileColumns, _: Catalog) -> Iterator[tuple[int, Verdict]]:
    """Bonds by their maturities, identifiers, tickers and names, in this order; bills are cash.

    Schwab prints symbols for bonds that are no tickers: `T | US TREASURY NOTE`.

    Of 18,744 securities that failed to be delivered in three half months, 15 have a letter in the
    issue of their CUSIP: funds of bonds, and a claim. A money fund may have one of its own
    (`SSI US GOV MONEY MARKET CLASS | 924QSGII3`).
    """
    tickers = rows.columns[Field.TICKER]
    names = rows.columns.get(Field.NAME) or [""] * len(tickers)
    maturities = rows.columns.get(Field.MATURITY, ())
    days = {cell for cell in set(maturities) if parse_date(cell, month_first=True) is not None}
    for position in find_cells(maturities, days) if days else ():
        if has_class(rows, position):
            continue
        if _BILL.search(names[position]):
            yield position, Verdict(Category.CASH, "a Treasury bill")
        else:
            yield position, Verdict(Category.OTHER, f"a bond due {maturities[position]}")
    for position, text in _find_debt(rows):
        ticker, name = tickers[position], names[position]
        if has_class(rows, position) or _FUND.search(name):
            continue
        if _BILL.search(name) or _BILL_TICKER.fullmatch(ticker):
            yield position, Verdict(Category.CASH, "a Treasury bill")
        elif not (_is_own(ticker, text) and names_money(name)) or _NOTE.search(name):
            yield position, Verdict(Category.OTHER, f"a bond by its identifier {text}")
    for position in find_unusual(tickers):
        ticker, name = tickers[position], names[position]
        if has_class(rows, position):
            continue
        if _BILL_TICKER.fullmatch(ticker) or (_is_own(ticker) and _BILL.search(name)):
            yield position, Verdict(Category.CASH, "a Treasury bill")
        elif _TICKER.fullmatch(ticker):
            yield position, Verdict(Category.OTHER, "a bond's ticker")
        elif _is_own(ticker) and (_NOTE.search(name) or _COUPON.search(name)):
            yield position, Verdict(Category.OTHER, "a bond by its name, no ticker")


def _find_debt(rows: FileColumns) -> Iterator[tuple[int, str]]:
    """Yield the rows whose CUSIP or ISIN is that of a debt, with it."""
    columns: list[Sequence[str]] = [
        rows.columns[field]
        for field in (Field.IDENTIFIER, Field.CUSIP, Field.ISIN)
        if field in rows.columns
    ]
    for cells in columns:
        for position, text in enumerate(cells):
            if names_debt(text):
                yield position, text


def _is_own(ticker: str, identifier: str = "") -> bool:
    """Return whether a row has no ticker but its identifier, if it has one."""
    return ticker in NULLS or ticker == identifier or names_debt(ticker)
