"""Schwab's CSV for a fund ("Fund holdings").

The first line is the header, every row has the as-of date, and nothing names the fund. There are no
asset classes: a line without a sector is not a stock. Exchanges are printed as MICs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.readers.format import Field, Format
from stockgroups.readers.tables import by_header, read_table

if TYPE_CHECKING:
    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns
    from stockgroups.readers.tables import Header

_REQUIRED = ("Symbol", "Quantity", "Percent of Assets", "Name", "BBG FIGI", "Exchange", "Sector")
_FIELDS = {
    "As-Of-Date": Field.DATE,
    "Symbol": Field.TICKER,
    "Quantity": Field.SHARES,
    "Percent of Assets": Field.WEIGHT,
    "Name": Field.NAME,
    "BBG FIGI": Field.FIGI,
    "Country": Field.COUNTRY,
    "Exchange": Field.EXCHANGE,
    "Market Currency": Field.CURRENCY,
    "Sector": Field.SECTOR,
}
_IGNORED = ("Currency", "Exchange Rate", "Exchange (fx) Rate")


def _read(document: Document, header: Header) -> FileColumns:
    table = read_table(document, header, _FIELDS, ignored=_IGNORED, is_followed=True)
    return replace(table, percent=True, stocks_have_sectors=True)


FORMAT = Format(
    "schwab",
    2,
    "Schwab",
    by_header(_read, _REQUIRED),
    labels=(_REQUIRED,),
    containers="CSV",
    date_from="each row",
    last_seen="2025-10-17",
)
