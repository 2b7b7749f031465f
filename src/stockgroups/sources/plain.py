"""A list that a person keeps: one symbol a line, with its weight or without.

`symbol` or `symbol,weight`, with a header of these words or without one, and nothing else: a table
with any other column says something that is not understood here, and is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.errors import EmptyFileError, SymbolError
from stockgroups.sources.format import Field, Format, Malformed, Printed
from stockgroups.sources.numbers import NULLS, parse_number
from stockgroups.sources.tables import is_blank
from stockgroups.symbols import parse_symbol

if TYPE_CHECKING:
    from stockgroups.sources.document import Document

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
    """Tell whether a row is a symbol, or a symbol and a number."""
    if len(row) > 2:
        return False
    try:
        if row[0] not in NULLS:
            parse_symbol(row[0], {})
        if len(row) == 2:
            parse_number(row[1])
    except (SymbolError, ValueError):
        return False
    return True


FORMAT = Format("plain", 1, None, _recognise, _read)
