"""State Street's XLSX for a SPDR fund on its US site ("Download all holdings").

Three lines about the fund, a blank one, the table; some 90 blank rows and legal text follow. A CSV
that a spreadsheet saved of it is recognised too. State Street's European files have other columns,
no tickers, and are another format.

No exchange is printed: a line in US dollars is a US listing. From 2021 to 2023 a ticker abroad was
followed by its country, `SU-CA`, and money had its identifier as a ticker. Until 2019 the file was
an old workbook (.xls), and its column Identifier held the tickers.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.readers.format import Field, Format
from stockgroups.readers.holdings.rows import LONGEST_TICKER
from stockgroups.readers.tables import by_header, read_preamble, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns
    from stockgroups.readers.tables import Header

_REQUIRED = ("Name", "Ticker", "Identifier", "Weight", "Shares Held")
_UNTIL_2019 = ("Name", "Identifier", "Weight", "Sector", "Shares Held")
_COUNTRY = re.compile(r".+-([A-Z]{2})")
_MARKETS = {"CA": "XTSE", "US": "US"}
"""The main markets of the countries whose stocks such funds hold."""

_FIELDS = {
    "Name": Field.NAME,
    "Ticker": Field.TICKER,
    "Identifier": Field.IDENTIFIER,
    "SEDOL": Field.SEDOL,
    "Weight": Field.WEIGHT,
    "Sector": Field.SECTOR,
    "Shares Held": Field.SHARES,
    "Local Currency": Field.CURRENCY,
}


def _read(document: Document, header: Header) -> FileColumns:
    preamble = read_preamble(document, header)
    as_of = preamble.get("Holdings:")
    table = read_table(document, header, _FIELDS, is_followed="Fund Name:" in preamble)
    columns = dict(table.columns)
    if Field.TICKER not in columns:
        columns[Field.TICKER] = cells = columns[Field.IDENTIFIER]
        columns[Field.IDENTIFIER] = [cell if len(cell) > LONGEST_TICKER else "" for cell in cells]
    notes = []
    if Field.CURRENCY not in table.columns:
        notes.append("no Local Currency column: every line was read as a US listing")
    return replace(
        table,
        columns={**columns, Field.LISTING: _listings(columns)},
        fund_ticker=preamble.get("Ticker Symbol:") or None,
        fund_name=preamble.get("Fund Name:") or None,
        as_of=as_of.removeprefix("As of").strip(" :") if as_of is not None else None,
        percent=True,
        notes=(*notes, *table.notes),
    )


def _listings(columns: Mapping[Field, Sequence[str]]) -> list[str]:
    """Return the code of every line's market; blank if nothing gives it."""
    tickers = columns[Field.TICKER]
    currencies = columns.get(Field.CURRENCY) or ["USD"] * len(tickers)
    listings = []
    for ticker, currency in zip(tickers, currencies, strict=True):
        country = _COUNTRY.fullmatch(ticker)
        at_home = "US" if currency == "USD" else ""
        listings.append(_MARKETS.get(country[1], "") if country else at_home)
    return listings


FORMAT = Format(
    "ssga_us",
    2,
    "State Street",
    by_header(_read, _REQUIRED, _UNTIL_2019),
    labels=(_REQUIRED,),
    containers="XLSX, XLS, CSV",
    fund_from="Ticker Symbol:",
    date_from="Holdings:",
    last_seen="2026-02-09",
)
