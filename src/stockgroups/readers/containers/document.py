"""A file as rows of text, whatever its container: bounded, decoded once, read once.

Formats are recognised on these rows, so a workbook that was saved as CSV still has its issuer's
format.
"""

from __future__ import annotations

import codecs
import csv
import html
import io
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.catalog.catalog import fold_label
from stockgroups.errors import (
    EmptyFileError,
    OversizedFileError,
    TruncatedFileError,
    UnrecognisedFileError,
)
from stockgroups.readers.containers.biff import is_biff, read_biff
from stockgroups.readers.containers.delimiters import find_delimiter
from stockgroups.readers.containers.spreadsheetml import is_spreadsheetml, read_spreadsheetml
from stockgroups.readers.containers.twice_encoded import decode_once
from stockgroups.readers.containers.workbook import is_zip, read_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Some 400,000 rows; the largest files that issuers publish as CSV have 20,000."""

MAX_COLUMNS = 200
LONGEST_LINE = 64 * 1024
"""Bytes: 200 columns of 300 each. Every cell becomes an object, of a size of fifty bytes even where
it holds two: this bounds what a batch of rows can take."""

HEAD_ROWS = 60
"""The rows in which a header must stand; issuers' preambles have at most 12."""

HTML = "an HTML page"

# Small enough that a batch stays in the processor's cache: a third faster than one of 2,000.
_BATCH_ROWS = 200
_CUT = ("damaged text in UTF-16", "download it again")
_MAGIC = {
    codecs.BOM_UTF16_LE: _CUT,
    codecs.BOM_UTF16_BE: _CUT,
    b"%PDF": ("a PDF", "download the holdings as CSV or XLSX"),
} | dict.fromkeys(
    (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd"),
    ("a packed file", "unpack it first"),
)
"""The first bytes of files that are not text, with the kind of file and what to do."""
_BINARY = ("binary data, neither plain text nor a workbook", "save it as CSV UTF-8 or as XLSX")
_START_BYTES = 4000
_START_OF_UTF16 = 40
_SAMPLE_BYTES = 16 * 1024  # a hundred rows, which are enough to find the delimiter
_DECLARED_DELIMITER = re.compile(rb'"?sep=([!-/:-@|\t])"?\r?\n', re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,6}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")
_FORMULA_OF_TEXT = re.compile(r'^="([^"]*)"\s*$')
"""How programs write CSV so that a spreadsheet keeps a cell as text: `="00123"`."""
_CONTROL_BYTES = bytes(set(range(0x20)) - set(b"\t\n\r")) + b"\x7f"

Row = tuple[int, list[str]]
"""The number of the line on which a record ends (of a worksheet: the row's), and its cells."""


Batch = tuple[Sequence[int], list[list[str]]]
"""Rows that follow one another: their numbers, and in parallel their cells."""


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
    _text: _Text | None = field(default=None, repr=False)
    _cells: list[list[str]] | None = field(default=None, repr=False)
    folded: tuple[tuple[str, ...], ...] = field(init=False, repr=False)
    """The rows of `head` in the form for comparing labels, computed once for all formats."""

    def __post_init__(self) -> None:
        folded = tuple(tuple(map(fold_label, cells)) for _, cells in self.head)
        object.__setattr__(self, "folded", folded)

    def batches(self) -> Iterator[Batch]:
        """Iterate over all rows from the first, some hundred at a time.

        Raise TruncatedFileError for text that ends inside a quoted field or is not CSV, and
        OversizedFileError for a row of too many columns.
        """
        if self._cells is not None:
            return _sheet_batches(self._cells)
        if self._text is None or self.markup:
            return iter(())
        return _csv_batches(self._text, self.file_name)

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
        if self._text is None:
            return []
        last = self._text.data.rstrip().rpartition(b"\n")[2][-LONGEST_LINE:]
        line = last.decode(self._text.encoding, errors="replace")
        cells = csv.reader([line], delimiter=self._text.delimiter, skipinitialspace=True)
        return next(cells, [])

    def text(self) -> str:
        """Return the whole text of a file that is not a table; empty for a workbook."""
        if self._text is None:
            return ""
        return self._text.data.decode(self._text.encoding, errors="replace")

    def rows(self, *, below: int = 0) -> Iterator[Row]:
        """Iterate over the rows below a line, one at a time. Raises the errors of `batches`.

        For a text, the part above is not read again: the line must be the last of a record.
        """
        document = self
        if self._text is not None and below > self._text.skipped:
            above = below - self._text.skipped
            rest = self._text.data.split(b"\n", above)[above:]
            text = self._text._replace(data=b"".join(rest), skipped=below)
            document = replace(self, _text=text)
        for lines, rows in document.batches():
            yield from (row for row in zip(lines, rows, strict=True) if row[0] > below)


class _Text(NamedTuple):
    """A text file's bytes without byte-order marks. It is decoded while it is read, to save memory.

    `skipped` counts the lines before the data.
    """

    data: bytes
    encoding: str
    delimiter: str = ","
    skipped: int = 0


def open_document(data: bytes, file_name: str) -> Document:
    """Return the file's bytes as rows of text.

    Raise EmptyFileError for no content, OversizedFileError beyond the limits, TruncatedFileError
    for a workbook that is cut and a CSV that ends inside quotes, UnrecognisedFileError for a file
    that is neither text nor a workbook.
    """
    if len(data) > MAX_FILE_BYTES:
        raise OversizedFileError(
            f"more than {MAX_FILE_BYTES:,} bytes, more than any holdings file has", where=file_name
        )
    if is_zip(data):
        return sheet_document(read_workbook(data, file_name), file_name)
    if is_biff(data):
        return sheet_document(read_biff(data, file_name), file_name)
    text = _strip_declared_delimiter(_check_text(data, file_name))
    start = text.data[:_START_BYTES].decode(text.encoding, errors="replace")
    if is_spreadsheetml(start):
        whole = text.data.decode(text.encoding, errors="replace")
        return sheet_document(read_spreadsheetml(whole, file_name), file_name)
    markup = name_markup(start)
    if markup:
        return Document(file_name, (), markup, start, _text=text)
    _check_lines(text.data, file_name)
    if not text.skipped:
        text = text._replace(delimiter=_delimiter(text))
    batch = next(_csv_batches(text, file_name), None)
    if batch is None or not any(cell.strip() for row in batch[1] for cell in row):
        raise EmptyFileError("the file is empty", where=file_name, remedy="download it again")
    head = tuple(zip(*batch, strict=True))[:HEAD_ROWS]
    return Document(file_name, head, start=start, _text=text)


def sheet_document(cells: list[list[str]], file_name: str) -> Document:
    """Return rows of cells as a document."""
    if any("&" in (line := "\n".join(row)) and _ENTITY.search(line) for row in cells):
        cells = _unescape(cells)
    head = tuple(enumerate(cells[:HEAD_ROWS], start=1))
    return Document(file_name, head, _cells=cells)


def _check_text(data: bytes, file_name: str) -> _Text:
    data = _from_utf16(data).removesuffix(b"\x1a")  # the end of a file, as DOS marked it
    if len(data.translate(None, _CONTROL_BYTES)) != len(data):
        kinds = (kind for magic, kind in _MAGIC.items() if data.startswith(magic))
        words, remedy = next(kinds, _BINARY)
        raise UnrecognisedFileError(words, where=file_name, remedy=remedy)
    while data.startswith(codecs.BOM_UTF8):  # files that were saved twice have two
        data = data[len(codecs.BOM_UTF8) :]
    data = _with_line_feeds(data)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _Text(data, "cp1252")  # how spreadsheets on Windows save CSV
    return _Text(decode_once(data), "utf-8")


def _with_line_feeds(data: bytes) -> bytes:
    r"""Return the text with a line feed at every line end.

    A bare carriage return ends a line too, as old Macs wrote it, and so does `\r\r\n`, which a
    program on Windows makes of `\r\n` when it translates line ends a second time.
    """
    if b"\r" not in data:
        return data
    pairs = data.count(b"\r\n")
    if data.count(b"\r") == pairs:
        return data
    if data.count(b"\r\r\n") == pairs:
        data = data.replace(b"\r\r\n", b"\n")
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _from_utf16(data: bytes) -> bytes:
    """Return UTF-16 text, such as Excel's "Unicode text", in UTF-8; any other text unchanged.

    UTF-16 has a mark, or every other of its first bytes is zero.
    """
    start = data[:_START_OF_UTF16]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif len(start) == _START_OF_UTF16 and not any(start[1::2]):
        encoding = "utf-16-le"
    elif len(start) == _START_OF_UTF16 and not any(start[::2]):
        encoding = "utf-16-be"
    else:
        return data
    try:
        return data.decode(encoding).encode()
    except UnicodeDecodeError:
        return data  # its control characters refuse it


def _strip_declared_delimiter(text: _Text) -> _Text:
    """Remove the first line if it is `sep=;`, which tells Excel the delimiter."""
    match = _DECLARED_DELIMITER.match(text.data)
    if match is None:
        return text
    return text._replace(data=text.data[match.end() :], delimiter=match[1].decode(), skipped=1)


def _delimiter(text: _Text) -> str:
    sample = text.data[:_SAMPLE_BYTES]
    whole = sample if len(sample) == len(text.data) else sample[: sample.rfind(b"\n") + 1] or sample
    return find_delimiter(whole.decode(text.encoding, errors="replace"))


def name_markup(start: str) -> str | None:
    """Return, in words, what a text is by its start, if it is certainly not a table; else None."""
    folded = start.lstrip().casefold()
    if folded.startswith(("{", "[")):
        return "JSON around an HTML error page" if "<html" in folded else "JSON"
    if not folded.startswith("<"):
        return None
    return HTML if "<html" in folded or "<!doctype html" in folded else "XML"


def _check_lines(data: bytes, file_name: str) -> None:
    start = 0
    while len(data) - start > LONGEST_LINE:
        end = start + LONGEST_LINE
        after = 1 + data.rfind(b"\n", start, end)
        if not after:
            raise OversizedFileError(
                f"a line of more than {LONGEST_LINE:,} bytes, which no holdings table has",
                where=file_name,
            )
        start = after


def _csv_batches(text: _Text, file_name: str) -> Iterator[Batch]:
    reader = csv.reader(
        io.TextIOWrapper(
            io.BytesIO(text.data), encoding=text.encoding, errors="replace", newline=""
        ),
        delimiter=text.delimiter,
        skipinitialspace=True,  # `AAPL, "Apple, Inc."`
    )
    before = text.skipped
    is_escaped = b"&" in text.data and re.search(_ENTITY.pattern.encode(), text.data) is not None
    has_formulas = b'="' in text.data
    try:
        while rows := list(itertools.islice(reader, _BATCH_ROWS)):
            widest = max(map(len, rows))
            if widest > MAX_COLUMNS:
                raise OversizedFileError(
                    f"{widest} columns; no holdings table has more than {MAX_COLUMNS}",
                    where=f"{file_name}, near line {text.skipped + reader.line_num}",
                )
            last = text.skipped + reader.line_num
            lines = _line_numbers(before, last, rows)
            if has_formulas:
                rows = [[_FORMULA_OF_TEXT.sub(r"\1", cell) for cell in row] for row in rows]
            yield lines, _unescape(rows) if is_escaped else rows
            before = last
    except csv.Error as error:
        raise TruncatedFileError(
            f"the CSV cannot be read: {error}",
            where=f"{file_name}, near line {text.skipped + reader.line_num}",
            remedy="a quote may be unclosed; download the file again",
        ) from error
    if text.data.count(b'"') % 2:
        raise TruncatedFileError(
            "the file ends inside a quoted field",
            where=f"{file_name}, line {text.skipped + reader.line_num}",
            remedy="download it again",
        )


def _unescape(rows: list[list[str]]) -> list[list[str]]:
    """Return the rows with HTML's character references replaced: `AT&amp;T`."""
    return [
        [_ENTITY.sub(lambda found: html.unescape(found[0]), c) if "&" in c else c for c in row]
        for row in rows
    ]


def _line_numbers(before: int, last: int, rows: list[list[str]]) -> Sequence[int]:
    """Return the line numbers on which the rows end."""
    if last - before == len(rows):
        return range(before + 1, last + 1)
    numbers: list[int] = []
    for row in rows:  # records that run over several lines, as issuers' legal text does
        breaks = sum(cell.count("\n") for cell in row)
        before += 1 + breaks
        numbers.append(before)
    return numbers


def _sheet_batches(cells: list[list[str]]) -> Iterator[Batch]:
    for start in range(0, len(cells), _BATCH_ROWS):
        rows = cells[start : start + _BATCH_ROWS]
        yield range(start + 1, start + 1 + len(rows)), rows
