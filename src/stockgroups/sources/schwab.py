"""The CSV that Schwab offers for a fund ("Fund holdings").

The header stands on the first line, the as-of date on every row, and the fund nowhere. There are no
asset classes: what has no sector is no stock. Exchanges are printed as MICs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.sources.format import Field, Format, Printed
from stockgroups.sources.repeats import only_value
from stockgroups.sources.tables import by_header, read_table

if TYPE_CHECKING:
    from stockgroups.sources.document import Document
    from stockgroups.sources.tables import Header

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
_NOTE = "no legal text stands behind the table, as the site prints it: rows may be missing"


def _read(document: Document, header: Header) -> Printed:
    table = read_table(document, header, _FIELDS, ignored=_IGNORED)
    is_last = sum(1 for cell in document.last_row() if cell.strip()) > 1
    return Printed(
        lines=table.lines,
        columns=table.columns,
        as_of=only_value(table, Field.DATE, document),
        percent=True,
        stocks_have_sectors=True,
        malformed=table.malformed,
        unknown_columns=table.unknown_columns,
        notes=(_NOTE,) if is_last else (),
    )


FORMAT = Format("schwab", 2, "Schwab", by_header(_REQUIRED, _read))
