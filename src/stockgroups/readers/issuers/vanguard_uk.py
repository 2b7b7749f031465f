"""The CSV of Vanguard's British and European sites: local tickers, and each stock's country.

It has neither date nor fund, no exchange and no identifier: `ROP` is Roche there. So it is read
only for funds nearly all of whose stocks are from the United States, and is refused for others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.readers.format import Field, Format
from stockgroups.readers.holdings.origins import check_home, list_by_incorporation
from stockgroups.readers.tables import by_header, read_table
from stockgroups.readers.values.numbers import NULLS

if TYPE_CHECKING:
    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns
    from stockgroups.readers.tables import Header

_REQUIRED = ("Ticker", "Holding name", "% of market value", "Region")
_FIELDS = {
    "Ticker": Field.TICKER,
    "Holding name": Field.NAME,
    "% of market value": Field.WEIGHT,
    "Sector": Field.INDUSTRY,
    "Region": Field.COUNTRY,
    "Market value": Field.MARKET_VALUE,
    "Shares": Field.SHARES,
}
_CURRENCY = "US$"


def _read(document: Document, header: Header) -> FileColumns:
    table = read_table(document, header, _FIELDS)
    countries = ["" if c in NULLS else c for c in table.columns[Field.COUNTRY]]
    listings = list_by_incorporation(countries)
    stocks = zip(listings, countries, strict=True)
    check_home([code for code, country in stocks if country], document.file_name)
    columns = {**table.columns, Field.LISTING: listings}
    if Field.MARKET_VALUE in columns:
        columns[Field.MARKET_VALUE] = [
            cell.replace(_CURRENCY, "$") for cell in columns[Field.MARKET_VALUE]
        ]
    return replace(table, columns=columns, percent=True, omits_cash=True)


FORMAT = Format(
    "vanguard_uk",
    1,
    "Vanguard",
    by_header(_read, _REQUIRED),
    labels=(tuple(_FIELDS),),
    containers="CSV",
)
