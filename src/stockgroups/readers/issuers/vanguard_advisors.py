"""The CSV of Vanguard's site for advisers in 2023 ("ProductDetailsHoldings").

The first line is the header. Nothing names the fund or the date: the file's name has to. `Market`
is the country where the company is incorporated, not a market. `Sector` holds sub-industries of
GICS, some of them cut after 40 characters.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.readers.format import Field, Format
from stockgroups.readers.holdings.origins import list_by_incorporation
from stockgroups.readers.tables import by_header, read_table
from stockgroups.readers.values.numbers import NULLS

if TYPE_CHECKING:
    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns
    from stockgroups.readers.tables import Header

_REQUIRED = ("SEDOL", "Ticker", "Holdings name", "% of fund*", "Market")
_FIELDS = {
    "SEDOL": Field.SEDOL,
    "Ticker": Field.TICKER,
    "Holdings name": Field.NAME,
    "Shares": Field.SHARES,
    "Market value*": Field.MARKET_VALUE,
    "% of fund*": Field.WEIGHT,
    "Sector": Field.INDUSTRY,
    "Market": Field.COUNTRY,
}
_IGNORED = ("Security depository receipt type",)


def _read(document: Document, header: Header) -> FileColumns:
    table = read_table(document, header, _FIELDS, ignored=_IGNORED)
    countries = ["" if c in NULLS else c for c in table.columns[Field.COUNTRY]]
    columns = {**table.columns, Field.LISTING: list_by_incorporation(countries)}
    if Field.INDUSTRY in columns:
        columns[Field.SECTOR] = columns[Field.INDUSTRY]
    return replace(table, columns=columns, percent=True, omits_cash=True)


FORMAT = Format(
    "vanguard_advisors",
    2,
    "Vanguard",
    by_header(_read, _REQUIRED),
    labels=(_REQUIRED,),
    containers="CSV",
    last_seen="2023-08-31",
)
