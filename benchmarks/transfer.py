"""Export and import: against the first load of the same, and the memory that they take."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.data import ENVIRONMENT, make_many
from benchmarks.measure import Case, Row, alternate, at_most, peak_memory
from benchmarks.scratch import Scratch, clear
from benchmarks.state import load
from stockgroups.db.sql import load_statements
from stockgroups.jobs.export import export
from stockgroups.jobs.export_folder import RECORD, RECORD_TABLES
from stockgroups.jobs.restore import import_export
from stockgroups.store import Store

FUND_SIZE = 500
FUNDS = {24: 5, 240: 3}  # with their rounds
_SQL = load_statements("export")


def measure(scratch: Scratch) -> Iterator[Row]:
    """Yield the rows about some funds, and about ten times as many."""
    with tempfile.TemporaryDirectory() as name:
        for funds, rounds in FUNDS.items():
            yield from _measure(scratch, Path(name) / str(funds), funds, rounds)


def _measure(scratch: Scratch, folder: Path, funds: int, rounds: int) -> Iterator[Row]:
    store = Store(scratch.ours, ENVIRONMENT)
    desired = make_many(funds, FUND_SIZE)
    memberships = f"{funds * FUND_SIZE:,} memberships"
    numbers = iter(range(1_000))

    def copy_out() -> None:
        for table in RECORD_TABLES:
            query = b"COPY (" + _SQL[f"record_{table.bare_name}"] + b") TO STDOUT (FORMAT csv)"
            with (
                store.connection.cursor() as cursor,
                cursor.copy(query, {"environment": ENVIRONMENT}) as copy,
            ):
                for _ in copy:
                    pass

    def export_all(*parts: str, file_format: str = "csv") -> None:
        export(store, folder / str(next(numbers)), file_format=file_format, parts=parts)

    load(store.connection, desired)
    export(store, folder / "one")
    cases = [
        Case("copy", copy_out),
        Case("record", lambda: export_all(RECORD)),
        Case("parquet", lambda: export_all("memberships", "history", file_format="parquet")),
    ]
    times = alternate(cases, rounds)
    yield Row(
        f"export the record of {memberships}",
        times.ratio("record", "copy"),
        "× COPY to nowhere",
        at_most(2.0),
        times.tell("record", "copy"),
    )
    yield Row(
        "memberships and history of it as Parquet",
        times.ratio("parquet", "copy"),
        "× the same",
        None,
        times.tell("parquet", "copy"),
    )
    with peak_memory() as memory:
        export_all(RECORD)
    yield Row("client memory of an export", memory.grown_by, "MB", at_most(20.0))

    def prepare() -> None:
        clear(store.connection)

    cases = [
        Case("load", lambda: load(store.connection, desired), prepare),
        Case("import", lambda: import_export(store, folder / "one"), prepare),
    ]
    times = alternate(cases, rounds)
    yield Row(
        f"import {memberships} with the record",
        times.ratio("import", "load"),
        "× the first load",
        at_most(1.0),
        times.tell("import", "load"),
    )
    prepare()
    with peak_memory() as memory:
        import_export(store, folder / "one")
    yield Row("client memory of an import", memory.grown_by, "MB", at_most(20.0))
