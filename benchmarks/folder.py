"""Loading a folder of many kinds of files: against reading them with pandas, and nothing else."""

from __future__ import annotations

import datetime as dt
import io
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from benchmarks.data import ENVIRONMENT
from benchmarks.files import (
    make_ark_csv,
    make_invesco_csv,
    make_ishares_csv,
    make_ishares_ucits_csv,
    make_ishares_xls,
    make_schwab_csv,
    make_ssga_xlsx,
    make_vanguard_csv,
)
from benchmarks.measure import Case, Row, alternate, at_most
from benchmarks.parse import read_xml
from benchmarks.scratch import Scratch, clear
from stockgroups.catalog import Catalog
from stockgroups.jobs.load import load_etfs
from stockgroups.jobs.load_options import LoadOptions
from stockgroups.store import Store
from stockgroups.symbols import identifiers

ROUNDS = 5
BAR = 2.0


class _Kind(NamedTuple):
    """Files of one layout: under which name, how many of them, and where their tables begin."""

    name: str
    make: Callable[[int, dt.date], bytes]
    files: int
    rows: int
    header: int = 0


KINDS = (
    _Kind("IWV_{}.csv", make_ishares_csv, 15, 1_300, 9),
    _Kind("EIMI_{}.csv", make_ishares_ucits_csv, 4, 1_500, 2),
    _Kind("VTI_{}.csv", make_vanguard_csv, 6, 2_000, 5),
    _Kind("QQQ_{}.csv", make_invesco_csv, 12, 100),
    _Kind("SCHG_{}.csv", make_schwab_csv, 12, 200),
    _Kind("ARKK_{}.csv", make_ark_csv, 14, 40),
    _Kind("SPY_{}.xlsx", make_ssga_xlsx, 28, 350),
    _Kind("IWV_{}.xls", make_ishares_xls, 2, 1_300),
)
"""93 files of 54,000 rows, in about the mixture of a folder of eight issuers' files."""


def measure(scratch: Scratch, catalog: Catalog) -> Iterator[Row]:
    """Yield how long a first load of the folder takes."""
    store = Store(scratch.ours, ENVIRONMENT, catalog=catalog)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [_write(folder, kind, number) for kind in KINDS for number in range(kind.files)]

        def read() -> None:
            for path, kind in files:
                _read(path.read_bytes(), kind)

        def load() -> None:
            report = load_etfs(store, LoadOptions(folder, proxies=False))
            if report.failures:
                raise RuntimeError(str(report.failures[0]))

        def prepare() -> None:
            clear(store.connection)
            # As in a process that has just begun.
            for remembered in (identifiers.valid_cusip, identifiers.valid_isin):
                remembered.cache_clear()
            for remembered in (identifiers.valid_sedol, identifiers.valid_figi):
                remembered.cache_clear()

        times = alternate([Case("read", read), Case("load", load, prepare)], ROUNDS)
        clear(store.connection)
    rows = sum(kind.files * kind.rows for kind in KINDS)
    yield Row(
        f"load a folder of {len(files)} files with {rows:,} rows",
        times.ratio("load", "read"),
        "× reading it with pandas",
        at_most(BAR),
        times.tell("load", "read"),
    )


def _write(folder: Path, kind: _Kind, number: int) -> tuple[Path, _Kind]:
    """Write one file of a kind, of a month of its own (its day cannot be read as a month)."""
    years, months = divmod(number, 12)
    day = dt.date(2023 + years, months + 1, 15 + KINDS.index(kind))
    path = folder / kind.name.format(day)
    path.write_bytes(kind.make(kind.rows, day))
    return path, kind


def _read(data: bytes, kind: _Kind) -> None:
    """Read the cells as texts, by the fastest general library that reads such a file."""
    if kind.name.endswith(".csv"):
        pd.read_csv(
            io.BytesIO(data), skiprows=kind.header, dtype=str, on_bad_lines="skip", index_col=False
        )
    elif kind.name.endswith(".xlsx"):
        pd.read_excel(io.BytesIO(data), engine="calamine", header=None)
    else:
        read_xml(data)
