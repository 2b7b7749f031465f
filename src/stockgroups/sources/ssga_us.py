"""The XLSX that State Street offers for a SPDR fund on its US site ("Download all holdings").

Three lines about the fund, a blank one, the table; some 90 blank rows and legal text follow. It is
recognised in a CSV too that a spreadsheet saved of it. State Street's European files have other
columns, no tickers, and are another format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.sources.format import Field, Format, Printed
from stockgroups.sources.tables import by_header, read_preamble, read_table

if TYPE_CHECKING:
    from stockgroups.sources.document import Document
    from stockgroups.sources.tables import Header

_REQUIRED = ("Name", "Ticker", "Identifier", "Weight", "Shares Held")
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


def _read(document: Document, header: Header) -> Printed:
    preamble = read_preamble(document, header)
    as_of = preamble.get("Holdings:")
    table = read_table(document, header, _FIELDS)
    notes = []
    if Field.CURRENCY not in table.columns:
        notes.append("no Local Currency column: every line was taken for a US listing")
    return Printed(
        lines=table.lines,
        columns=table.columns,
        fund_ticker=preamble.get("Ticker Symbol:") or None,
        fund_name=preamble.get("Fund Name:") or None,
        as_of=as_of.removeprefix("As of").strip() if as_of is not None else None,
        percent=True,
        malformed=table.malformed,
        unknown_columns=table.unknown_columns,
        notes=tuple(notes),
    )


FORMAT = Format("ssga_us", 1, "State Street", by_header(_REQUIRED, _read))
