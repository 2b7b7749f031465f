"""The workbook of constituents that UBS offers for a fund on its site, an XLSX named `.xls`.

The fund's name and ISIN, the table, and a footer that alone tells the date. It identifies stocks by
ISIN and SEDOL, and prints no tickers and no money.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.readers.format import Field, Format
from stockgroups.readers.tables import by_header, read_table

if TYPE_CHECKING:
    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns
    from stockgroups.readers.tables import Header

_REQUIRED = ("Securities", "ISIN", "Sedol Code", "Weight %")
_FIELDS = {
    "Securities": Field.NAME,
    "ISIN": Field.ISIN,
    "Sedol Code": Field.SEDOL,
    "Currency": Field.CURRENCY,
    "Weight %": Field.WEIGHT,
}
_SOURCE = re.compile(r"Source: UBS\b.*?, *(\S+)")


def _read(document: Document, header: Header) -> FileColumns:
    table = read_table(document, header, _FIELDS, ignored=("Price",), is_followed=True)
    above = (cells[0].strip() for _, cells in document.head[: header.position] if cells)
    return replace(
        table,
        columns={Field.TICKER: ["-"] * len(table.lines), **table.columns},
        fund_name=next((text for text in above if text and not text.startswith("ISIN:")), None),
        as_of=_find_date(document),
        percent=True,
        omits_cash=True,
    )


def _find_date(document: Document) -> str | None:
    """Return the date in the footer, `Source: UBS AG, 07.07.2026`."""
    found = (_SOURCE.match(cells[0].strip()) for _, cells in document.rows() if cells)
    return next((line[1] for line in found if line), None)


FORMAT = Format(
    "ubs",
    1,
    "UBS",
    by_header(_read, _REQUIRED),
    labels=(_REQUIRED,),
    containers="XLSX",
    fund_from="line 1",
    date_from="Source: UBS AG,",
    last_seen="2026-07-07",
)
