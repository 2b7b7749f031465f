"""A list that a person keeps: one symbol a line, with its weight or without.

`symbol` or `symbol,weight`, with a header of these words or without one, and nothing else: a table
with any other column says something that is not understood here, and is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stockgroups.errors import EmptyFileError
from stockgroups.sources.format import Field, Format, Malformed, Printed
from stockgroups.sources.numbers import NULLS
from stockgroups.sources.tables import check_count, is_blank

if TYPE_CHECKING:
    from stockgroups.sources.document import Document

# What may stand in a list, before anybody looks closer: a row that is none after all is rejected.
_SYMBOL = re.compile(r"(?=.*[A-Za-z0-9])[A-Za-z0-9.&/$^+=*-]{1,15}(?: [A-Za-z]{1,3})?", re.ASCII)
_NUMBER = re.compile(r"[-+$(]?[0-9][0-9.,eE+-]*[%)]*|nan|inf", re.ASCII | re.IGNORECASE)
_SYMBOL_LABELS = frozenset({"symbol", "ticker"})
_WEIGHT_LABELS = frozenset({"weight", "weight (%)", "weight %", "weight(%)", "% weight"})


def _recognise(document: Document) -> bool:
    rows = [_cells(cells) for _, cells in document.head if not is_blank(cells)]
    return bool(rows) and (_is_header(rows[0]) or all(_is_entry(row) for row in rows))


def _read(document: Document) -> Printed:
    lines: list[int] = []
    tickers: list[str] = []
    weights: list[str] = []
    malformed: list[Malformed] = []
    has_weights = percent = False
    for line, printed in document.rows():
        row = _cells(printed)
        if not row:
            continue
        if not lines and not malformed and _is_header(row):
            has_weights = len(row) == 2
            percent = has_weights and "%" in row[1]
        elif len(row) > 2:
            malformed.append(
                Malformed(line, f"{len(row)} columns in a list of two", ",".join(row)[:200])
            )
        else:
            lines.append(line)
            tickers.append(row[0])
            weights.append(row[1] if len(row) == 2 else "")
            has_weights = has_weights or len(row) == 2
        check_count(len(lines) + len(malformed), document)
    if not lines:
        raise EmptyFileError("the list holds no symbols", where=document.file_name)
    columns = {Field.TICKER: tickers}
    if has_weights:
        columns[Field.WEIGHT] = weights
        percent = percent or any("%" in weight for weight in weights)
    return Printed(lines, columns, percent=percent, typed=True, malformed=tuple(malformed))


def _cells(cells: list[str]) -> list[str]:
    """Return the row's cells without the blank ones that spreadsheets pad it with."""
    stripped = [cell.strip() for cell in cells]
    while stripped and not stripped[-1]:
        stripped.pop()
    return stripped


def _is_header(row: list[str]) -> bool:
    labels = [label.casefold() for label in row]
    return labels[0] in _SYMBOL_LABELS and (
        len(labels) == 1 or (len(labels) == 2 and labels[1] in _WEIGHT_LABELS)
    )


def _is_entry(row: list[str]) -> bool:
    """Tell whether a row looks like a symbol, or a symbol and a number."""
    if len(row) > 2 or not (row[0] in NULLS or _SYMBOL.fullmatch(row[0])):
        return False
    return len(row) == 1 or row[1] in NULLS or _NUMBER.fullmatch(row[1]) is not None


FORMAT = Format("plain", 1, None, _recognise, _read)
