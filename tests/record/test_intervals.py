"""Timelines, segments and intervals, against a model that looks at every day by itself."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockgroups.ranges import DateRange
from stockgroups.record.effective import (
    FOREVER,
    Header,
    ReportKind,
    effective_snapshot,
    effective_snapshots,
    segments,
)
from stockgroups.record.intervals import Intervals, find_changes, project_runs, splice
from stockgroups.record.runs import RunCollector, Runs, find_series

DAY = dt.date(2026, 1, 1)
DAYS = 40
ORDERS = 500
NOBODY: frozenset[int] = frozenset()


def day(number: int) -> dt.date:
    """A date by its number; the last of all for what has no end."""
    return FOREVER if number >= DAYS else DAY + dt.timedelta(days=number)


def header(number: int, as_of: int, *, proxy: bool = False, retracted: bool = False) -> Header:
    recorded_at = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    return Header(
        number, day(as_of), proxy, "", "", "", 0, recorded_at, "hand", retracted=retracted
    )


class Record:
    """Snapshots of one group, recorded one after the other; corrections, gaps and all."""

    def __init__(self) -> None:
        self.headers: list[Header] = []
        self.securities: dict[int, frozenset[int]] = {}

    def add(self, as_of: int, members: frozenset[int] | None, *, proxy: bool = False) -> None:
        """Record a snapshot, or with None that its date is taken back."""
        new = header(len(self.headers) + 1, as_of, proxy=proxy, retracted=members is None)
        self.headers.append(new)
        self.securities[new.id] = members or NOBODY

    def members(self, number: int) -> frozenset[int]:
        """Who was in it that day: the naive model, which walks back day by day."""
        for proxy in (False, True):
            for back in range(number, -1, -1):
                same = [h for h in self.headers if h.as_of == day(back) and h.is_proxy is proxy]
                if same and not same[-1].retracted:
                    return self.securities[same[-1].id]
        return NOBODY

    def project(self) -> Intervals:
        """The intervals, made anew from all that is recorded."""
        collected = RunCollector()
        for one in effective_snapshots(self.headers):
            collected.add(one.as_of, self.securities[one.id])
        found: Intervals = {}
        for interval in sorted(runs := collected.runs):
            for security in runs[interval]:
                found.setdefault(security, []).append(interval)
        return found


def fill_days(intervals: Intervals) -> dict[int, list[int]]:
    """The days of each security, and that its intervals are sorted, apart and not empty."""
    for ranges in intervals.values():
        assert all(first < last for first, last in ranges)
        assert all(left[1] < right[0] for left, right in itertools.pairwise(ranges))
    return {
        security: [
            number
            for number in range(DAYS)
            if any(first <= day(number) < last for first, last in ranges)
        ]
        for security, ranges in intervals.items()
    }


def expect_days(record: Record) -> dict[int, list[int]]:
    """The days of each security by the naive model."""
    found: dict[int, list[int]] = {}
    for number in range(DAYS):
        for security in record.members(number):
            found.setdefault(security, []).append(number)
    return found


def load(record: Record, stored: Intervals, snapshots: list[tuple[int, frozenset[int] | None]],
         dice: random.Random) -> Intervals:  # fmt: skip
    """Record some snapshots in one go, and splice what is stored as a load does."""
    before = effective_snapshots(record.headers)
    for as_of, members in snapshots:
        record.add(as_of, members, proxy=dice.random() < 0.2)
    changed = segments(before, effective_snapshots(record.headers))
    gone, come = find_changes(changed, record.securities)
    spliced = dict(stored)
    for security in gone.keys() | come.keys():
        ranges = splice(
            stored.get(security, ()), gone.get(security, ()), come.get(security, ())
        )  # fmt: skip
        if ranges:
            spliced[security] = ranges
        else:
            del spliced[security]
    return spliced


@pytest.mark.parametrize("part", range(5))
def test_loads_in_any_order_against_the_model(part: int) -> None:
    for number in range(part * ORDERS // 5, (part + 1) * ORDERS // 5):
        dice = random.Random(number)
        record = Record()
        stored: Intervals = {}
        for _ in range(dice.randrange(1, 9)):
            snapshots: list[tuple[int, frozenset[int] | None]] = [
                (
                    dice.randrange(DAYS - 1),
                    None
                    if dice.random() < 0.15
                    else frozenset(dice.sample(range(8), dice.randrange(8))),
                )
                for _ in range(dice.choice((1, 1, 2, 5)))
            ]
            if record.headers and dice.random() < 0.3:  # the same file once more
                again = dice.choice(record.headers)
                snapshots.append(((again.as_of - DAY).days, record.securities[again.id]))
            stored = load(record, stored, snapshots, dice)
            assert fill_days(stored) == expect_days(record), number
            assert stored == record.project(), number


@pytest.mark.parametrize("part", range(4))
def test_runs_give_the_intervals_that_all_days_give(part: int) -> None:
    """Refs that are one security, another one since or between some days, two at once, or none."""
    for number in range(100 * part, 100 * part + 100):
        dice = random.Random(number)
        record = Record()
        for _ in range(dice.randrange(1, 20)):
            refs = frozenset(dice.sample(range(8), dice.randrange(8)))
            record.add(dice.randrange(DAYS - 1), refs, proxy=dice.random() < 0.3)
        line = effective_snapshots(record.headers)
        turn, back = (day(n) for n in sorted(dice.sample(range(DAYS - 1), 2)))
        always = [(ref, [(dt.date.min, FOREVER, ref % 5)]) for ref in range(4)]
        moved = [
            (ref, [(dt.date.min, turn, ref % 3), (turn, FOREVER, 7 + ref % 2)]) for ref in (4, 5)
        ]
        moved += [(6, [(dt.date.min, turn, 6), (turn, back, 9), (back, FOREVER, 6)])]
        owned = dict([*always, *moved, (7, [])])
        runs = {
            kind: [(*interval, refs) for interval, refs in _collect(record, of).items()]
            for kind, of in find_series(record.headers).items()
        }
        found = project_runs(line, runs, owned.__getitem__)
        for one in line:
            record.securities[one.id] = frozenset(
                security
                for ref in record.securities[one.id]
                for since, until, security in owned[ref]
                if since <= one.as_of < until
            )
        assert found == record.project(), number


def _collect(record: Record, headers: list[Header]) -> Runs:
    collected = RunCollector()
    for one in headers:
        collected.add(one.as_of, record.securities[one.id])
    return collected.runs


@pytest.mark.parametrize("reports", [4, 400])
def test_a_run_is_looked_at_once_however_many_days_it_lasts(reports: int) -> None:
    line = [replace(header(n, 0), as_of=DAY + dt.timedelta(days=n)) for n in range(1, reports)]
    asked: list[int] = []

    def list_owned(ref: int) -> list[tuple[dt.date, dt.date, int]]:
        asked.append(ref)
        return [(dt.date.min, FOREVER, ref)]

    runs = {ReportKind.ISSUER: [(line[0].as_of, FOREVER, {1, 2}), (line[1].as_of, FOREVER, {3})]}
    found = project_runs(line, runs, list_owned)
    assert found[3] == [DateRange(line[1].as_of, FOREVER)]
    assert sorted(asked) == [1, 2, 3]


@given(st.permutations([(n, frozenset({n % 3, n % 5})) for n in range(0, 36, 4)]))
def test_files_of_different_dates_give_the_same_in_any_order(
    files: list[tuple[int, frozenset[int]]],
) -> None:
    record = Record()
    stored: Intervals = {}
    for as_of, members in files:
        before = effective_snapshots(record.headers)
        record.add(as_of, members)
        gone, come = find_changes(
            segments(before, effective_snapshots(record.headers)), record.securities
        )
        for security in gone.keys() | come.keys():
            stored[security] = splice(
                stored.get(security, ()), gone.get(security, ()), come.get(security, ())
            )
    in_order = Record()
    for as_of, members in sorted(files):
        in_order.add(as_of, members)
    assert {s: r for s, r in stored.items() if r} == in_order.project()


recorded = st.lists(
    st.tuples(st.integers(0, 8), st.booleans(), st.booleans()), max_size=14
).map(
    lambda rows: [
        header(number, as_of, proxy=proxy, retracted=retracted)
        for number, (as_of, proxy, retracted) in enumerate(rows, 1)
    ]
)  # fmt: skip


@given(recorded, st.integers(-1, 9))
def test_the_timeline_says_what_counts_on_every_day(headers: list[Header], number: int) -> None:
    on = DAY + dt.timedelta(days=number)
    line = effective_snapshots(headers)
    assert [h.as_of for h in line] == sorted({h.as_of for h in line})
    last = [h for h in line if h.as_of <= on][-1:]
    assert last == [h for h in [effective_snapshot(headers, on)] if h]


@given(recorded, st.integers(0, 14))
def test_segments_are_the_days_on_which_another_snapshot_counts(
    headers: list[Header], cut: int
) -> None:
    before, after = headers[:cut], headers
    found = segments(effective_snapshots(before), effective_snapshots(after))
    for number in range(-1, 11):
        on = DAY + dt.timedelta(days=number)
        here = [s for s in found if s.start <= on < s.end]
        was, now = effective_snapshot(before, on), effective_snapshot(after, on)
        assert [(s.before, s.after) for s in here] == ([] if was == now else [(was, now)])


ranges = st.lists(st.tuples(st.integers(0, DAYS), st.integers(0, DAYS)), max_size=5).map(
    lambda pairs: [DateRange(day(min(p)), day(max(p))) for p in pairs if min(p) < max(p)]
)


@given(ranges, ranges, ranges)
def test_splicing_is_the_arithmetic_of_days(
    rough: list[DateRange], gone: list[DateRange], come: list[DateRange]
) -> None:
    stored = splice((), (), rough)

    def fill(intervals: list[DateRange]) -> set[int]:
        return set(fill_days({1: splice((), (), intervals)})[1])

    spliced = splice(stored, gone, come)
    assert set(fill_days({1: spliced})[1]) == fill(stored) - fill(gone) | fill(come)


def test_a_removal_splits_and_an_addition_joins() -> None:
    whole = [DateRange(day(0), FOREVER)]
    split = [DateRange(day(0), day(3)), DateRange(day(5), FOREVER)]
    between = DateRange(day(3), day(5))
    assert splice(whole, [between], []) == split
    assert splice(split, [], [between]) == whole
