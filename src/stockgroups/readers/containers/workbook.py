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
from typing import TYPE_CHECKING, Any

from stockgroups.errors import (
    OversizedFileError,
    StockgroupsError,
    TruncatedFileError,
    UnrecognisedFileError,
)
from stockgroups.readers.containers.sheets import Choice
from stockgroups.readers.containers.worksheets import find_percent_styles, spell_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.readers.containers.sheets import Cells

MAX_UNPACKED_BYTES = 128 * 1024 * 1024
MAX_MEMBERS = 1_000
MAX_TEXT_BYTES = 1024 * 1024 * 1024
"""Of all cells, if each held the longest shared text: a workbook stores a text once, for any number
of cells, but a reader makes as many copies. State Street's, with 7 KB of legal text, has 30 MB."""

MAX_CELLS = 8_000_000
"""Of one worksheet's rectangle, empty cells included: 400,000 rows of 20 columns."""

_LARGEST_WHOLE = 2.0**53

# The exceptions of zipfile for archives that are cut, damaged, encrypted or of an unknown method.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ValueError,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
)
_PACKINGS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""The methods that spreadsheets use; others may need any memory, and fail in their own ways."""

_ZIP = b"PK\x03\x04"
_WORKBOOK = "xl/workbook.xml"
_STYLES = "xl/styles.xml"
_OTHERS = (
    ("xl/workbook.bin", "a binary Excel workbook (.xlsb)", "save it as XLSX or CSV"),
    ("content.xml", "an OpenDocument file (.ods)", "save it as XLSX or CSV"),
    ("word/document.xml", "a Word document", "save its table as XLSX or CSV"),
)
_MACROS = "vbaproject.bin"
_REFERENCE = re.compile(rb"""(?<![\w:])r\s*=\s*["']([A-Za-z]*)([0-9]+)["']""")
_ROW_OR_CELL = re.compile(
    rb"""<(?:\w+:)?(?:(row)(?:\s+r\s*=\s*["'][0-9]+["'])?"""
    rb"""|c(?:\s+r\s*=\s*["'][A-Za-z]+[0-9]+["'])?)(?=[\s/>])"""
)
# No sheet as programs write it has such a row or cell: one that does not begin with a reference,
# has one beyond Z99999, or has a second one, which the reader would use. The most frequent tags
# come first, because they are skipped fastest.
_ODD_ROW_OR_CELL = re.compile(
    rb"""<(?!/|v>|is>|t>"""
    rb"""|(?:c|row) r="[A-Z]?[0-9]{1,5}"(?:\s(?!r\s*=)[^\s"'<>=]+="[^"<>]*+")*+\s?/?>)"""
    rb"""(?:\w+:)?(?:row|c)[\s/>]"""
)
_UNREADABLE = "an Excel workbook whose parts do not fit together"
_SAVE_AGAIN = "open it in a spreadsheet and save it as XLSX or CSV"
_LONGEST_COLUMN = 8  # of Excel's there is none beyond XFD; longer ones are cut to this
_STRING_END = re.compile(rb"</(?:\w+:)?si\s*>")


def is_zip(data: bytes) -> bool:
    """Return whether the bytes begin like a zip archive; a workbook is one."""
    return data.startswith(_ZIP)


def read_workbook(data: bytes, file_name: str, choice: Choice | None = None) -> Cells:
    """Return the rows of the chosen worksheet.

    Numbers become text without loss, dates ISO. Raise TruncatedFileError for a broken archive,
    OversizedFileError beyond the limits, UnrecognisedFileError for another kind of archive, and
    EmptyFileError if no worksheet holds a table.
    """
    # The import costs 4 ms that only workbooks need to pay.
    import python_calamine  # noqa: PLC0415

    choice = choice or Choice()
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(_unpack(data, file_name))
        cells = 0
        shown = python_calamine.SheetVisibleEnum.Visible
        for entry in sorted(workbook.sheets_metadata, key=lambda one: one.visible != shown):
            sheet = workbook.get_sheet_by_name(entry.name)
            rows = _texts(sheet.to_python(skip_empty_area=False))
            if choice.offer(rows, is_hidden=entry.visible != shown):
                break
            # Any number of sheets can name one part, so the limit is on all that was read.
            cells += sum(map(len, rows))
            _check_cells(cells, file_name)
    except python_calamine.CalamineError as error:
        raise UnrecognisedFileError(_UNREADABLE, where=file_name, remedy=_SAVE_AGAIN) from error
    except BaseException as error:
        # Where the reader, written in Rust, gives up (a date of 1e300 days), it raises what is no
        # Exception, so that nobody catches it by accident.
        if type(error).__name__ != "PanicException":
            raise
        raise UnrecognisedFileError(_UNREADABLE, where=file_name, remedy=_SAVE_AGAIN) from error
    return choice.finish(file_name)


def _check_cells(cells: int, file_name: str) -> None:
    if cells > MAX_CELLS:
        raise OversizedFileError(f"more than {MAX_CELLS:,} cells before any table", where=file_name)


def _unpack(data: bytes, file_name: str) -> io.BytesIO:
    """Return the archive's parts, each checked, in an uncompressed archive.

    An archive can be made so that two readers find different parts in it. So the workbook's reader
    gets exactly what was checked here.
    """
    checked = io.BytesIO()
    cells = longest = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(checked, "w") as copy:
            members = {member.filename: member for member in archive.infolist()}
            _check_members(archive.infolist(), file_name)
            styles = _read_part(archive, members[_STYLES]) if _STYLES in members else b""
            percent_styles = find_percent_styles(styles)
            for name, member in members.items():
                part = _read_part(archive, member)
                if b"sheetData" in part:
                    _check_rectangle(part, file_name)
                    part = spell_out(part, percent_styles)
                    cells += part.count(b"</") // 2  # a cell closes itself and its value
                elif b"sst" in part:
                    longest = max(longest, *map(len, _STRING_END.split(part)))
                copy.writestr(name, part)
    except StockgroupsError:
        raise
    except _DAMAGE as error:
        raise TruncatedFileError(
            "the workbook is cut off or damaged",
            where=file_name,
            remedy="download it again",
        ) from error
    if cells * longest > MAX_TEXT_BYTES:
        raise OversizedFileError(
            f"{cells:,} cells that may each hold {longest:,} characters", where=file_name
        )
    checked.seek(0)
    return checked


def _read_part(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Return a part, of no more than its declared size, so that a false size fails its checksum.

    (`archive.read` would unpack up to 2 GB at once before it checks the size.)
    """
    with archive.open(member) as part:
        return part.read(member.file_size)


def _check_members(members: Sequence[zipfile.ZipInfo], file_name: str) -> None:
    unpacked = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED_BYTES:
        raise OversizedFileError(
            f"it unpacks to {unpacked:,} bytes in {len(members):,} parts", where=file_name
        )
    names = [member.filename for member in members]
    if _WORKBOOK not in names:
        kinds = (kind for part, *kind in _OTHERS if part in names)
        words, remedy = next(
            kinds, ("a zip archive that is not an Excel workbook", "unpack it first")
        )
        raise UnrecognisedFileError(words, where=file_name, remedy=remedy)
    if any(name.casefold().endswith(_MACROS) for name in names):
        raise UnrecognisedFileError(
            "a workbook with macros, unlike any issuer's",
            where=file_name,
            remedy="download it from the issuer again, or save it as XLSX",
        )
    if any(member.compress_type not in _PACKINGS for member in members):
        raise UnrecognisedFileError(
            "an archive that is packed differently from a workbook",
            where=file_name,
            remedy="save it as XLSX",
        )


def _check_rectangle(worksheet: bytes, file_name: str) -> None:
    """Bound the rectangle from the first cell to the last.

    A row or cell without a reference follows the one before it, so each may widen it by one.
    """
    if worksheet.count(b"<") <= MAX_CELLS and not _ODD_ROW_OR_CELL.search(worksheet):
        return  # nearly every sheet, in a tenth of the time
    height = width = total = 0
    columns: set[bytes] = set()
    for reference in _REFERENCE.finditer(worksheet):
        columns.add(reference[1][:_LONGEST_COLUMN].upper())
        height = max(height, int(reference[2]))
    in_row = 0
    for tag in _ROW_OR_CELL.finditer(worksheet):
        total += 1
        is_placed = tag[0].endswith((b"'", b'"'))
        if tag[1]:
            height += not is_placed
            in_row = 0
        elif not is_placed:
            in_row += 1
            width = max(width, in_row)
        if total > MAX_CELLS:
            break
    width += max(map(_column, columns), default=0)
    if max(width * height, total) > MAX_CELLS:
        raise OversizedFileError(
            f"a worksheet of {height:,} rows and {width:,} columns", where=file_name
        )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _texts(grid: list[list[Any]]) -> list[list[str]]:
    """Replace each cell of the grid by its text, row by row, and return the grid."""
    for row in grid:
        row[:] = [cell if isinstance(cell, str) else write_cell(cell) for cell in row]
    return grid


def write_cell(cell: object) -> str:
    """Return a cell's value as text: a number without loss, a date in ISO."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        # Beyond 2**53 a whole number has lost its last digits: it is a CUSIP such as 29975E109 that
        # a spreadsheet took for a number.
        is_exact = cell.is_integer() and abs(cell) < _LARGEST_WHOLE
        return str(int(cell)) if is_exact else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    return str(cell)  # int, date, time and duration
