"""Validation, statistics, reports: seconds, and as a multiple of one scan of all memberships."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.data import ENVIRONMENT
from benchmarks.measure import Case, Row, alternate, at_most
from benchmarks.scratch import Scratch
from benchmarks.state import fill
from stockgroups.catalog import Catalog
from stockgroups.checks import validate
from stockgroups.queries.statistics import read_statistics
from stockgroups.reports import read_report, write_markdown, write_page
from stockgroups.store import Store

ROUNDS = 9

_SCAN = b"SELECT count(symbol), sum(weight) FROM public.group_memberships"


def measure(scratch: Scratch, catalog: Catalog) -> Iterator[Row]:
    """Yield the rows about what looks at everything."""
    connection = scratch.ours
    fill(connection, catalog)
    store = Store(connection, ENVIRONMENT, catalog=catalog)
    if not validate(store).passed:
        raise RuntimeError("validation finds errors: what it takes to tell of them is not measured")
    times = alternate(
        [
            Case("validate", lambda: validate(store)),
            Case("statistics", lambda: read_statistics(store)),
            Case("report", lambda: write_markdown(read_report(store))),
            Case("detail", lambda: write_page(read_report(store, detail=True))),
            Case("scan", lambda: connection.execute(_SCAN).fetchall()),
        ],
        ROUNDS,
    )
    for case, work, bar in (
        ("validate", "validate everything", 200.0),
        ("statistics", "statistics", 20.0),
        ("report", "a report in Markdown", 1000.0),
        ("detail", "a report of every ETF in HTML, without charts", 1000.0),
    ):
        yield Row(
            work,
            1e3 * times.median(case),
            "ms",
            at_most(bar),
            f"{times.ratio(case, 'scan'):.0f} × a scan of the memberships",
        )
