"""The CSV of Vanguard's site for advisers for a fund ("Holdings details").

The fund's name is above three sections, each with a title, a date and a header of its own: the
stocks, the bonds, the short-term reserves. The first column is empty, footnotes follow. Weights
under 0.01 % are printed as `<0.01%`; the market values beside them are exact. The column SECTOR, or
SUB-INDUSTRY, holds industries of GICS, each of which belongs to one sector.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from stockgroups.catalog.catalog import fold_label
from stockgroups.errors import EmptyFileError, TruncatedFileError, UnsupportedFileError
from stockgroups.readers.format import Field, FileColumns, Format, Malformed
from stockgroups.readers.holdings.origins import HOME
from stockgroups.readers.tables import (
    check_count,
    doubt_headers,
    find_cut,
    is_blank,
    make_malformed,
)
from stockgroups.readers.values.columns import Gathering, start_column
from stockgroups.readers.values.texts import escape_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stockgroups.readers.containers.csv_text import Batch
    from stockgroups.readers.containers.document import Document

_FIRST_LINE = "Holdings details"
_STOCKS = "Equity"
_AS_OF = "as of "
_WEIGHT = "% OF FUNDS"
_RECEIPT = "SECURITYDEPOSITORYRECEIPTTYPE"
_REQUIRED = frozenset({"SEDOL", "HOLDINGS", "TICKER", _WEIGHT})
_FOLDED = frozenset(map(fold_label, _REQUIRED))
_FIELDS = {
    "SEDOL": Field.SEDOL,
    "HOLDINGS": Field.NAME,
    "TICKER": Field.TICKER,
    _WEIGHT: Field.WEIGHT,
    "SECTOR": Field.INDUSTRY,
    "SUB-INDUSTRY": Field.INDUSTRY,
    "COUNTRY": Field.COUNTRY,
    "MARKET VALUE": Field.MARKET_VALUE,
    "SHARES": Field.SHARES,
}
_IGNORED = (_RECEIPT, "FACEAMOUNT", "COUPONYIELD", "MATURITY DATE")
_NAME = re.compile(r".*\(([A-Z]{1,6})\)")
_WIDEST_REMARK = 2
"""Cells of a line that belongs to no table: a title and its date."""

_Columns = dict[str, Gathering]


@dataclass(frozen=True, slots=True)
class _Section:
    """One of the file's tables, and the title above it."""

    title: str
    as_of: str | None
    header: list[str]
    labels: tuple[str, ...]
    indexes: dict[str, int]
    columns: _Columns
    """Those that are used, by their labels, through all of the file's tables."""

    lines: list[int] = field(default_factory=list)
    malformed: list[Malformed] = field(default_factory=list)

    def fits(self, cells: list[str]) -> bool:
        """Return whether a row looks as nearly every one does: of the header's width, filled."""
        return len(cells) == len(self.labels) and bool(cells[-1]) and cells != self.header

    def extend(self, lines: Sequence[int], rows: Sequence[list[str]]) -> None:
        """Keep the used cells of rows of the header's width; blanks for missing columns."""
        cells = list(zip(*rows, strict=True))
        self.lines.extend(lines)
        for label, column in self.columns.items():
            column.extend(cells[self.indexes[label]] if label in self.indexes else [""] * len(rows))

    def add(self, line: int, cells: list[str]) -> None:
        """Add a row; it may have blank cells beyond the header's width."""
        width = len(self.labels)
        if len(cells) >= width and is_blank(cells[width:]):
            self.extend([line], [cells[:width]])
            return
        self.malformed.append(make_malformed(line, cells, width))


def _recognise(document: Document) -> Callable[[], FileColumns] | None:
    is_holdings = _has_preamble(document) or (
        # Most files of other issuers lack the labels, which is quicker to see.
        {label.rstrip("*") for label in document.labels} >= _FOLDED
        and any(_labels(cells) for _, cells in document.head)
    )
    return partial(_read, document) if is_holdings else None


def _read(document: Document) -> FileColumns:
    gathered: _Columns = {label: start_column(field) for label, field in _FIELDS.items()}
    gathered[_RECEIPT] = Gathering()
    again: list[int] = []
    sections = _read_sections(document, gathered, again)
    if not any(section.title == _STOCKS for section in sections):
        _refuse_other_columns(document)
    if not any(section.lines for section in sections):
        raise EmptyFileError(
            "the file of a Vanguard fund without holdings",
            where=document.file_name,
            remedy="download it again",
        )
    columns = {
        meaning: gathered[label].finish()
        for label, meaning in _FIELDS.items()
        if any(label in section.labels for section in sections)
    }
    columns[Field.ASSET_CLASS] = [s.title for s in sections for _ in s.lines]
    columns[Field.WEIGHT] = ["" if cell.startswith("<") else cell for cell in columns[Field.WEIGHT]]
    if Field.INDUSTRY in columns:
        columns[Field.SECTOR] = columns[Field.INDUSTRY]
    columns[Field.LISTING] = _listings(gathered["COUNTRY"].finish(), gathered[_RECEIPT].finish())
    name = _fund_name(document)
    ticker = _NAME.fullmatch(name) if name else None
    labels = dict.fromkeys(label for section in sections for label in section.labels)
    return FileColumns(
        lines=[line for section in sections for line in section.lines],
        columns=columns,
        fund_ticker=ticker[1] if ticker else None,
        fund_name=name,
        as_of=next((section.as_of for section in sections if section.as_of), None),
        month_first=True,
        percent=True,
        omits_cash=not _has_preamble(document),  # then one table was taken out of the three
        malformed=tuple(row for section in sections for row in section.malformed),
        unknown_columns=tuple(
            label for label in labels if label and label not in _FIELDS and label not in _IGNORED
        ),
        suspicions=doubt_headers(again),
    )


def _refuse_other_columns(document: Document) -> None:
    """Raise UnsupportedFileError if a title announces stocks under an unknown header."""
    rows = (cells for _, cells in document.head if not is_blank(cells))
    if any(cells[0].strip() == _STOCKS for cells in rows):
        shown = ", ".join(filter(None, map(str.strip, next(rows, []))))
        raise UnsupportedFileError(
            f"the table of stocks has unknown columns: {escape_text(shown, 300)}",
            where=document.file_name,
            remedy="docs/formats.md describes how to report it",
        )


def _read_sections(document: Document, columns: _Columns, again: list[int]) -> list[_Section]:
    """Return the tables; a blank line, a footnote or a title ends each.

    The lines on which a table of the same title begins again are appended to `again`. Raise
    TruncatedFileError if nothing follows the stocks, if the last row is too short, or if rows lie
    above a table's header or after its end.
    """
    sections: list[_Section] = []
    title, as_of = "", None
    last: _Section | None = None  # the table that no text has followed yet
    above: int | None = None  # the line of a row that no header stands over
    ended = True
    for lines, rows in _bounded_batches(document):
        end = 0
        for at, cells in enumerate(rows):
            if at < end:
                continue
            if last is not None and not ended and last.fits(cells):  # and those after it
                end = next((n for n in range(at, len(rows)) if not last.fits(rows[n])), len(rows))
                last.extend(lines[at:end], rows[at:end])
                continue
            filled = [text for cell in cells if (text := cell.strip())]
            if not filled:
                ended = True
            elif len(filled) == 2 and filled[1].startswith(_AS_OF):
                title, as_of, last = filled[0], filled[1].removeprefix(_AS_OF), None
                above = None
            elif labels := _labels(cells):
                if above is not None:
                    raise TruncatedFileError(
                        "a row of a table is above its header",
                        where=f"{document.file_name}, line {above}",
                        remedy="download the file again",
                    )
                if any(section.title == title for section in sections):
                    again.append(lines[at])
                last, ended = (
                    _Section(title, as_of, cells, labels, _indexes(labels), columns),
                    False,
                )
                sections.append(last)
            elif last is not None and not ended and filled != [cells[0].strip()]:
                last.add(lines[at], cells)
            elif sections and ended and sections[-1].fits(cells):
                raise TruncatedFileError(
                    "rows follow the end of a table, after a blank line or a note",
                    where=f"{document.file_name}, line {lines[at]}",
                    remedy="remove that line, or download the file again",
                )
            else:
                above = lines[at] if last is None and len(filled) > _WIDEST_REMARK else None
                last, ended = None, True
    if last is not None and (last.title == _STOCKS or find_cut(last.lines, last.malformed)):
        raise TruncatedFileError(
            f"the file ends inside or after its table {last.title!r}",
            where=document.file_name,
            remedy="download it again",
        )
    return sections


def _bounded_batches(document: Document) -> Iterator[Batch]:
    total = 0
    for lines, rows in document.batches():
        total += len(rows)
        check_count(total, document)
        yield lines, rows


def _indexes(labels: tuple[str, ...]) -> dict[str, int]:
    """Return the positions of the labels that are used; of equal labels the first."""
    used = (*_FIELDS, _RECEIPT)
    return {label: labels.index(label) for label in labels if label in used}


def _labels(cells: list[str]) -> tuple[str, ...]:
    """Return a header's labels in capitals, without the asterisks of its footnotes, or none."""
    labels = [" ".join(cell.split()).rstrip("*").upper() for cell in cells]
    if not _REQUIRED.issubset(labels):
        return ()
    while not labels[-1]:
        labels.pop()
    return tuple(labels)


def _listings(countries: Sequence[str], receipts: Sequence[str]) -> list[str]:
    """Return the code of every line's market: of a stock, if its country or an ADR gives it.

    Any other line is identified by its SEDOL: `ROP` is Roche there.
    """
    return [
        HOME if country == HOME or receipt == "ADR" else ""
        for country, receipt in zip(countries, receipts, strict=True)
    ]


def _has_preamble(document: Document) -> bool:
    first = document.head[0][1] if document.head else []
    return bool(first) and first[0].strip() == _FIRST_LINE


def _fund_name(document: Document) -> str | None:
    """Return the text alone on a line after the first: `Total Stock Market ETF (VTI)`."""
    if not _has_preamble(document):
        return None
    rows = ([cell for cell in cells if cell.strip()] for _, cells in document.head[1:])
    first = next((filled for filled in rows if filled), [])
    return first[0].strip() if len(first) == 1 else None


FORMAT = Format(
    "vanguard_csv",
    2,
    "Vanguard",
    _recognise,
    labels=(tuple(_REQUIRED),),
    containers="CSV",
    fund_from="second line of text",
    date_from="as of",
    last_seen="2025-09-30",
)
