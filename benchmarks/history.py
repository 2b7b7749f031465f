"""The past: twenty years of monthly files, asked, added to, compared and made anew."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from benchmarks.data import DAY, ENVIRONMENT, make_desired, report_on
from benchmarks.measure import Case, Row, alternate, at_least, at_most, repeat
from benchmarks.scratch import Scratch, clear
from benchmarks.state import load
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.model import GroupType
from stockgroups.queries.groups import find_group
from stockgroups.queries.moments import Moment
from stockgroups.queries.timelines import find_timeline
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.interval_differences import find_differences, project_history
from stockgroups.store import Store

MONTHS = 240
AT_ONCE = 24  # months in one load while the record is filled
ROUNDS = 7
CALLS = 20
MIDDLE = MONTHS // 2

_COUNT = b"SELECT sum(member_count)::float8 FROM stockgroups.snapshots"
_SIZE = b"SELECT pg_total_relation_size('stockgroups.snapshots')::float8"


def measure(scratch: Scratch, catalog: Catalog) -> Iterator[Row]:
    """Yield the rows about the past, on a record of 24 funds, with the catalogue's aliases."""
    connection = scratch.ours
    clear(connection)
    desired = [replace(group, guarded=False) for group in make_desired()]
    begun = time.perf_counter()
    _fill(connection, desired)
    seconds = time.perf_counter() - begun
    store = Store(connection, ENVIRONMENT)
    apply(store, [], aliases=catalog.aliases)
    connection.execute(b"VACUUM ANALYZE")
    members = _read(connection, _COUNT)
    yield Row(
        "storage of a snapshot, twenty years of months",
        _read(connection, _SIZE) / members,
        "bytes a member",
        at_most(25.0),
        f"{members:,.0f} members, loaded in {seconds:.0f} s",
    )
    yield from _measure_questions(store)
    yield from _measure_months(connection, desired)
    yield from _measure_projection(store, members)


def _measure_questions(store: Store) -> Iterator[Row]:
    moment = Moment(_day(MIDDLE) + dt.timedelta(days=10))

    def find(ticker: str) -> object:
        return find_group(store, GroupType.ETF, ticker, moment)

    questions = {
        "ETF → its 500 holdings on a day": lambda: find("SPY"),
        "ETF → its 3,500 holdings on a day": lambda: find("VTI"),
        "stock → its stays in 20 years": lambda: find_timeline(store, "AAPL", None),
    }
    for work, ask in questions.items():
        times = alternate([Case("asked", repeat(ask, CALLS))], ROUNDS)
        bar = None if "3,500" in work else at_most(5.0)
        yield Row(work, 1e3 * times.median("asked") / CALLS, "ms", bar)


def _measure_months(connection: Connection, desired: Sequence[DesiredGroup]) -> Iterator[Row]:
    for where, first in (("at the end", MONTHS), ("in the middle", MIDDLE)):
        seconds = []
        for number in range(3):
            # Months between months, so that each takes a place of its own.
            day = _day(first) + dt.timedelta(days=5 + number)
            month = [report_on(group, first, day) for group in desired]
            begun = time.perf_counter()
            load(connection, month)
            seconds.append(time.perf_counter() - begun)
        yield Row(
            f"one more month of all 24 funds {where}",
            1e3 * sorted(seconds)[1],
            "ms",
            at_most(250.0),
            "planned, recorded, spliced",
        )


def _measure_projection(store: Store, members: float) -> Iterator[Row]:
    begun = time.perf_counter()
    if list(find_differences(store)):
        raise RuntimeError("the history is not what the record says")
    compared = time.perf_counter() - begun
    store.connection.execute(b"TRUNCATE stockgroups.membership_history")
    begun = time.perf_counter()
    with store.connection.transaction():
        intervals = len(project_history(store))
    rebuilt = time.perf_counter() - begun
    yield Row("history compared with the record", members / compared, "members a second", None, "")
    yield Row(
        "history made anew from the record",
        members / rebuilt,
        "members a second",
        at_least(1e6),
        f"{intervals:,} intervals in {rebuilt:.1f} s",
    )


def _fill(connection: Connection, desired: Sequence[DesiredGroup]) -> None:
    for begin in range(0, MONTHS, AT_ONCE):
        months = range(begin, begin + AT_ONCE)
        load(
            connection,
            [
                replace(
                    group,
                    snapshots=tuple(
                        snapshot
                        for month in months
                        for snapshot in report_on(group, month, _day(month)).snapshots or ()
                    ),
                )
                for group in desired
            ],
        )


def _day(month: int) -> dt.date:
    return DAY - dt.timedelta(days=30 * (MONTHS - month))


def _read(connection: Connection, statement: bytes) -> float:
    row = connection.execute(statement).fetchone()
    assert row is not None
    value: float = row[0]
    return value
