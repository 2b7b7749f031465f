"""Pages that are asked for the first time: how long the server takes, how large they are.

Nothing is kept between them, as after a load.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from benchmarks.data import ENVIRONMENT
from benchmarks.measure import Row, at_most
from benchmarks.scratch import Scratch
from benchmarks.state import fill
from stockgroups.catalog import Catalog
from stockgroups.http.pool import Pool
from stockgroups.settings import Settings
from stockgroups.web.page import Page
from stockgroups.web.pages import Pages

ROUNDS = 9
PATHS = ("/", "/etf/VTI", "/stock/AAPL")
"""The start, a fund of 3,500 stocks, and the stock that the most funds hold."""
FILES = ("/files/style.css", "/files/pages.js", "/files/icon.svg")


def measure(scratch: Scratch, catalog: Catalog) -> Iterator[Row]:
    """Yield the rows about pages."""
    fill(scratch.ours, catalog)
    pool = Pool(Settings(scratch.target.url, ENVIRONMENT, None, None, index_proxies=False), 1)
    begun = time.perf_counter()
    site = Pages()
    prepared = 1e3 * (time.perf_counter() - begun)
    files = sum(len(file.write()) for path in FILES if (file := site.find_file(path)))
    try:
        for path in PATHS:
            took = []
            for _ in range(ROUNDS):
                begun = time.perf_counter()
                page = _show(pool, site, path)
                size = len(page.write())
                took.append(1e3 * (time.perf_counter() - begun))
            told = f"the very first {took[0]:.0f} ms, after {prepared:.0f} ms to begin with"
            yield Row(f"page {path}", statistics.median(took), "ms", at_most(100.0), told)
            kilobytes = (size + files) / 1e3
            told = f"{files / 1e3:.3g} kB are files of all pages"
            yield Row(f"page {path} with its files", kilobytes, "kB", at_most(200.0), told)
    finally:
        pool.close()


def _show(pool: Pool, site: Pages, path: str) -> Page:
    return pool.ask(lambda db, _: site.ask(db, path, ""))
