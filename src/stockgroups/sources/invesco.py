"""The two CSV layouts that Invesco offers, or offered, for its US funds.

The older one begins with its header and says fund and date on every row. The newer one ("Complete
holdings") names no fund, and its date, if at all, in a remark under the table. Both print the class
of each line's shares, and neither an exchange nor a currency: a line is taken for a US listing if
its ticker is one word. Classes are printed `BRK/B`; what stands behind a blank is a market's code.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from stockgroups.errors import UnsupportedFileError
from stockgroups.sources.asset_classes import is_abroad
from stockgroups.sources.format import Field, Format, Printed
from stockgroups.sources.repeats import only_value
from stockgroups.sources.tables import find_header, read_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.sources.document import Document
    from stockgroups.sources.tables import Header

_OLDER = ("Fund Ticker", "Security Identifier", "Name")
_NEWER = ("Ticker", "Company", "% TNA")
_FIELDS = {
    "Fund Ticker": Field.FUND,
    "Security Identifier": Field.IDENTIFIER,
    "Holding Ticker": Field.TICKER,
    "Shares/Par Value": Field.SHARES,
    "MarketValue": Field.MARKET_VALUE,
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


def _recognise(document: Document) -> Callable[[], Printed] | None:
    header = find_header(document, _OLDER) or find_header(document, _NEWER)
    return None if header is None else partial(_read, document, header)


def _read(document: Document, header: Header) -> Printed:
    if not {"Holding Ticker", "Ticker"} & set(header.labels):
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
    return Printed(
        lines=table.lines,
        columns={**table.columns, Field.LISTING: listings},
        fund_ticker=only_value(table, Field.FUND, document),
        as_of=only_value(table, Field.DATE, document) or _remark(document, table.lines[-1]),
        percent=True,
        malformed=table.malformed,
        unknown_columns=table.unknown_columns,
        notes=(_NOTE,),
    )


def _remark(document: Document, last_line: int) -> str | None:
    """Return the date in `# as of 2026-08-28` under the table, or None."""
    for line, cells in document.rows():
        if line > last_line and cells and (remark := _REMARK.fullmatch(cells[0].strip())):
            return remark[1]
    return None


FORMAT = Format("invesco", 2, "Invesco", _recognise)
