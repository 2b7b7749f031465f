"""Reading files: rows a second against the bare reader of the container, and memory."""

from __future__ import annotations

import csv
import gc
import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from typing import NamedTuple
from xml.parsers import expat

from benchmarks.files import (
    make_ark_csv,
    make_invesco_csv,
    make_ishares_csv,
    make_ishares_ucits_csv,
    make_ishares_xls,
    make_plain_csv,
    make_schwab_csv,
    make_ssga_xlsx,
    make_vanguard_csv,
)
from benchmarks.measure import Case, Row, alternate, at_least, at_most
from stockgroups.catalog import Catalog
from stockgroups.readers import read_holdings

ROUNDS = 7
CSV_ROWS = 20_000
"""As many as the largest files have that issuers publish."""

MANY_ROWS = 100_000
WORKBOOK_ROWS = 5_000
CSV_BAR = 200_000
WORKBOOK_BAR = 50_000
MEMORY_BAR = 10


class _File(NamedTuple):
    """A kind of file: under which name, how to make it, and what reads its container alone.

    `size` tells how large the file is that its memory is held against: of an XLSX, which is
    compressed, what it unpacks to. Memory has no bar where few bytes say much: a list of tickers
    has 14 a row, and what is read of them takes 220.
    """

    what: str
    name: str
    make: Callable[[int], bytes]
    read_bare: Callable[[bytes], None]
    rows: int = CSV_ROWS
    bar: int | None = CSV_BAR
    memory_bar: int | None = MEMORY_BAR
    size: Callable[[bytes], int] = len


def measure(catalog: Catalog) -> Iterator[Row]:
    """Yield the speed for each kind of file, then the memory."""
    files = (
        _File("iShares CSV", "IWV_holdings.csv", make_ishares_csv, read_csv),
        _File("iShares UCITS CSV", "EIMI_holdings.csv", make_ishares_ucits_csv, read_csv),
        _File("Vanguard CSV", "VTI_holdings.csv", make_vanguard_csv, read_csv),
        _File("Invesco CSV", "QQQ_holdings.csv", make_invesco_csv, read_csv),
        _File("Schwab CSV", "SCHG_holdings.csv", make_schwab_csv, read_csv),
        _File("ARK CSV", "ARKK_holdings.csv", make_ark_csv, read_csv),
        _File("plain CSV", "SPY_2026-01-05.csv", make_plain_csv, read_csv, memory_bar=None),
        _File(
            "SSGA XLSX",
            "holdings-spy.xlsx",
            make_ssga_xlsx,
            read_xlsx,
            WORKBOOK_ROWS,
            WORKBOOK_BAR,
            size=unpacked_size,
        ),
        _File(
            "iShares SpreadsheetML",
            "IWV_holdings.xls",
            make_ishares_xls,
            read_xml,
            WORKBOOK_ROWS,
            WORKBOOK_BAR,
        ),
        # Five times what any issuer publishes: how it grows, without a bar.
        _File("iShares CSV", "IWV_holdings.csv", make_ishares_csv, read_csv, MANY_ROWS, None),
    )
    for file in files:
        yield _time(catalog, file)
    for file in files:
        yield _weigh(catalog, file)


def read_csv(data: bytes) -> None:
    """Read every row of a CSV, and keep none."""
    for _ in csv.reader(io.StringIO(data.decode(), newline="")):
        pass


def read_xlsx(data: bytes) -> None:
    """Read every row of a workbook's first sheet."""
    import python_calamine  # noqa: PLC0415 - as the program does, only where a workbook is read

    python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(
        0
    ).to_python()


def read_xml(data: bytes) -> None:
    """Parse an XML document, and look at nothing in it."""
    expat.ParserCreate(namespace_separator=" ").Parse(data, True)


def unpacked_size(data: bytes) -> int:
    """Return the bytes of all parts of a zip archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return sum(member.file_size for member in archive.infolist())


def _time(catalog: Catalog, file: _File) -> Row:
    data = file.make(file.rows)
    members = len(read_holdings(data, file.name, catalog).snapshot.refs)
    if members < 0.99 * file.rows:
        raise RuntimeError(f"{file.what}: {members} members in {file.rows} rows")
    times = alternate(
        [
            Case("read", lambda: read_holdings(data, file.name, catalog)),
            Case("bare", lambda: file.read_bare(data)),
        ],
        ROUNDS,
        clock=time.process_time,  # all of it is done by one core, which others may want as well
    )
    return Row(
        f"read {file.what} of {file.rows:,} rows",
        file.rows / times.median("read"),
        "rows/s",
        None if file.bar is None else at_least(file.bar),
        f"{times.ratio('read', 'bare'):.1f} × its bare reader",
    )


def _weigh(catalog: Catalog, file: _File) -> Row:
    """Measure the most memory that is in use at once, over the size of the file.

    In a pass of its own, as tracing takes several times as long as reading; beside it what is left
    in use then, which is the answer itself.
    """
    data = file.make(file.rows)
    size = file.size(data)
    gc.collect()
    tracemalloc.start()
    answer = read_holdings(data, file.name, catalog)
    kept, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del answer
    return Row(
        f"memory to read {file.what} of {file.rows:,} rows",
        most / size,
        "× the file",
        None if file.memory_bar is None else at_most(file.memory_bar),
        f"{most / 1e6:.1f} of {size / 1e6:.2f} MB, {kept / 1e6:.1f} kept",
    )
