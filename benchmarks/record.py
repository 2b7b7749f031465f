"""A record of all US funds, month after month: loaded, asked, checked, parted.

What takes long stands beside what the machine can do at most: a raw COPY of the same rows, or one
scan of all memberships and of all arrays of the record.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from benchmarks.apply import copy_case, copy_members
from benchmarks.data import DAY, ENVIRONMENT, draw_sizes, iterate_funds, members_of, report_on
from benchmarks.measure import Case, Row, alternate, at_most, peak_memory, repeat, time_once
from benchmarks.scratch import Scratch, clear
from stockgroups.catalog import Catalog
from stockgroups.checks import validate
from stockgroups.db import partitions
from stockgroups.db.connection import Connection
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.organize import organize_sectors, organize_universe
from stockgroups.jobs.rebuild import rebuild
from stockgroups.model import GroupType
from stockgroups.queries.groups import find_group
from stockgroups.queries.moments import Moment
from stockgroups.queries.past import find_past_stock
from stockgroups.queries.statistics import read_statistics
from stockgroups.queries.stocks import find_stock
from stockgroups.record.apply import apply, apply_batches
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.loads import LoadNote
from stockgroups.record.plan import Plan
from stockgroups.store import Store

FUNDS = 4_500
MEMBERS = 100_000_000
AT_ONCE = 1_000  # reports in one batch: so many funds with their whole past
FUND = "F77"

_SCAN = b"""
SELECT (SELECT count(symbol) + sum(weight) FROM public.group_memberships),
       (SELECT sum(ref_ids[1] + weights[1]) FROM stockgroups.full_snapshots)
"""
_SIZES = b"""
SELECT pg_total_relation_size('stockgroups.snapshots')::float8, sum(member_count)::float8,
       count(*), pg_database_size(current_database())::float8
FROM stockgroups.snapshots
"""
_ROWS_OUT = b"COPY stockgroups.snapshots TO STDOUT (FORMAT binary)"
_ROWS_IN = b"COPY stockgroups.snapshots FROM STDIN (FORMAT binary)"


def measure(scratch: Scratch, catalog: Catalog, members: int = MEMBERS) -> Iterator[Row]:
    """Yield the rows about a record of so many members."""
    connection = scratch.ours
    store = Store(connection, ENVIRONMENT, catalog=catalog)
    sizes = draw_sizes(FUNDS)
    months = max(2, round(members / sum(sizes)))
    days = [DAY - dt.timedelta(days=30 * (months - month)) for month in range(months)]
    yield from _measure_load(scratch, store, sizes, days)
    organize_sectors(store)
    organize_universe(store)
    built = time_once(lambda: build_metadata(store))
    connection.execute(b"VACUUM ANALYZE")
    scan = time_once(lambda: connection.execute(_SCAN).fetchall())
    yield Row("build stock metadata and sectors of it", built / scan, *_of_scan(built, scan))
    middle = Moment(days[months // 2] + dt.timedelta(days=3))
    yield from _measure_questions(store, middle, scan)
    checked = time_once(lambda: validate(store))
    yield Row("validate it", checked / scan, *_of_scan(checked, scan))
    begun = time_once(lambda: rebuild(store))
    yield Row("make its projections anew", begun / scan, *_of_scan(begun, scan))
    yield from _measure_partitions(store, middle)


def _measure_load(
    scratch: Scratch, store: Store, sizes: Sequence[int], days: Sequence[dt.date]
) -> Iterator[Row]:
    """Yield the rows about filling the record, and about one more day of all funds."""
    clear(scratch.ours)
    clear(scratch.raw)

    def all_days() -> Iterator[list[DesiredGroup]]:
        return _batches(sizes, len(days), lambda group: _report_all(group, days))

    def next_day() -> Iterator[list[DesiredGroup]]:
        day = DAY + dt.timedelta(days=1)
        return _batches(sizes, 1, lambda group: report_on(group, len(days), day))

    made = time_once(lambda: [None for _ in all_days()])
    with peak_memory() as memory:
        loaded = time_once(lambda: _apply(store, all_days)) - made
    apply(store, [], aliases=store.catalog.aliases)
    size, members, snapshots, database = _read_sizes(scratch.ours)
    copied = time_once(lambda: _copy_rows(scratch.ours, scratch.raw))
    yield Row(
        f"record {snapshots:,.0f} reports of {FUNDS:,} funds ({members:,.0f} members)",
        loaded / copied,
        "× raw COPY of its rows",
        None,
        f"{loaded:.0f} / {copied:.0f} s, {members / loaded:,.0f} members a second",
    )
    yield Row("client memory of it", memory.grown_by, "MB", at_most(150.0), "beyond the program's")
    yield Row(
        "storage of it",
        size / members,
        "bytes a member",
        None,
        f"with sectors; {database / 1e9:.2f} GB with all else",
    )
    scratch.ours.execute(b"VACUUM ANALYZE")
    made = time_once(lambda: [None for _ in next_day()])
    added = time_once(lambda: _apply(store, next_day)) - made
    clear(scratch.raw)
    prepared = copy_case(scratch.raw, [[] for _ in sizes])
    prepared.prepare()
    copied = time_once(lambda: _copy_memberships(scratch.raw, next_day())) - made
    yield Row(
        "one more day of all funds behind it",
        added / copied,
        "× raw COPY of the memberships",
        None,
        f"{added:.1f} / {copied:.1f} s",
    )


def _measure_questions(store: Store, then: Moment, scan: float) -> Iterator[Row]:
    for work, calls, ask, bar in (
        (f"ETF → its holdings ({FUND})", 20, lambda: _find_fund(store), 5.0),
        ("stock → its ETFs", 20, lambda: find_stock(store, "AAPL"), None),
        ("ETF → its holdings on a day", 20, lambda: _find_fund(store, then), 5.0),
        ("stock → its ETFs on a day", 5, lambda: find_past_stock(store, "AAPL", then), None),
    ):
        times = alternate([Case("asked", repeat(ask, calls))], 3)
        took = 1e3 * times.median("asked") / calls
        yield Row(f"{work}, behind it", took, "ms", None if bar is None else at_most(bar))
    for work, ask in (
        ("statistics of it", lambda: read_statistics(store)),
        ("statistics of it on a day", lambda: read_statistics(store, then)),
    ):
        took = alternate([Case("asked", ask)], 3).median("asked")
        yield Row(work, took / scan, *_of_scan(took, scan))


def _measure_partitions(store: Store, then: Moment) -> Iterator[Row]:
    """Yield what parting the record takes, and what it does to questions about the past."""
    questions: dict[str, Callable[[], object]] = {
        "ETF → its holdings on a day": lambda: _find_fund(store, then),
        "stock → its ETFs on a day": lambda: find_past_stock(store, "AAPL", then),
        "statistics on a day": lambda: read_statistics(store, then),
    }
    cases = [Case(work, repeat(ask, 5)) for work, ask in questions.items()]
    before = alternate(cases, 3)
    parted = time_once(lambda: partitions.partition(store.connection))
    store.connection.execute(b"VACUUM ANALYZE")
    yield Row("part it by year", parted, "s")
    after = alternate(cases, 3)
    for work in questions:
        ratio = after.median(work) / before.median(work)
        yield Row(f"{work}, parted", ratio, "× as long as before")
    partitions.gather(store.connection)


def _find_fund(store: Store, moment: Moment | None = None) -> object:
    return find_group(store, GroupType.ETF, FUND, moment)


def _of_scan(took: float, scan: float) -> tuple[str, None, str]:
    """Return the unit, no bar, and the details of a figure in scans."""
    return "× a scan of all", None, f"{took:.2f} / {scan:.2f} s"


def _batches(
    sizes: Sequence[int], reports: int, change: Callable[[DesiredGroup], DesiredGroup]
) -> Iterator[list[DesiredGroup]]:
    funds = map(change, iterate_funds(sizes))
    return iter(lambda: list(itertools.islice(funds, max(1, AT_ONCE // reports))), [])


def _report_all(group: DesiredGroup, days: Sequence[dt.date]) -> DesiredGroup:
    """Return the fund with a file of each day."""
    reports = (report_on(group, month, day) for month, day in enumerate(days))
    snapshots = tuple(one for report in reports for one in report.snapshots or ())
    return replace(group, snapshots=snapshots, guarded=False)


def _apply(store: Store, batches: Callable[[], Iterator[list[DesiredGroup]]]) -> None:
    def heed(plan: Plan) -> Mapping[str, Mapping[str, object]]:
        if any(group.error is not None for group in plan.groups):
            raise RuntimeError("a group was refused")
        return {}

    apply_batches(store, batches, heed, LoadNote("benchmark"))


def _copy_rows(source: Connection, to: Connection) -> None:
    """Write the rows of all snapshots, as they are, into the same table of the other database."""
    with source.cursor().copy(_ROWS_OUT) as rows, to.cursor().copy(_ROWS_IN) as copy:
        for block in rows:
            copy.write(block)


def _copy_memberships(connection: Connection, batches: Iterator[list[DesiredGroup]]) -> None:
    number = 1
    with connection.transaction():
        for batch in batches:
            copy_members(connection, members_of(batch), number)
            number += len(batch)


def _read_sizes(connection: Connection) -> tuple[float, float, int, float]:
    """Return the bytes of snapshots, their members, how many they are, and all bytes."""
    row = connection.execute(_SIZES).fetchone()
    assert row is not None
    return row[0], row[1], row[2], row[3]
