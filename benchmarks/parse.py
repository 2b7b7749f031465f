"""Reading files: rows a second, and against the bare reader of the container."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator

from benchmarks.files import make_ishares_csv, make_plain_csv, make_ssga_xlsx
from benchmarks.measure import Bar, Case, Row, alternate, at_least
from stockgroups.catalog import Catalog
from stockgroups.sources import read_holdings

ROUNDS = 5
CSV_ROWS = 100_000
XLSX_ROWS = 5_000


def measure(catalog: Catalog) -> Iterator[Row]:
    """Yield a row for each kind of file."""
    for what, name, rows, make, bare, bar in (
        ("iShares CSV", "IWV_holdings.csv", CSV_ROWS, make_ishares_csv, read_csv, 200_000),
        ("SSGA XLSX", "holdings-spy.xlsx", XLSX_ROWS, make_ssga_xlsx, read_xlsx, 50_000),
        ("plain CSV", "SPY_2026-01-05.csv", CSV_ROWS, make_plain_csv, read_csv, 200_000),
    ):
        yield _compare(catalog, what, name, rows, make(rows), bare, at_least(bar))


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


def _compare(
    catalog: Catalog,
    what: str,
    name: str,
    rows: int,
    data: bytes,
    bare: Callable[[bytes], None],
    bar: Bar,
) -> Row:
    members = len(read_holdings(data, name, catalog).snapshot.refs)
    if members < 0.99 * rows:
        raise RuntimeError(f"{what}: {members} members in {rows} rows")
    times = alternate(
        [
            Case("read", lambda: read_holdings(data, name, catalog)),
            Case("bare", lambda: bare(data)),
        ],
        ROUNDS,
    )
    return Row(
        f"read {what} of {rows:,} rows",
        rows / times.median("read"),
        "rows/s",
        bar,
        f"{times.ratio('read', 'bare'):.1f} × its bare reader",
    )
