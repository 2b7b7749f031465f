"""A file as rows of text, whatever its container: bounded, decoded once, read once.

Formats are recognised on these rows, so a workbook that was saved as CSV still has its issuer's
format.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

from stockgroups.catalog.catalog import fold_label
from stockgroups.errors import EmptyFileError, OversizedFileError
from stockgroups.readers.containers.biff import is_biff, read_biff
from stockgroups.readers.containers.csv_text import (
    BATCH_ROWS,
    decode_text,
    is_escaped,
    unescape,
)
from stockgroups.readers.containers.files import read_file
from stockgroups.readers.containers.sheets import Choice
from stockgroups.readers.containers.spreadsheetml import is_spreadsheetml, read_spreadsheetml
from stockgroups.readers.containers.workbook import is_zip, read_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from stockgroups.readers.containers.csv_text import Batch, CsvText

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Some 400,000 rows; the largest files that issuers publish as CSV have 20,000."""

HEAD_ROWS = 60
"""The rows in which a header must stand; issuers' preambles have at most 12."""

HTML = "an HTML page"

_START_BYTES = 4000

Row = tuple[int, list[str]]
"""The number of the line on which a record ends (of a worksheet: the row's), and its cells."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file's rows. `head` holds the first of them; `batches` and `rows` iterate over all.

    `markup` names the kind of a file that is not a table ("an HTML page"); it has no rows then.
    `start` is the beginning of a text file, some thousand characters.
    """

    file_name: str
    head: tuple[Row, ...]
    markup: str | None = None
    start: str = field(default="", repr=False)
    _text: CsvText | None = field(default=None, repr=False)
    _cells: list[list[str]] | None = field(default=None, repr=False)
    folded: tuple[tuple[str, ...], ...] = field(init=False, repr=False)
    """The rows of `head` in the form for comparing labels, computed once for all formats."""
    labels: frozenset[str] = field(init=False, repr=False)
    """All cells of `folded`: a format whose labels are not among them need not look for its row."""

    def __post_init__(self) -> None:
        folded = tuple(tuple(map(fold_label, cells)) for _, cells in self.head)
        object.__setattr__(self, "folded", folded)
        object.__setattr__(self, "labels", frozenset(chain.from_iterable(folded)))

    def batches(self) -> Iterator[Batch]:
        """Iterate over all rows from the first, some hundred at a time.

        Raise TruncatedFileError for text that ends inside a quoted field or is not CSV, and
        OversizedFileError for a row of too many columns.
        """
        if self._cells is not None:
            return _sheet_batches(self._cells)
        if self._text is None or self.markup:
            return iter(())
        return self._text.batches(self.file_name)

    @property
    def is_text(self) -> bool:
        """Whether the file is text, and not a workbook."""
        return self._text is not None

    @property
    def ends_inside_a_line(self) -> bool:
        """Whether a text's last line has no line end: the file was cut, or lacks it anyway."""
        return self._text is not None and not self._text.data.endswith((b"\n", b"\r"))

    def last_row(self) -> list[str]:
        """Return the cells of the last line that is not blank; the record may begin before it."""
        if self._cells is not None:
            return next((row for row in reversed(self._cells) if any(map(str.strip, row))), [])
        return [] if self._text is None else self._text.last_row()

    def text(self) -> str:
        """Return the whole text of a file that is not a table; empty for a workbook."""
        return "" if self._text is None else self._text.decode()

    def rows(self, *, below: int = 0) -> Iterator[Row]:
        """Iterate over the rows below a line, one at a time. Raises the errors of `batches`.

        For a text, the part above is not read again: the line must be the last of a record.
        """
        document = self
        if self._text is not None:
            document = replace(self, _text=self._text.below(below))
        for lines, rows in document.batches():
            yield from (row for row in zip(lines, rows, strict=True) if row[0] > below)


def read_document(source: Path | bytes, file_name: str) -> tuple[Document, bytes]:
    """Return a file, given by its path or its bytes, as rows of text, and its bytes.

    Raises the errors of `open_file` and `open_document`.
    """
    data = source if isinstance(source, bytes) else read_file(source, MAX_FILE_BYTES, file_name)
    return open_document(data, file_name), data


def open_document(
    data: bytes, file_name: str, is_known: Callable[[Document], bool] | None = None
) -> Document:
    """Return the file's bytes as rows of text.

    Of the worksheets of a workbook, the first that `is_known` is read, else the first with a table.
    Raise EmptyFileError for no content, OversizedFileError beyond the limits, TruncatedFileError
    for a workbook that is cut and a CSV that ends inside quotes, UnrecognisedFileError for a file
    that is neither text nor a workbook.
    """
    if len(data) > MAX_FILE_BYTES:
        raise OversizedFileError(
            f"more than {MAX_FILE_BYTES:,} bytes, more than any holdings file has", where=file_name
        )
    choice = Choice(is_known and (lambda cells: is_known(sheet_document(cells, file_name))))
    if is_zip(data):
        return sheet_document(read_workbook(data, file_name, choice), file_name)
    if is_biff(data):
        return sheet_document(read_biff(data, file_name, choice), file_name)
    text = decode_text(data, file_name)
    start = text.decode_start(_START_BYTES)
    if is_spreadsheetml(start):
        return sheet_document(read_spreadsheetml(text.decode(), file_name, choice), file_name)
    markup = name_markup(start)
    if markup:
        return Document(file_name, (), markup, start, _text=text)
    text.check_lines(file_name)
    text = text.with_delimiter()
    batch = next(text.batches(file_name), None)
    if batch is None or not any(cell.strip() for row in batch[1] for cell in row):
        raise EmptyFileError("the file is empty", where=file_name, remedy="download it again")
    head = tuple(zip(*batch, strict=True))[:HEAD_ROWS]
    return Document(file_name, head, start=start, _text=text)


def sheet_document(cells: list[list[str]], file_name: str) -> Document:
    """Return rows of cells as a document."""
    if any(is_escaped("\n".join(row)) for row in cells):
        cells = unescape(cells)
    head = tuple(enumerate(cells[:HEAD_ROWS], start=1))
    return Document(file_name, head, _cells=cells)


def name_markup(start: str) -> str | None:
    """Return, in words, what a text is by its start, if it is certainly not a table; else None."""
    folded = start.lstrip().casefold()
    if folded.startswith(("{", "[")):
        return "JSON around an HTML error page" if "<html" in folded else "JSON"
    if not folded.startswith("<"):
        return None
    signs = ("<html", "<!doctype html", "<table")
    return HTML if any(map(folded.__contains__, signs)) else "XML"


def _sheet_batches(cells: list[list[str]]) -> Iterator[Batch]:
    for start in range(0, len(cells), BATCH_ROWS):
        rows = cells[start : start + BATCH_ROWS]
        yield range(start + 1, start + 1 + len(rows)), rows
