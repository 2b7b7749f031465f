"""A person's own list for a fund: symbols, with anything else that is known of each.

The header's labels may have many spellings and any order, but all must be known: a table with any
other column holds something that is not understood here. Without a header there is a symbol on each
line, or a symbol and its weight; a single word not in capitals is an answer of a site (`null`,
`error`). A table that names companies and has nothing of a fund is a list of an index's
constituents, and is left to `load-universe`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from stockgroups.readers.format import Field, Format
from stockgroups.readers.lists.tables import find_list_header, read_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns
    from stockgroups.readers.lists.tables import ListHeader

_OF_FUNDS = frozenset({Field.WEIGHT, Field.MARKET_VALUE, Field.SHARES, Field.FUND})
_OF_COMPANIES = frozenset({Field.NAME, Field.SECTOR, Field.INDUSTRY})
_ANSWERS = frozenset({"ERROR", "NULL", "OK"})
_OF_INDICES = frozenset({Field.START, Field.END})


def _recognise(document: Document) -> Callable[[], FileColumns] | None:
    header = find_list_header(document)
    return partial(_read, document, header) if header and is_fund_list(document, header) else None


def is_fund_list(document: Document, header: ListHeader) -> bool:
    """Return whether a list is a fund's: nothing above its header, no unknown label."""
    fields = header.columns.keys()
    if header.unknown or not fields.isdisjoint(_OF_INDICES):
        return False
    words = [word for _, row in document.head for cell in row if (word := cell.strip())]
    if header.position < 0 and len(words) == 1 and _is_answer(words[0]):
        return False
    above = document.head[: max(header.position, 0)]
    if any(cell.strip() for _, cells in above for cell in cells):
        return False
    return not fields.isdisjoint(_OF_FUNDS) or fields.isdisjoint(_OF_COMPANIES)


def _is_answer(word: str) -> bool:
    """Return whether a single word is a site's answer, not a symbol: `null`, `Forbidden`."""
    return not word.isupper() or word in _ANSWERS


def _read(document: Document, header: ListHeader) -> FileColumns:
    table = read_list(document, header)
    columns = dict(table.columns)
    if Field.FUND in columns:
        columns[Field.FUND] = list(map(str.upper, columns[Field.FUND]))
    return replace(
        table,
        columns=columns,
        percent=table.percent or "%" in "".join(columns.get(Field.WEIGHT, ())),
        typed=columns.keys().isdisjoint({Field.EXCHANGE, Field.CURRENCY}),
    )


FORMAT = Format(
    "plain",
    4,
    None,
    _recognise,
    is_fallback=True,
    containers="any",
    fund_from="each row, or file name",
    date_from="each row, or file name",
    last_seen="2026-11-28",
)
