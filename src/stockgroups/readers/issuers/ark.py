"""ARK's CSV for a fund ("Full holdings").

Every row has date and fund; legal text follows the table. There is no exchange: a line is listed in
the United States if it has a CUSIP; a SEDOL in place of the CUSIP marks a foreign line, and some
tickers are followed by Bloomberg's code of their market.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.readers.format import Field, Format
from stockgroups.readers.holdings.origins import HOME
from stockgroups.readers.tables import by_header, read_table
from stockgroups.readers.values.columns import find_words
from stockgroups.readers.values.identifiers import is_cusip, part_sedols

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns
    from stockgroups.readers.tables import Header

_REQUIRED = ("date", "fund", "company", "ticker", "cusip", "shares")
_FIELDS = {
    "date": Field.DATE,
    "fund": Field.FUND,
    "company": Field.NAME,
    "ticker": Field.TICKER,
    "cusip": Field.IDENTIFIER,
    "shares": Field.SHARES,
    "market value ($)": Field.MARKET_VALUE,
    "market value($)": Field.MARKET_VALUE,
    "weight (%)": Field.WEIGHT,
    "weight(%)": Field.WEIGHT,
}


def _read(document: Document, header: Header) -> FileColumns:
    table = read_table(document, header, _FIELDS)
    identifiers = table.columns[Field.IDENTIFIER]
    columns, _ = part_sedols(table.columns)
    columns[Field.LISTING] = _listings(table.columns[Field.TICKER], identifiers)
    return replace(table, columns=columns, month_first=True, percent=True)


def _listings(tickers: Sequence[str], identifiers: Sequence[str]) -> list[str]:
    """Return the code after each ticker's blank (`RKLB UQ`), else `US` for a CUSIP."""
    listings = [HOME if is_cusip(identifier) else "" for identifier in identifiers]
    for at in find_words(tickers, " "):
        listings[at] = tickers[at].rpartition(" ")[2]
    return listings


FORMAT = Format(
    "ark",
    2,
    "ARK",
    by_header(_read, _REQUIRED),
    labels=(_REQUIRED,),
    containers="CSV",
    fund_from="each row",
    date_from="each row",
    last_seen="2026-08-18",
)
