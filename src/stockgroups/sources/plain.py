"""A list that a person keeps: one symbol a line, with its weight or without.

`symbol` or `symbol,weight`, with a header of these words or without one, and nothing else: a table
with any other column says something that is not understood here, and is refused.
"""

from __future__ import annotations

import re
from array import array
from functools import partial
from typing import TYPE_CHECKING

from stockgroups.errors import EmptyFileError
from stockgroups.sources.columns import join_lines, start_column
from stockgroups.sources.format import Field, Format, Malformed, Printed
from stockgroups.sources.numbers import NULLS
from stockgroups.sources.tables import check_count, is_blank

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.sources.document import Document

# What may stand in a list, before anybody looks closer: a row that is none after all is rejected.
_SYMBOL = re.compile(
    r"(?=.*[A-Za-z0-9])[A-Za-z0-9.&/$^+=*-]{1,15}(?: [A-Za-z]{1,3})?|CASH_[A-Z]{3}|[A-Z]{3}_CASH",
    re.ASCII | re.IGNORECASE,
)
_NUMBER = re.compile(r"[-+$(]?[0-9][0-9.,eE+-]*[%)]*|nan|inf", re.ASCII | re.IGNORECASE)
_SYMBOL_LABELS = frozenset({"symbol", "ticker"})
_WEIGHT_LABELS = frozenset({"weight", "weight (%)", "weight %", "weight(%)", "% weight"})


def _recognise(document: Document) -> Callable[[], Printed] | None:
    rows = [_cells(cells) for _, cells in document.head if not is_blank(cells)]
    is_list = rows and (_is_header(rows[0]) or all(map(_is_entry, rows)))
    return partial(_read, document) if is_list else None


def _read(document: Document) -> Printed:
    lines = array("L")
    tickers, weights = start_column(Field.TICKER), start_column(Field.WEIGHT)
    malformed: list[Malformed] = []
    has_weights = percent = False
    for numbers, rows in document.batches():
        fitting: list[tuple[str, str]] = []
        for line, printed in zip(numbers, rows, strict=True):
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
                fitting.append((row[0], row[1] if len(row) == 2 else ""))
                has_weights = has_weights or len(row) == 2
        if fitting:
            for column, cells in zip((tickers, weights), zip(*fitting, strict=True), strict=True):
                column.extend(cells)
        check_count(len(lines) + len(malformed), document)
    if not lines:
        raise EmptyFileError("the list holds no symbols", where=document.file_name)
    columns = {Field.TICKER: tickers.cells()}
    if has_weights:
        columns[Field.WEIGHT] = weights.cells()
        percent = percent or "%" in join_lines(columns[Field.WEIGHT])
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


FORMAT = Format("plain", 2, None, _recognise)
