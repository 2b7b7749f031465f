"""Growth: loads against a raw COPY of as many memberships, up to 10 million; a large old store.

Memory is that of whole processes, or what ours grows by (Linux's own figures).
"""

from __future__ import annotations

import datetime as dt
import itertools
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from benchmarks import index
from benchmarks.apply import copy_case, copy_members
from benchmarks.data import DAY, ENVIRONMENT, iterate_funds, make_many, members_of, report_on
from benchmarks.legacy import CREATE, make_entries, store_entries
from benchmarks.measure import (
    Case,
    Row,
    alternate,
    at_most,
    peak_memory,
    repeat,
    time_once,
)
from benchmarks.scratch import Scratch, clear, run_program
from benchmarks.state import load
from stockgroups.catalog import Catalog
from stockgroups.checks import validate
from stockgroups.db.connection import Connection
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.organize import organize_sectors, organize_universe
from stockgroups.model import GroupType
from stockgroups.queries.groups import find_group
from stockgroups.queries.statistics import read_statistics
from stockgroups.queries.stocks import find_stock
from stockgroups.record.apply import apply, apply_batches
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.loads import LoadNote
from stockgroups.record.plan import Plan
from stockgroups.store import Store

FUND_SIZE = 500
ROUNDS = {24: 9, 240: 3, 2_400: 1}  # by the number of funds
MOST_FUNDS = 20_000
BATCH = 200
ENTRIES = (20, 200)  # times the usual old store
DAILY_FUNDS, DAILY_SIZE, MORE_DAYS = 24, 60, 5
REPORTS = (10, 1_000)  # of each fund, before one more day
MALFORMED = 0.02  # of every kind


def measure(scratch: Scratch, catalog: Catalog) -> Iterator[Row]:
    """Yield a row for each size of a load, and those about the largest databases."""
    for funds, rounds in ROUNDS.items():
        desired = make_many(funds, FUND_SIZE)
        cases = [_apply_case(scratch.ours, desired), copy_case(scratch.raw, members_of(desired))]
        times = alternate(cases, rounds, warm_up=rounds > 1)
        yield Row(
            f"apply {funds:,} funds ({funds * FUND_SIZE:,} memberships)",
            times.ratio("apply", "copy"),
            "× raw COPY",
            at_most(2.5),
            times.tell("apply", "copy"),
        )
        del desired, cases
    yield from _measure_days(scratch, catalog)
    yield from _measure_most(scratch, catalog)
    yield from _measure_old_store(scratch)


def _measure_days(scratch: Scratch, catalog: Catalog) -> Iterator[Row]:
    """Yield the row about one more day behind few and behind many daily reports of some funds."""
    store = Store(scratch.ours, ENVIRONMENT, catalog=catalog)
    few, many = (_time_days(scratch, store, reports) for reports in REPORTS)
    yield Row(
        f"one more day of {DAILY_FUNDS} funds behind {REPORTS[1]:,} reports of each",
        many / few,
        f"× behind {REPORTS[0]}",
        at_most(1.5),
        f"{1e3 * many:.0f} / {1e3 * few:.0f} ms",
    )


def _time_days(scratch: Scratch, store: Store, reports: int) -> float:
    """Return the seconds of one more day, behind as many days, each with a file of each fund."""
    clear(scratch.ours)
    funds = make_many(DAILY_FUNDS, DAILY_SIZE)
    days = [DAY - dt.timedelta(days=reports - number) for number in range(reports)]
    pasts = [
        replace(
            fund,
            guarded=False,
            snapshots=tuple(
                one
                for number, day in enumerate(days)
                for one in report_on(fund, number, day).snapshots or ()
            ),
        )
        for fund in funds
    ]
    apply_batches(store, lambda: iter([pasts]), lambda _: {}, LoadNote("benchmark"))
    apply(store, [], aliases=store.catalog.aliases)
    scratch.ours.execute(b"VACUUM ANALYZE")
    took = []
    for number in range(reports, reports + MORE_DAYS):
        day = DAY + dt.timedelta(days=number - reports + 1)
        files = [report_on(fund, number, day) for fund in funds]
        took.append(time_once(partial(apply, store, files, aliases=store.catalog.aliases)))
    return statistics.median(took)


def _measure_most(scratch: Scratch, catalog: Catalog) -> Iterator[Row]:
    """Yield the rows about 10 million memberships, which no memory holds at once."""
    copied = time_once(lambda: _copy_many(scratch.raw))
    clear(scratch.raw)
    clear(scratch.ours)
    with peak_memory() as memory:
        applied = time_once(lambda: _apply_many(scratch.ours))
    memberships = MOST_FUNDS * FUND_SIZE
    yield Row(
        f"apply {MOST_FUNDS:,} funds ({memberships:,} memberships)",
        applied / copied,
        "× raw COPY",
        at_most(2.5),
        f"{applied:.0f} / {copied:.0f} s",
    )
    yield Row("client memory of it", memory.grown_by, "MB", at_most(150.0), "beyond the program's")
    connection = scratch.ours
    store = Store(connection, ENVIRONMENT, catalog=catalog)
    organize_sectors(store)
    organize_universe(store)
    built = time_once(lambda: build_metadata(store))
    yield Row("build stock metadata and sectors of it", built, "s")
    connection.execute(b"VACUUM ANALYZE")

    def find_fund() -> object:
        return find_group(store, GroupType.ETF, "F77")

    for work, calls, ask, bar in (
        ("ETF → 500 holdings", 20, find_fund, 5.0),
        ("stock → its 2,700 ETFs", 20, lambda: find_stock(store, "AAPL"), None),
        ("statistics", 1, lambda: read_statistics(store), 500.0),
        ("validate everything", 1, lambda: validate(store), 5_000.0),
    ):
        times = alternate([Case("asked", repeat(ask, calls))], 3)
        yield Row(
            f"{work}, of {memberships:,} memberships",
            1e3 * times.median("asked") / calls,
            "ms",
            None if bar is None else at_most(bar),
        )
    yield from index.measure_most(store)


def _measure_old_store(scratch: Scratch) -> Iterator[Row]:
    """Yield the rows about `stockgroups migrate` as a process of its own."""
    less, more = ENTRIES
    before, _ = _migrate(scratch, less)
    seconds, megabytes = _migrate(scratch, more)
    yield Row(
        f"migrate {more} × the usual old store and compare",
        seconds / before / (more / less),
        f"× as long for each as {less} ×",
        at_most(1.3),
        f"{seconds:.0f} / {before:.0f} s",
    )
    yield Row("memory of it, the whole process", megabytes, "MB", at_most(300.0))


def _migrate(scratch: Scratch, scale: int) -> tuple[float, float]:
    """Return the seconds and megabytes of migrating so many times the usual old store."""
    connection = scratch.ours
    clear(connection)
    connection.execute(b"ALTER TABLE public.cache_entries RENAME TO entries_aside")
    try:
        connection.execute(CREATE.encode())
        entries = make_entries(7, scale, malformed=MALFORMED)
        while stored := list(itertools.islice(entries, 2_000)):
            store_entries(connection, iter(stored))
        connection.execute(b"ANALYZE public.cache_entries")
        return run_program(scratch, "DEFAULT", "migrate", "--accept", "refused")
    finally:
        connection.execute(b"DROP TABLE IF EXISTS public.cache_entries")
        connection.execute(b"ALTER TABLE public.entries_aside RENAME TO cache_entries")


def _apply_case(connection: Connection, desired: Sequence[DesiredGroup]) -> Case:
    return Case("apply", lambda: load(connection, desired), lambda: clear(connection))


def _batches() -> Iterator[list[DesiredGroup]]:
    funds = iterate_funds([FUND_SIZE] * MOST_FUNDS)
    while batch := list(itertools.islice(funds, BATCH)):
        yield batch


def _apply_many(connection: Connection) -> None:
    def heed(plan: Plan) -> dict[str, dict[str, object]]:
        if any(group.error is not None for group in plan.groups):
            raise RuntimeError("a group was refused")
        return {}

    apply_batches(Store(connection, ENVIRONMENT), _batches, heed, LoadNote("benchmark"))


def _copy_many(connection: Connection) -> None:
    """Write the same memberships by COPY; the time to make them is in both sides."""
    case = copy_case(connection, [[] for _ in range(MOST_FUNDS)])
    case.prepare()
    number = 1
    with connection.transaction():
        for batch in _batches():
            copy_members(connection, members_of(batch), number)
            number += len(batch)
