"""The CSV of the Select Sector SPDRs' site for a fund ("Index Holdings").

A sentence with the date or the fund's name, the table. It lists the fund's index: stocks and their
weights in the index, without the fund's cash and futures.
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

_REQUIRED = ("Symbol", "Company Name", "Index Weight")
_FIELDS = {
    "Symbol": Field.TICKER,
    "Company Name": Field.NAME,
    "Index Weight": Field.WEIGHT,
}
_IGNORED = ("Last", "Change", "%Change", "% Change", "Volume", "52 Week Range")
_DATE = re.compile(r"\b\d{1,2}/\d{1,2}/\d{4}\b")
_FUND = re.compile(r"\bXL[A-Z]{1,2}\b")
_NOTE = "the index's list as the fund's site prints it: index weights, no cash"


def _read(document: Document, header: Header) -> FileColumns:
    sentence = _sentence(document, header)
    date, fund = _DATE.search(sentence), _FUND.search(sentence)
    table = read_table(document, header, _FIELDS, ignored=_IGNORED)
    return replace(
        table,
        fund_ticker=fund[0] if fund else None,
        as_of=date[0] if date else None,
        month_first=True,
        percent=any("%" in weight for weight in table.columns[Field.WEIGHT]),
        notes=(_NOTE,),
    )


def _sentence(document: Document, header: Header) -> str:
    above = document.head[: header.position]
    return " ".join(cell for _, cells in above for cell in cells if cell.strip())


FORMAT = Format(
    "select_sector",
    1,
    "State Street",
    by_header(_read, _REQUIRED),
    labels=(_REQUIRED,),
    containers="CSV",
    fund_from="line 1, or file name",
    date_from="line 1",
    last_seen="2025-02-03",
)
