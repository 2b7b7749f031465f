"""Files made to exhaust whoever reads them: `python -m readers.hostile` reads those it is told.

It takes their names, one a line, and reads each in a process of its own with bounds on memory and
time. Forked from this one, that process has imported everything. For each name it prints a line:
the exit status, and what came of it, which is the name of the error.
"""

from __future__ import annotations

import io
import itertools
import multiprocessing
import os
import resource
import signal
import struct
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from directory_files import make_traded
from readers.builders import CATALOG, SPREADSHEETML, pack, workbook_parts
from stockgroups.errors import (
    EmptyFileError,
    OversizedFileError,
    SourceError,
    TruncatedFileError,
    UnrecognisedFileError,
)
from stockgroups.readers import read_holdings
from stockgroups.readers.directories import read_directory

MEMORY = 1536 * 1024 * 1024
SAFETY_NET_SECONDS = 120
MB = 1024 * 1024

_TABLE = b"Symbol,Company Name,Index Weight\n"
_VANGUARD = (
    b"Holdings details\n\nX (VTI)\nEquity,as of 02/29/2024\n,SEDOL,HOLDINGS,TICKER,% OF FUNDS\n"
)
_POSITIONS = b'[{"portId":"0968","holdingDetailItem":['
_TICKERS = b'{"fields":["cik","name","ticker","exchange"],"data":['
_SCREENER = b'[{"symbol":"A","name":"","country":"","ipoyear":"","industry":"","sector":""},'


def make_sheet(cells: str) -> bytes:
    """A workbook with one worksheet of these rows."""
    return pack(workbook_parts([f"<sheetData>{cells}</sheetData>"]))


def make_xml(content: str, before: str = "") -> bytes:
    """A SpreadsheetML workbook of this content."""
    return (
        f'<?xml version="1.0"?>{before}<ss:Workbook xmlns:ss="{SPREADSHEETML}">{content}'
        "</ss:Workbook>"
    ).encode()


def make_rectangle(rows: int, column: str) -> bytes:
    """A workbook of two cells, far apart."""
    far = f'<row r="{rows}"><c r="{column}{rows}"><v>1</v></c></row>'
    return make_sheet(f'<row r="1"><c r="A1"><v>1</v></c></row>{far}')


def make_bomb(claimed: int) -> bytes:
    """A workbook whose worksheet is 1 GB of zeros, and claims to have so many bytes."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    megabyte = deflate.compress(bytes(MB)) + deflate.flush(zlib.Z_FULL_FLUSH)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in workbook_parts(["<sheetData/>"]).items():
            if "sheet1" not in name:
                archive.writestr(name, text)
        archive.writestr("xl/worksheets/sheet1.xml", megabyte * 1024 + deflate.flush())
        start = archive.infolist()[-1].header_offset
    data = bytearray(packed.getvalue())
    record = data.rfind(b"PK\1\2")
    for at, size_at in ((start + 8, start + 22), (record + 10, record + 24)):
        struct.pack_into("<H", data, at, zipfile.ZIP_DEFLATED)
        struct.pack_into("<I", data, size_at, claimed)
    return bytes(data)


def make_two_faced(shown: bytes, hidden: bytes) -> bytes:
    """An archive in which some readers find the parts of one and some those of the other.

    The second directory at its end claims to be of another disk, which not everybody looks at.
    """
    end = shown.rfind(b"PK\5\6")
    shown = shown[: end + 4] + struct.pack("<HH", 1, 1) + shown[end + 8 :]
    return hidden[:-2] + struct.pack("<H", len(shown)) + shown


def make_duplicates(rows: int) -> bytes:
    """One ticker on every row, each of another security."""
    header = (
        b"Fund Ticker,Security Identifier,Holding Ticker,MarketValue,Name,Class of Shares,Date\n"
    )
    row = "QQQ,{:09d},AAPL,1,A,Common Stock,09/24/2025\n"
    return header + "".join(map(row.format, range(rows))).encode()


def _widening_rows() -> bytes:
    """Rows and cells without references, of which each moves the corner by one."""
    wide = f"<row>{'<c><v>1</v></c>' * 16_000}</row>"
    return make_sheet(wide + "<row/>" * 1_000_000 + "<row><c><v>1</v></c></row>")


def _many_parts() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(50_000):
            archive.writestr(f"{number}", b"")
    return packed.getvalue()


FUNDS: dict[str, tuple[Callable[[], bytes], type[SourceError] | None]] = {
    "100 MB of one line": (lambda: b"x" * (100 * MB), OversizedFileError),
    "60 MB of one line": (lambda: b"x" * (60 * MB), OversizedFileError),
    "a million columns": (lambda: b"ab," * MB, OversizedFileError),
    "20 million columns": (lambda: b"ab," * (20 * MB), OversizedFileError),
    "rows of many columns": (lambda: (b"ab," * 100_000 + b"\n") * 200, OversizedFileError),
    "a row of many lines": (lambda: _TABLE + b'ab,"\n",' * (4 * MB), OversizedFileError),
    "a million blank lines": (lambda: b"\n" * 1_000_000, EmptyFileError),
    "20 million blank lines": (lambda: _TABLE + b"\n" * (20 * MB), EmptyFileError),
    "a quote left open": (lambda: _TABLE + b'"' + b"a,b,c\n" * (9 * MB), TruncatedFileError),
    "malformed rows": (lambda: _TABLE + b"a,b\n" * (15 * MB), OversizedFileError),
    "malformed rows of Vanguard": (lambda: _VANGUARD + b"a,b\n" * (15 * MB), OversizedFileError),
    "rows of Vanguard": (lambda: _VANGUARD + b",,b,,b\n" * (8 * MB), OversizedFileError),
    "a long list": (lambda: b"A\n" * (30 * MB), OversizedFileError),
    "one ticker on every row": (lambda: make_duplicates(100_000), None),
    "deep JSON": (lambda: _POSITIONS + b"[" * (10 * MB), UnrecognisedFileError),
    "positions without end": (
        lambda: _POSITIONS + b"{}," * (5 * MB) + b"{}]}]",
        OversizedFileError,
    ),
    "deep XML": (lambda: make_xml("<a>" * (5 * MB)), OversizedFileError),
    "an attribute for everything": (
        lambda: make_xml("<a " + " ".join(f"a{n}=''" for n in range(400_000)) + "/>"),
        EmptyFileError,
    ),
    "ampersands": (lambda: make_xml("&" * (15 * MB)), EmptyFileError),
    "a cell in the last row of XML": (
        lambda: make_xml(
            '<ss:Worksheet><ss:Table><ss:Row ss:Index="99999999"/></ss:Table></ss:Worksheet>'
        ),
        OversizedFileError,
    ),
    "a zip bomb": (lambda: make_bomb(1024 * MB), OversizedFileError),
    "a zip bomb that lies": (lambda: make_bomb(10), TruncatedFileError),
    "a zip bomb behind another directory": (
        lambda: make_two_faced(make_sheet("<row/>"), make_bomb(1024 * MB)),
        EmptyFileError,
    ),
    "many parts": (_many_parts, OversizedFileError),
    "the largest rectangle": (lambda: make_rectangle(400_000, "T"), EmptyFileError),
    "the last corner": (lambda: make_rectangle(1_048_576, "XFD"), OversizedFileError),
    "a row beyond the last": (lambda: make_rectangle(99_999_999_999, "A"), OversizedFileError),
    "a column beyond the last": (lambda: make_rectangle(2, "AAAAAAA"), OversizedFileError),
    "a column of a megabyte": (lambda: make_rectangle(2, "A" * MB), OversizedFileError),
    "rows without references": (_widening_rows, OversizedFileError),
    "a cell with a second reference": (
        lambda: make_sheet('<row r="1"><c r="A1"r="A99999999999"><v>1</v></c></row>'),
        OversizedFileError,
    ),
    "a row with a second reference": (
        lambda: make_sheet('<row r="1" s=">" r = "99999999999"><c><v>1</v></c></row>'),
        OversizedFileError,
    ),
}

DIRECTORIES: dict[str, tuple[Callable[[], bytes], type[SourceError]]] = {
    "blank lines": (
        lambda: b"\n" * 5 + make_traded(["A"]) + b"\n" * (15 * MB),
        UnrecognisedFileError,
    ),
    "malformed lines": (
        lambda: make_traded(["A"]).replace(b"\nY", b"\n" * (15 * MB) + b"Y"),
        OversizedFileError,
    ),
    "a list of numbers": (lambda: _TICKERS + b"1," * (7 * MB) + b"1]}", OversizedFileError),
    "a screener of numbers": (lambda: _SCREENER + b"1," * (7 * MB) + b"1]", OversizedFileError),
    "lists of lists": (lambda: b"[" * (15 * MB), UnrecognisedFileError),
    "more than a directory has": (lambda: b"A" * (60 * MB), OversizedFileError),
}


def _read_pipe(number: int) -> None:
    """Read what nobody writes to, or what never ends."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "SPY_2026-07-02.csv"
        if number % 2:
            os.mkfifo(path)
        else:
            path.symlink_to("/dev/zero")
        if number < 2:
            read_holdings(path, path.name, CATALOG)
        else:
            read_directory(path, path.name)


PIPES = {
    f"{what}, as {kind}": number
    for number, (kind, what) in enumerate(
        itertools.product(("holdings", "a directory"), ("a device", "a pipe"))
    )
}
EXPECTED: dict[str, type[SourceError] | None] = {
    **{name: error for name, (_, error) in (FUNDS | DIRECTORIES).items()},
    **dict.fromkeys(PIPES, UnrecognisedFileError),
}


def _read(name: str, answer: Connection) -> None:
    """Read the file of that name within the bounds, and send what came of it."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.alarm(SAFETY_NET_SECONDS)
    try:
        if name in PIPES:
            _read_pipe(PIPES[name])
        elif name in FUNDS:
            read_holdings(FUNDS[name][0](), "QQQ_2026-07-02", CATALOG, accept={"weights"})
        else:
            read_directory(DIRECTORIES[name][0](), "list_2026-05-12")
    except SourceError as error:
        answer.send(type(error).__name__)
    else:
        answer.send("read")


def main() -> None:
    """Read each file that is named on standard input in a process of its own."""
    forking = multiprocessing.get_context("fork")
    for line in sys.stdin:
        answers, answer = forking.Pipe(duplex=False)
        process = forking.Process(target=_read, args=(line.rstrip("\n"), answer))
        process.start()
        answer.close()
        try:
            told = answers.recv()
        except EOFError:
            told = "nothing"
        process.join()
        print(process.exitcode, told, flush=True)


if __name__ == "__main__":
    main()
