"""Lists that no issuer makes, as tables: their columns and rows.

A list has a header of known labels in any order, or none: then each row is a symbol, or a symbol
and its weight. Without a column of symbols it has identifiers. Unlike an issuer's table it may have
blank lines, and blank cells anywhere.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.errors import EmptyFileError, TruncatedFileError
from stockgroups.readers.format import Field, FileColumns, Malformed
from stockgroups.readers.lists.labels import choose_columns, field_of, fold_label
from stockgroups.readers.tables import check_count, doubt_headers, is_blank, refuse_cut
from stockgroups.readers.values.columns import start_column
from stockgroups.readers.values.identifiers import part_sedols
from stockgroups.readers.values.numbers import NULLS
from stockgroups.readers.values.texts import escape_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.readers.containers.document import Document

# The possible texts of a list; a row that is no symbol after all is rejected later.
_SYMBOL = re.compile(
    r"(?=.*[A-Za-z0-9])[A-Za-z0-9.:&/$^+=*_-]{1,15}(?: [A-Za-z]{1,3})?|CASH_[A-Z]{3}|[A-Z]{3}_CASH",
    re.ASCII | re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z0-9.:&/$^+=*_-]{1,15}", re.ASCII)
_NUMBER = re.compile(r"[-+$(]?[0-9][0-9.,eE+-]*[%)]*|nan|inf", re.ASCII | re.IGNORECASE)
_PERCENT_WORDS = frozenset({"%", "pct", "percent", "percentage"})
_IDENTIFIERS = frozenset({Field.CUSIP, Field.ISIN, Field.SEDOL, Field.FIGI})
_OF_FUNDS = frozenset({Field.WEIGHT, Field.MARKET_VALUE, Field.SHARES})
_FEW = 2
"""Columns of a list so narrow that a row of one cell is a symbol without a weight."""

_LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True)
class ListHeader:
    """The columns of a list.

    `position` is the header's place among the document's rows; -1 if there is none. `labels` are
    all labels as printed, `unknown` the unknown ones among them.
    """

    position: int
    columns: Mapping[Field, int]
    labels: tuple[str, ...]
    unknown: tuple[str, ...] = ()

    @property
    def is_percent(self) -> bool:
        """Whether the label of the weights says that they are percents."""
        index = self.columns.get(Field.WEIGHT)
        if index is None or index >= len(self.labels):
            return False
        return not _PERCENT_WORDS.isdisjoint(fold_label(self.labels[index]).split())


def find_list_header(document: Document) -> ListHeader | None:
    """Return the columns of a document that is a list, or None.

    The header is the first row that names a column of symbols; else the first whose labels are all
    known, with identifiers beside other fields that a fund has of a stock.
    """
    filled = [(at, cells) for at, (_, cells) in enumerate(document.head) if not is_blank(cells)]
    for position, cells in filled:
        labels = tuple(_strip(cells))
        # `date,tickers` is a history: each of its cells holds many.
        plain = [label for label in labels if len(labels) == 1 or fold_label(label)[-1:] != "s"]
        if any(field_of(label) is Field.TICKER for label in plain):
            columns, unknown = choose_columns(labels)
            return ListHeader(position, columns, labels, unknown)
    for position, cells in filled:
        labels = tuple(_strip(cells))
        columns, unknown = choose_columns(labels)
        if not unknown and _IDENTIFIERS & columns.keys() and _OF_FUNDS & columns.keys():
            return ListHeader(position, columns, labels)
    rows = [_strip(cells) for _, cells in filled]
    if not rows or not all(map(_is_entry, rows)):
        return None
    has_weights = any(len(row) == _FEW for row in rows)
    columns = {Field.TICKER: 0, Field.WEIGHT: 1} if has_weights else {Field.TICKER: 0}
    return ListHeader(-1, columns, ())


def read_list(document: Document, header: ListHeader) -> FileColumns:
    """Return the columns of a list. Rows of more cells than the header are malformed.

    So are rows of fewer cells, except in lists of two columns. Raise TruncatedFileError if the last
    row is malformed, because the file was cut, and EmptyFileError for a list without symbols.
    Remarks under the table, in one cell each, are left out.
    """
    width = len(header.labels) or max(header.columns.values()) + 1
    gathered = {field: start_column(field) for field in header.columns}
    lines = array("L")
    malformed: list[Malformed] = []
    remarks: list[tuple[int, list[str]]] = []
    again: list[int] = []
    skipped = header.position + 1
    for numbers, rows in document.batches():
        fitting: list[list[str]] = []
        for line, printed in zip(numbers, rows, strict=True):
            skipped -= 1
            row = _strip(printed)
            if skipped >= 0 or not row:
                continue
            if header.labels and row[0] == header.labels[0] and tuple(row) == header.labels:
                again.append(line)
                continue
            if width > _FEW and len(row) == 1 and not _WORD.fullmatch(row[0]):
                remarks.append((line, row))
                continue
            malformed += [_malformed(at, cells, width) for at, cells in remarks]
            remarks.clear()
            if len(row) > width or (width > _FEW and len(printed) < width):
                malformed.append(_malformed(line, row, width, cut=len(row) < width))
                continue
            lines.append(line)
            fitting.append(row + [""] * (width - len(row)))
        if fitting:
            cells = list(zip(*fitting, strict=True))
            for field, index in header.columns.items():
                gathered[field].extend(cells[index])
        check_count(len(lines) + len(malformed), document)
    if header.labels and width == _FEW and _is_torn(document):
        raise TruncatedFileError(
            "the file ends inside its last row",
            where=f"{document.file_name}, line {lines[-1]}",
            remedy="download the file again, or complete that line",
        )
    refuse_cut(document, lines, malformed)
    if not lines:
        raise EmptyFileError("the list holds no symbols", where=document.file_name)
    columns: dict[Field, Sequence[str]] = {
        field: column.finish() for field, column in gathered.items()
    }
    columns.setdefault(Field.TICKER, [""] * len(lines))
    columns, _ = part_sedols(columns)
    return FileColumns(
        lines=lines,
        columns=columns,
        percent=header.is_percent,
        typed=True,
        malformed=tuple(malformed),
        unknown_columns=header.unknown,
        suspicions=doubt_headers(again),
    )


def _is_torn(document: Document) -> bool:
    """Return whether the file ends, without a line end, in a row of a symbol alone."""
    last = document.last_row()
    return document.ends_inside_a_line and len(last) == 1 and bool(_WORD.fullmatch(last[0].strip()))


def _malformed(line: int, row: list[str], width: int, *, cut: bool = False) -> Malformed:
    reason = f"{len(row)} columns in a list of {width}"
    return Malformed(line, reason, escape_text(",".join(row), _LONGEST_QUOTE), cut)


def _strip(cells: list[str]) -> list[str]:
    """Return the row's cells without the blank ones that spreadsheets pad it with."""
    stripped = [cell.strip() for cell in cells]
    while stripped and not stripped[-1]:
        stripped.pop()
    return stripped


def _is_entry(row: list[str]) -> bool:
    """Return whether a row looks like a symbol, or a symbol and a number."""
    if len(row) > _FEW or not (row[0] in NULLS or _SYMBOL.fullmatch(row[0])):
        return False
    return len(row) == 1 or row[1] in NULLS or _NUMBER.fullmatch(row[1]) is not None
