"""The CSV layouts that Invesco offers, or offered, for its US funds.

The older one begins with its header and says fund and date on every row; in 2018 it had other
labels, and no class of shares. The newer one ("Complete holdings") names no fund, and its date, if
at all, in a remark under the table. None prints an exchange or a currency: a line is taken for a US
listing if its ticker is one word, unless its class says otherwise. Classes are printed `BRK/B`;
what stands behind a blank is a market's code.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.errors import UnsupportedFileError
from stockgroups.readers.format import Field, Format
from stockgroups.readers.holdings.asset_classes import is_abroad
from stockgroups.readers.tables import by_header, read_table

if TYPE_CHECKING:
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
}
_REMARK = re.compile(r"# as of (.+)", re.IGNORECASE)
_NOTE = "no exchange and no currency in the file: tickers of one word were taken for US listings"


def _read(document: Document, header: Header) -> FileColumns:
    if not header.has(*(label for label, field in _FIELDS.items() if field is Field.TICKER)):
        raise UnsupportedFileError(
            "no Holding Ticker column: bonds, which have no stock symbols",
            where=document.file_name,
            remedy="load funds of stocks",
        )
    table = read_table(document, header, _FIELDS)
    tickers = table.columns[Field.TICKER]
    classes = table.columns.get(Field.ASSET_CLASS) or [""] * len(tickers)
    abroad = {printed for printed in set(classes) if is_abroad(printed)}
    listings = [
        ticker.rpartition(" ")[2] if " " in ticker else "" if printed in abroad else "US"
        for ticker, printed in zip(tickers, classes, strict=True)
    ]
    return replace(
        table,
        columns={**table.columns, Field.LISTING: listings},
        as_of=_remark(document, table.lines[-1]),
        month_first=True,
        percent=True,
        notes=(_NOTE,),
    )


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
