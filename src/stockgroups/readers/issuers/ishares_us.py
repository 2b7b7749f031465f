"""iShares' CSV for a fund on its US site ("Detailed Holdings and Analytics").

Eight lines about the fund, a separator line, the table. Funds that hold other funds carry a second
table, the look-through, after a repetition of the eight lines; its rows are not the fund's own
positions. If a spreadsheet saved the file again, or a script cut it, the lines above the table may
be missing. The site's workbook (.xls) has the same table in its second worksheet, under other lines
and with weights of five digits. The Canadian site has the table under an as-of line alone.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from stockgroups.readers.format import FileColumns, Format
from stockgroups.readers.issuers.ishares import (
    AS_OF,
    CANADIAN,
    FIELDS,
    IGNORED,
    TABLE,
    check_columns,
    check_date,
    find_table,
    has_table,
    is_followed,
    is_ucits,
    merge_types,
    read_about,
    without_table,
)
from stockgroups.readers.tables import Header, read_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.readers.containers.document import Document


def _recognise(document: Document) -> Callable[[], FileColumns] | None:
    header = find_table(document)
    if header is None:
        about = read_about(document, None)
        is_file = about.name is not None and AS_OF in about.values and not has_table(document.head)
    else:
        is_file = not is_ucits(header)
    return partial(_read, document, header) if is_file else None


def _read(document: Document, header: Header | None) -> FileColumns:
    if header is None:
        raise without_table(document, "iShares")
    about = read_about(document, header)
    check_date(about, document)
    check_columns(header, document)
    followed = is_followed(document, header)
    table = read_table(
        document, header, FIELDS, ignored=IGNORED, is_followed=followed, has_look_through=True
    )
    return replace(
        table,
        columns=merge_types(table),
        fund_name=about.name,
        as_of=about.values.get(AS_OF),
        percent=True,
    )


FORMAT = Format(
    "ishares_us",
    3,
    "iShares",
    _recognise,
    labels=(("Ticker", *TABLE, "Weight (%)", "Exchange", "Currency", "Market Currency"), CANADIAN),
    containers="CSV, SpreadsheetML",
    fund_from="line 1",
    date_from=AS_OF,
    last_seen="2026-10-08",
)
