"""XLSX workbooks as rows of text.

What a workbook declares is checked before it is unpacked: a small file can unpack to anything, and
one cell in the last corner of a worksheet makes a reader allocate the whole rectangle.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from stockgroups.errors import (
    EmptyFileError,
    OversizedFileError,
    TruncatedFileError,
    UnrecognisedFileError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_UNPACKED_BYTES = 128 * 1024 * 1024
MAX_MEMBERS = 1_000
MAX_TEXT_BYTES = 1024 * 1024 * 1024
"""Of all cells, if each held the longest shared text: a workbook stores a text once, for any number
of cells, but a reader makes as many copies. State Street's, with 7 KB of legal text, has 30 MB."""

MAX_CELLS = 8_000_000
"""Of one worksheet's rectangle, empty cells included: 400,000 rows of 20 columns."""

# What zipfile raises over archives that are cut, damaged, encrypted or packed in unknown ways.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ValueError,
    EOFError,
    NotImplementedError,
    RuntimeError,
)
_ZIP = b"PK\x03\x04"
_WORKBOOK = "xl/workbook.xml"
_CELL = re.compile(rb"""r\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
_STRING_END = re.compile(rb"</(?:\w+:)?si\s*>")


def is_zip(data: bytes) -> bool:
    """Tell whether the bytes begin as a zip archive does, of which a workbook is one."""
    return data.startswith(_ZIP)


def read_workbook(data: bytes, file_name: str) -> list[list[str]]:
    """Return the rows of the first worksheet that holds a table; row 1 is the first element.

    Numbers become text without loss, dates ISO. Raise TruncatedFileError for a broken archive,
    OversizedFileError beyond the limits, UnrecognisedFileError for another kind of archive, and
    EmptyFileError when no worksheet holds a table.
    """
    _check_archive(data, file_name)
    # The import costs 4 ms that only workbooks need to pay.
    import python_calamine  # noqa: PLC0415

    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            rows = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
            if holds_table(rows):
                return rows
    except python_calamine.CalamineError as error:
        raise UnrecognisedFileError(
            f"no readable Excel workbook: {error}", where=file_name
        ) from error
    raise EmptyFileError("no worksheet holds a table", where=file_name, remedy="download it again")


def holds_table(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether at least two rows of a worksheet have more than one cell with text."""
    tabular = 0
    for row in rows:
        tabular += sum(1 for cell in row if cell.strip()) > 1
        if tabular > 1:
            return True
    return False


def _check_archive(data: bytes, file_name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            unpacked = sum(member.file_size for member in members)
            if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED_BYTES:
                raise OversizedFileError(
                    f"it unpacks to {unpacked:,} bytes in {len(members):,} parts", where=file_name
                )
            if _WORKBOOK not in archive.namelist():
                raise UnrecognisedFileError(
                    "a zip archive that is no Excel workbook",
                    where=file_name,
                    remedy="unpack it first",
                )
            # Of no part more is read than it declares: a false size fails its checksum.
            _check_parts((archive.read(member) for member in members), file_name)
    except _DAMAGE as error:
        raise TruncatedFileError(
            f"the workbook is cut or damaged: {error}",
            where=file_name,
            remedy="download it again",
        ) from error


def _check_parts(parts: Iterable[bytes], file_name: str) -> None:
    """Bound what a reader would allocate, by what the parts say, whatever their names."""
    cells = longest = 0
    for part in parts:
        if b"sheetData" in part:
            _check_rectangle(part, file_name)
            cells += part.count(b"</") // 2  # a cell with a text closes itself and its value
        elif b"sst" in part:
            longest = max(longest, *map(len, _STRING_END.split(part)))
    if cells * longest > MAX_TEXT_BYTES:
        raise OversizedFileError(
            f"{cells:,} cells that may each hold {longest:,} characters", where=file_name
        )


def _check_rectangle(worksheet: bytes, file_name: str) -> None:
    height = 0
    columns: set[bytes] = set()
    for cell in _CELL.finditer(worksheet):
        columns.add(cell[1].upper())
        height = max(height, int(cell[2]))
    width = max(map(_column, columns), default=0)
    if width * height > MAX_CELLS:
        raise OversizedFileError(
            f"a worksheet of {height:,} rows and {width:,} columns", where=file_name
        )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    return str(cell)  # int, date, time and duration
