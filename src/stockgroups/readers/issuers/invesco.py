"""Invesco's CSV layouts, present and past, for its US funds.

The older one begins with its header and has fund and date on every row; in 2018 it had other
labels, and no class of shares. The newer one ("Complete holdings") names no fund, and its date, if
any, is in a remark under the table. Neither prints an exchange or a currency: a line counts as a US
listing if its ticker is one word, unless its class says otherwise. Classes are printed `BRK/B`; the
text after a blank is a market's code.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.errors import UnsupportedFileError
from stockgroups.readers.format import Field, Format
from stockgroups.readers.holdings.asset_classes import is_abroad
from stockgroups.readers.holdings.origins import HOME, list_by_market
from stockgroups.readers.tables import by_header, read_table
from stockgroups.readers.values.identifiers import part_sedols

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns
    from stockgroups.readers.tables import Header

_OLDER = (
    ("Fund Ticker", "Security Identifier", "Name"),
    ("FundTicker", "SecurityNum", "Name"),
)
_NEWER = ("Ticker", "Company", "% TNA")
_LIKE = (
    (*_OLDER[0], "Holding Ticker", "MarketValue", "Weight"),
    (*_OLDER[1], "HoldingsTicker", "MarketValue", "PercentageOfFund"),
    (*_NEWER, "Share/ Par", "CUSIP", "Market value"),
)
_FIELDS = {
    "Fund Ticker": Field.FUND,
    "FundTicker": Field.FUND,
    "Security Identifier": Field.IDENTIFIER,
    "SecurityNum": Field.IDENTIFIER,
    "Holding Ticker": Field.TICKER,
    "HoldingsTicker": Field.TICKER,
    "Holdings Ticker": Field.TICKER,
    "Shares/Par Value": Field.SHARES,
    "Shares/Par": Field.SHARES,
    "Shares": Field.SHARES,
    "MarketValue": Field.MARKET_VALUE,
    "Market Value": Field.MARKET_VALUE,
    "Weight": Field.WEIGHT,
    "PercentageOfFund": Field.WEIGHT,
    "Name": Field.NAME,
    "Class of Shares": Field.ASSET_CLASS,
    "Sector": Field.SECTOR,
    "Date": Field.DATE,
    "PositionDate": Field.DATE,
    "Ticker": Field.TICKER,
    "Company": Field.NAME,
    "Share/ Par": Field.SHARES,
    "Share/Par": Field.SHARES,
    "% TNA": Field.WEIGHT,
    "Class of shares": Field.ASSET_CLASS,
    "CUSIP": Field.CUSIP,
    "Market value": Field.MARKET_VALUE,
    "MaturityDate": Field.MATURITY,
    "Maturity": Field.MATURITY,
}
_IGNORED = ("CouponRate", "Coupon", "Rating")
_FOREIGN = re.compile(r"[A-Z][A-Z0-9]{8}|(?!US)[A-Z]{2}[A-Z0-9]{9}[0-9]")
"""The CUSIP of a company abroad, and an ISIN."""

_REMARK = re.compile(r"# as of (.+)", re.IGNORECASE)
_NOTE = "no exchange and no currency in the file: tickers of one word were read as US listings"


def _read(document: Document, header: Header) -> FileColumns:
    if not header.has(*(label for label, field in _FIELDS.items() if field is Field.TICKER)):
        raise UnsupportedFileError(
            "no Holding Ticker column: bonds, which have no stock symbols",
            where=document.file_name,
            remedy="load funds of stocks",
        )
    table = read_table(document, header, _FIELDS, ignored=_IGNORED)
    columns, sedols = part_sedols(table.columns)
    columns[Field.LISTING] = _listings(columns, sedols)
    return replace(
        table,
        columns=columns,
        as_of=_remark(document, table.lines[-1]),
        month_first=True,
        percent=True,
        notes=(_NOTE,),
    )


def _listings(columns: Mapping[Field, Sequence[str]], sedols: AbstractSet[int]) -> Sequence[str]:
    """Return the code of every line's market; blank if its identifier or class is foreign.

    The CUSIP of a company abroad begins with a letter. Bermuda's insurers have such CUSIPs and
    trade in New York; in a fund with mostly foreign lines the letter means that they do not.
    """
    tickers = columns[Field.TICKER]
    identifiers = columns.get(Field.IDENTIFIER) or columns.get(Field.CUSIP) or [""] * len(tickers)
    foreign = {at for at, text in enumerate(identifiers) if _FOREIGN.fullmatch(text)} | sedols
    abroad = foreign if 2 * len(foreign) > len(tickers) else sedols
    classes = columns.get(Field.ASSET_CLASS) or [""] * len(tickers)
    receipts = {printed for printed in set(classes) if is_abroad(printed)}
    at_home = [
        "" if at in abroad or printed in receipts else HOME for at, printed in enumerate(classes)
    ]
    # Classes are printed `BRK/B`; a text after a blank is a market's code or meaningless.
    coded = [ticker.rpartition(" ")[2] if " " in ticker else "" for ticker in tickers]
    listings = list_by_market(columns, at_home)
    return [code or listing for code, listing in zip(coded, listings, strict=True)]


def _remark(document: Document, last_line: int) -> str | None:
    """Return the date in `# as of 2026-08-28` under the table, or None."""
    for _, cells in document.rows(below=last_line):
        if cells and (remark := _REMARK.fullmatch(cells[0].strip())):
            return remark[1]
    return None


FORMAT = Format(
    "invesco",
    3,
    "Invesco",
    by_header(_read, *_OLDER, _NEWER),
    labels=_LIKE,
    containers="CSV",
    fund_from="each row, or file name",
    date_from="each row, or # as of",
    last_seen="2026-08-28",
)
