"""Old Excel workbooks (.xls) made by hand: records of BIFF8 in the container of their time."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_GENERAL, PERCENT, DATE = 0, 1, 2
ERROR = b"#N/A"
Cell = str | float | tuple[float, int] | bytes
"""A text, a number, a number with a style, or an error."""


def biff_workbook(
    rows: Iterable[Sequence[Cell]], hidden: Iterable[Sequence[Cell]] | None = None
) -> bytes:
    """A workbook of one worksheet, with a hidden one before it where rows of that are given."""
    styles = b"".join(
        _record(0xE0, struct.pack("<HHHHHHIIH", 0, number, 0, 0, 0, 0, 0, 0, 0))
        for number in (0, 10, 14)  # General, 0.00%, a date
    )
    name = struct.pack("<BB", 1, 0)
    begin = struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)
    font = _record(
        0x31, struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0) + name + b"S"
    )
    head = _record(0x809, begin) + font + styles
    sheets = [(0, b"S", _sheet(rows))]
    if hidden is not None:
        sheets.insert(0, (1, b"H", _sheet(hidden)))
    place = len(head) + len(sheets) * (4 + 6 + len(name) + 1) + 4
    listed = b""
    for visibility, letter, body in sheets:
        listed += _record(0x85, struct.pack("<IH", place, visibility) + name + letter)
        place += len(body)
    bodies = b"".join(body for _, _, body in sheets)
    return _pack(head + listed + _record(0x0A, b"") + bodies)


def _sheet(rows: Iterable[Sequence[Cell]]) -> bytes:
    cells = b"".join(
        _cell(row, column, cell)
        for row, filled in enumerate(rows)
        for column, cell in enumerate(filled)
    )
    begin = struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)
    return _record(0x809, begin) + cells + _record(0x0A, b"")


def _record(number: int, data: bytes) -> bytes:
    return struct.pack("<HH", number, len(data)) + data


def _cell(row: int, column: int, cell: Cell) -> bytes:
    if isinstance(cell, bytes):
        return _record(0x205, struct.pack("<HHHBB", row, column, _GENERAL, 0x2A, 1))
    if isinstance(cell, str):
        text = struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le")
        return _record(0x204, struct.pack("<HHH", row, column, _GENERAL) + text)
    number, style = cell if isinstance(cell, tuple) else (cell, _GENERAL)
    return _record(0x203, struct.pack("<HHHd", row, column, style, number))


def _pack(stream: bytes) -> bytes:
    """The stream in a container: its sectors, the table of sectors, the folder."""
    stream = stream.ljust(max(4096, -(-len(stream) // _SECTOR) * _SECTOR), b"\0")
    count = len(stream) // _SECTOR
    table = [*range(1, count), _END, _FAT, _END]
    fat = struct.pack("<128I", *table, *[_FREE] * (128 - len(table)))
    folder = _entry("Root Entry", 5, _END, 0, child=1) + _entry("Workbook", 2, 0, len(stream))
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, b""),
        *(0, 1, count + 1, 0, 4096, _END, 0, _END, 0),
    ) + struct.pack("<109I", count, *[_FREE] * 108)
    return header + stream + fat + folder.ljust(_SECTOR, b"\0")


def _entry(name: str, kind: int, start: int, size: int, child: int = _FREE) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII16sI8s8sIQ",
        *(text, len(text), kind, 1, _FREE, _FREE, child, b"", 0, b"", b"", start, size),
    )
