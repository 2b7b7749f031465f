"""The CSV that iShares offers for a fund on its US site ("Detailed Holdings and Analytics").

Eight lines about the fund, a separator line, the table. Funds that hold other funds carry a second
table, the look-through, behind a repetition of the eight lines: not the fund's own positions.
Saved again by a spreadsheet, or cut out by a script, the lines above the table may be missing.
The site's workbook (.xls) has the same table in its second worksheet, under other lines and with
weights of five digits.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stockgroups.errors import UnsupportedFileError
from stockgroups.sources.format import Field, Format, Printed
from stockgroups.sources.ishares import FIELDS, without_table
from stockgroups.sources.tables import Header, find_header, read_preamble, read_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.sources.document import Document

_AS_OF = "Fund Holdings as of"
_COMMON = ("Name", "Asset Class", "Market Value", "Weight (%)", "Exchange")
# What is held is counted in a column of its own; UCITS files call it "Nominal". In 2020 the table
# had no currency and no location, and other identifiers.
_COUNTS = (("Ticker", "Quantity"), ("Ticker", "Shares"), ("Par Value",))
_FIELDS = {
    **FIELDS,
    "Quantity": Field.SHARES,
    "CUSIP": Field.CUSIP,
    "SEDOL": Field.SEDOL,
}
_IGNORED = ("Notional Value", "Price", "Currency", "FX Rate", "Accrual Date")


def _recognise(document: Document) -> Callable[[], Printed] | None:
    header = _header(document)
    is_file = header is not None or _fund_name(document) is not None
    return partial(_read, document, header) if is_file else None


def _read(document: Document, header: Header | None) -> Printed:
    if header is None:
        raise without_table(document, "iShares")
    if "Ticker" not in header.labels:
        raise UnsupportedFileError(
            "no Ticker column: bonds, which have no stock symbols",
            where=document.file_name,
            remedy="load funds of stocks",
        )
    table = read_table(document, header, _FIELDS, ignored=_IGNORED)
    return Printed(
        lines=table.lines,
        columns=table.columns,
        fund_name=_fund_name(document) or None,
        as_of=read_preamble(document, header).get(_AS_OF),
        percent=True,
        malformed=table.malformed,
        unknown_columns=table.unknown_columns,
    )


def _header(document: Document) -> Header | None:
    found = (find_header(document, (*own, *_COMMON)) for own in _COUNTS)
    return next((header for header in found if header), None)


def _fund_name(document: Document) -> str | None:
    """Return the fund's name, or None where the lines above the table are missing.

    In the CSV it is the first line, and the as-of line follows it. In the workbook the date stands
    above the name, and the inception date between the name and the as-of line. UCITS files begin
    with the as-of line.
    """
    head = [cells for _, cells in document.head[:4]]
    for name, as_of in ((0, 1), (1, 3)):
        if len(head) > as_of and head[name] and head[as_of][:1] == [_AS_OF]:
            return " ".join(head[name][0].split())
    return None


FORMAT = Format("ishares_us", 1, "iShares", _recognise)
