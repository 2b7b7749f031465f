"""Going over: the old store of the usual size, and how time and memory grow with it."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator

from benchmarks.legacy import make_entries, store_entries
from benchmarks.measure import Row, at_most
from benchmarks.scratch import Scratch, clear
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.migration.migrate import migrate
from stockgroups.migration.rollback import roll_back
from stockgroups.store import Store

ENVIRONMENT = "DEFAULT"
SMALL, LARGE = 1, 10


def measure(scratch: Scratch, catalog: Catalog) -> Iterator[Row]:
    """Yield the rows about migrating, with the comparison of both stores at its end."""
    small, entries = _migrate(scratch.ours, catalog, SMALL)
    begun = time.perf_counter()
    roll_back(Store(scratch.ours, ENVIRONMENT))
    back = time.perf_counter() - begun
    yield Row(
        f"migrate {entries} entries and compare",
        small,
        "s",
        at_most(3.0),
        f"rolled back in {back:.2f} s",
    )
    large, _ = _migrate(scratch.ours, catalog, LARGE)
    yield Row(
        f"the same, {LARGE} × as many",
        large / (LARGE * small),
        f"× {LARGE} × as long",
        at_most(1.3),
        f"{large:.1f} s",
    )
    tracemalloc.start()
    _migrate(scratch.ours, catalog, LARGE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    yield Row("memory of it (Python's own)", peak / 2**20, "MB", at_most(150.0))
    clear(scratch.ours)


def _migrate(connection: Connection, catalog: Catalog, scale: int) -> tuple[float, int]:
    """Return the seconds that a migration takes, and the entries that it had."""
    clear(connection)
    connection.execute(b"TRUNCATE public.cache_entries, stockgroups.loads")
    store_entries(connection, make_entries(7, scale, malformed=0.0))
    connection.execute(b"ANALYZE public.cache_entries")
    begun = time.perf_counter()
    report = migrate(Store(connection, ENVIRONMENT, catalog=catalog))
    seconds = time.perf_counter() - begun
    if report.parity is None or not report.parity.passed:
        raise RuntimeError("the stores differ after a migration")
    return seconds, report.figures["entries"]
