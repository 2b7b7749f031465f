"""A text file as rows of CSV, whatever its encoding, line ends and delimiter."""

from __future__ import annotations

import codecs
import csv
import html
import io
import itertools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.errors import OversizedFileError, TruncatedFileError, UnrecognisedFileError
from stockgroups.readers.containers.delimiters import find_delimiter
from stockgroups.readers.containers.twice_encoded import decode_once

if TYPE_CHECKING:
    from _csv import Reader  # the stubs' name of what csv.reader returns
    from collections.abc import Iterator

MAX_COLUMNS = 200
LONGEST_LINE = 64 * 1024
"""Bytes: 200 columns of 300 each. Every cell becomes an object, of a size of fifty bytes even where
it holds two: this bounds what a batch of rows can take."""

BATCH_ROWS = 200
"""Small enough that a batch stays in the processor's cache: a third faster than one of 2,000."""

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
_START_OF_UTF16 = 40
_SAMPLE_BYTES = 16 * 1024  # a hundred rows, which are enough to find the delimiter
_DECLARED_DELIMITER = re.compile(rb'"?sep=([!-/:-@|\t])"?\r?\n', re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,6}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")
_FORMULA_OF_TEXT = re.compile(r'^="([^"]*)"\s*$')
"""How programs write CSV so that a spreadsheet keeps a cell as text: `="00123"`."""
_CONTROL_BYTES = bytes(set(range(0x20)) - set(b"\t\n\r")) + b"\x7f"

Batch = tuple[Sequence[int], list[list[str]]]
"""Consecutive rows: the numbers of the lines on which they end, and in parallel their cells."""


class CsvText(NamedTuple):
    """A text file's bytes without byte-order marks. It is decoded while it is read, to save memory.

    `delimiter` is None until it is looked for; `skipped` counts the lines before the data.
    """

    data: bytes
    encoding: str
    delimiter: str | None = None
    skipped: int = 0

    def decode(self) -> str:
        """Return the whole text."""
        return self.data.decode(self.encoding, errors="replace")

    def decode_start(self, length: int) -> str:
        """Return the text of the first bytes."""
        return self.data[:length].decode(self.encoding, errors="replace")

    def below(self, line: int) -> CsvText:
        """Return the text below a line, which must be the last of a record."""
        above = line - self.skipped
        if above <= 0:
            return self
        rest = self.data.split(b"\n", above)[above:]
        return self._replace(data=b"".join(rest), skipped=line)

    def with_delimiter(self) -> CsvText:
        """Return the text with its delimiter, looked for in its first rows if none is declared."""
        if self.delimiter is not None:
            return self
        sample = self.data[:_SAMPLE_BYTES]
        if len(sample) < len(self.data):
            sample = sample[: sample.rfind(b"\n") + 1] or sample
        text = sample.decode(self.encoding, errors="replace")
        return self._replace(delimiter=find_delimiter(text))

    def check_lines(self, where: str) -> None:
        """Raise OversizedFileError if a line is longer than any in a holdings table."""
        start = 0
        while len(self.data) - start > LONGEST_LINE:
            end = start + LONGEST_LINE
            after = 1 + self.data.rfind(b"\n", start, end)
            if not after:
                raise OversizedFileError(
                    f"a line of more than {LONGEST_LINE:,} bytes, which no holdings table has",
                    where=where,
                )
            start = after

    def last_row(self) -> list[str]:
        """Return the cells of the last line that is not blank; the record may begin before it."""
        last = self.data.rstrip().rpartition(b"\n")[2][-LONGEST_LINE:]
        return next(self._read(last), [])

    def batches(self, where: str) -> Iterator[Batch]:
        """Iterate over all rows, some hundred at a time.

        Raises:
            TruncatedFileError: It ends inside a quoted field, or is not CSV.
            OversizedFileError: A row has too many columns.
        """
        reader = self._read(self.data)
        before = self.skipped
        has_entities = b"&" in self.data and re.search(_ENTITY.pattern.encode(), self.data)
        has_formulas = b'="' in self.data
        try:
            while rows := list(itertools.islice(reader, BATCH_ROWS)):
                widest = max(map(len, rows))
                if widest > MAX_COLUMNS:
                    raise OversizedFileError(
                        f"{widest} columns; no holdings table has more than {MAX_COLUMNS}",
                        where=f"{where}, near line {self.skipped + reader.line_num}",
                    )
                last = self.skipped + reader.line_num
                lines = _line_numbers(before, last, rows)
                if has_formulas:
                    rows = [[_FORMULA_OF_TEXT.sub(r"\1", cell) for cell in row] for row in rows]
                yield lines, unescape(rows) if has_entities else rows
                before = last
        except csv.Error as error:
            raise TruncatedFileError(
                f"the CSV cannot be read: {error}",
                where=f"{where}, near line {self.skipped + reader.line_num}",
                remedy="a quote may be unclosed; download the file again",
            ) from error
        if self.data.count(b'"') % 2:
            raise TruncatedFileError(
                "the file ends inside a quoted field",
                where=f"{where}, line {self.skipped + reader.line_num}",
                remedy="download it again",
            )

    def _read(self, data: bytes) -> Reader:
        text = io.TextIOWrapper(
            io.BytesIO(data), encoding=self.encoding, errors="replace", newline=""
        )
        # `AAPL, "Apple, Inc."` has a blank before its quote.
        return csv.reader(text, delimiter=self.delimiter or ",", skipinitialspace=True)


def decode_text(data: bytes, where: str) -> CsvText:
    """Return the bytes as text: from UTF-8, UTF-16 or cp1252, without marks, with line feeds.

    Raise UnrecognisedFileError for bytes that are not text.
    """
    data = _from_utf16(data).removesuffix(b"\x1a")  # the end of a file, as DOS marked it
    if len(data.translate(None, _CONTROL_BYTES)) != len(data):
        kinds = (kind for magic, kind in _MAGIC.items() if data.startswith(magic))
        words, remedy = next(kinds, _BINARY)
        raise UnrecognisedFileError(words, where=where, remedy=remedy)
    while data.startswith(codecs.BOM_UTF8):  # files that were saved twice have two
        data = data[len(codecs.BOM_UTF8) :]
    data = _with_line_feeds(data)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        text = CsvText(data, "cp1252")  # how spreadsheets on Windows save CSV
    else:
        text = CsvText(decode_once(data), "utf-8")
    declared = _DECLARED_DELIMITER.match(text.data)
    if declared is None:
        return text
    # The line `sep=;` tells Excel the delimiter.
    rest = text.data[declared.end() :]
    return text._replace(data=rest, delimiter=declared[1].decode(), skipped=1)


def is_escaped(text: str) -> bool:
    """Whether a text has HTML's character references."""
    return "&" in text and _ENTITY.search(text) is not None


def unescape(rows: list[list[str]]) -> list[list[str]]:
    """Return the rows with HTML's character references replaced: `AT&amp;T`."""
    return [
        [_ENTITY.sub(lambda found: html.unescape(found[0]), c) if "&" in c else c for c in row]
        for row in rows
    ]


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
