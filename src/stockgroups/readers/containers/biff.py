"""Old Excel workbooks (.xls, BIFF) as rows of text.

Exchanges and index providers in Asia still publish them. Every cell takes some bytes of the file,
and rows are read only up to their last cell, so that the file's size bounds the memory.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from stockgroups.errors import OversizedFileError, UnrecognisedFileError
from stockgroups.readers.containers.sheets import Choice
from stockgroups.readers.containers.workbook import (
    MAX_CELLS,
    MAX_UNPACKED_BYTES,
    write_cell,
)
from stockgroups.readers.containers.worksheets import is_percent, show_percent

if TYPE_CHECKING:
    from xlrd.book import Book
    from xlrd.sheet import Sheet

    from stockgroups.readers.containers.sheets import Cells

MAX_BYTES = 4 * 1024 * 1024
"""Some 20,000 rows of 14 columns, which the library reads in two seconds; Tokyo's list of all
stocks has 1 MB."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def is_biff(data: bytes) -> bool:
    """Tell whether the bytes begin like an old workbook, or like another document of that kind."""
    return data.startswith(_OLE)


def read_biff(data: bytes, file_name: str, choice: Choice | None = None) -> Cells:
    """Return the rows of the chosen worksheet, as `read_workbook` does.

    Raise UnrecognisedFileError for a file that is encrypted, damaged or no workbook,
    OversizedFileError beyond the limits, and EmptyFileError if no worksheet holds a table.
    """
    if len(data) > MAX_BYTES:
        raise OversizedFileError(
            f"an old Excel workbook of more than {MAX_BYTES:,} bytes", where=file_name
        )
    import xlrd  # noqa: PLC0415 - few files need it

    cells = 0
    choice = choice or Choice()
    try:
        # The library prints its warnings.
        with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
            book = xlrd.open_workbook(
                file_contents=data,
                logfile=nowhere,
                on_demand=True,
                ragged_rows=True,
                formatting_info=True,
            )
            for number in range(book.nsheets):
                sheet = book.sheet_by_index(number)
                rows = _read_rows(book, sheet)
                cells += sum(map(len, rows))
                _check_size(cells, rows, file_name)
                if choice.offer(rows, is_hidden=bool(sheet.visibility)):
                    break
                book.unload_sheet(number)
    except OversizedFileError:
        raise
    except Exception as error:
        # Over damaged files the library raises what its own steps do: IndexError, AssertionError.
        has_message = isinstance(error, xlrd.XLRDError)
        raise UnrecognisedFileError(
            f"an old Excel file (.xls) that cannot be read{f': {error}' if has_message else ''}",
            where=file_name,
            remedy="download it again, or open it in a spreadsheet and save it as XLSX or CSV",
        ) from error
    return choice.finish(file_name)


def _check_size(cells: int, rows: list[list[str]], file_name: str) -> None:
    """Bound the cells and their characters: a text is stored once for any number of cells."""
    if cells > MAX_CELLS or sum(len(cell) for row in rows for cell in row) > MAX_UNPACKED_BYTES:
        raise OversizedFileError("worksheets of too many cells", where=file_name)


def _read_rows(book: Book, sheet: Sheet) -> list[list[str]]:
    percent = [is_percent(book.format_map[style.format_key].format_str) for style in book.xf_list]
    return [
        [
            _text(kind, value, book.datemode, is_percent=percent[style])
            for kind, value, style in zip(
                sheet.row_types(at), sheet.row_values(at), _styles(sheet, at), strict=True
            )
        ]
        for at in range(sheet.nrows)
    ]


def _styles(sheet: Sheet, row: int) -> list[int]:
    return [sheet.cell_xf_index(row, column) for column in range(sheet.row_len(row))]


def _text(kind: int, value: object, datemode: int, *, is_percent: bool) -> str:
    """Return a cell as the spreadsheet shows it."""
    import xlrd  # noqa: PLC0415 - as above

    if isinstance(value, str):
        return value
    if kind == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(value, "#N/A"))
    if kind == xlrd.XL_CELL_BOOLEAN:
        return write_cell(bool(value))
    if kind == xlrd.XL_CELL_DATE:
        return write_cell(xlrd.xldate_as_datetime(value, datemode))
    return show_percent(repr(value)) or write_cell(value) if is_percent else write_cell(value)
