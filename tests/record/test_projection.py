"""The stored intervals, after loads in any order, against a model that looks at every day."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from typing import Any

import pytest

from samples import make_snapshot
from stockgroups.db.connection import Connection
from stockgroups.model import GroupKey, GroupType
from stockgroups.record.apply import apply
from stockgroups.record.desired import Amendment, DesiredGroup
from stockgroups.record.interval_differences import (
    Difference,
    StaleRuns,
    find_differences,
    project_history,
)
from stockgroups.record.stored_runs import read_reported
from stockgroups.store import Store
from tables import FILL_RUNS, read_members, read_one

DAY = dt.date(2026, 1, 1)
DAYS = 20
ORDERS = 50
STOCKS = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")

Members = dict[str, float | None]
Days = dict[tuple[str, str], set[int]]


def day(number: int) -> dt.date:
    return DAY + dt.timedelta(days=number)


def read_days(connection: Connection) -> Days:
    """Which stock was in which group on which days, from the table itself."""
    found: Days = defaultdict(set)
    rows = connection.execute(
        "SELECT r.name, s.symbol, h.valid_from, h.valid_to FROM stockgroups.membership_history h"
        " JOIN stockgroups.group_registry r ON r.id = h.group_id"
        " JOIN stockgroups.securities s ON s.id = h.security_id ORDER BY 1, 2, 3"
    ).fetchall()
    last: dict[tuple[str, str], dt.date] = {}
    for group, symbol, start, end in rows:
        assert start < end
        assert last.get((group, symbol), dt.date.min) < start, "neighbours that touch are one"
        last[group, symbol] = end
        found[group, symbol] |= {n for n in range(DAYS) if start <= day(n) < end}
    return dict(found)


class Model:
    """Statements in the order of recording; a group's members are found day by day."""

    def __init__(self) -> None:
        self.said: dict[str, list[tuple[int, str, Members | None]]] = defaultdict(list)

    def members(self, group: str, number: int) -> Members:
        for kinds in (("issuer", "nport"), ("proxy",)):
            for back in range(number, -1, -1):
                for kind in kinds:
                    same = [s for s in self.said[group] if s[:2] == (back, kind)]
                    if same and same[-1][2] is not None:
                        return same[-1][2]
        return {}

    def days(self) -> Days:
        found: Days = defaultdict(set)
        for group in self.said:
            for number in range(DAYS):
                for symbol in self.members(group, number):
                    found[group, symbol].add(number)
        return dict(found)


def take_back(store: Store, model: Model, dice: random.Random) -> None:
    """Take back the date of some snapshot, or let it count again."""
    rows: list[Any] = store.connection.execute(
        "SELECT r.name, s.group_id, s.id, s.as_of,"
        " stockgroups.report_kind(s.source, s.is_proxy), s.ref_ids IS NULL,"
        " array(SELECT symbol FROM stockgroups.refs WHERE id = ANY (s.ref_ids))"
        " FROM stockgroups.snapshots s JOIN stockgroups.group_registry r ON r.id = s.group_id"
        " ORDER BY s.id"
    ).fetchall()
    group, registry_id, number, as_of, kind, is_retracted, symbols = dice.choice(rows)
    restates = not is_retracted and dice.random() < 0.4
    key = GroupKey("TEST", GroupType.ETF, group)
    amendment = Amendment(key, registry_id, number, restates)
    apply(store, [DesiredGroup(key, snapshots=())], amendments=[amendment])
    said = dict.fromkeys(symbols) if restates else None
    model.said[group].append(((as_of - DAY).days, kind, said))


def load_some(store: Store, model: Model, dice: random.Random, *, filings: bool) -> None:
    """Load some files, of some funds, of any dates; some are proxies, some corrections.

    With `filings` some are N-PORT filings, of which no date of filing is known.
    """
    desired = []
    for group in dice.sample(("X", "Y"), dice.choice((1, 1, 2))):
        snapshots = []
        for number in sorted(dice.sample(range(DAYS), dice.choice((1, 1, 3)))):
            members: Members = dict.fromkeys(dice.sample(STOCKS, dice.randrange(len(STOCKS))))
            kind = "proxy" if dice.random() < 0.2 else "issuer"
            if filings and dice.random() < 0.4:
                kind = "nport"
            same = [s for s in model.said[group] if s[:2] == (number, kind)]
            known = any(s[2] == members for s in same[-1:]) or members in [s[2] for s in same]
            is_proxy = kind == "proxy"
            source = "nport" if kind == "nport" else "hand"
            snapshots.append(make_snapshot(members, day(number), is_proxy=is_proxy, source=source))
            if not known:
                model.said[group].append((number, kind, members))
        key = GroupKey("TEST", GroupType.ETF, group)
        desired.append(DesiredGroup(key, snapshots=tuple(snapshots)))
    apply(store, desired)


@pytest.mark.parametrize("part", range(5))
def test_loads_in_any_order_against_the_model(
    connection: Connection, store: Store, part: int
) -> None:
    for number in range(part * ORDERS // 5, (part + 1) * ORDERS // 5):
        connection.execute(
            "TRUNCATE definition_groups, group_memberships, stockgroups.group_registry,"
            " stockgroups.snapshots, stockgroups.membership_history, stockgroups.ref_runs"
        )
        dice, model = random.Random(number), Model()
        for turn in range(dice.randrange(2, 7)):
            if turn and dice.random() < 0.3:
                take_back(store, model, dice)
            else:
                load_some(store, model, dice, filings=part > 1)
            assert read_days(connection) == model.days(), f"seed {number}"
            for group in model.said:
                now = model.members(group, DAYS - 1)
                assert read_members(connection, group).keys() == now.keys(), f"seed {number}"
        assert list(find_differences(store)) == []
        if part <= 1:  # what was there before filings
            connection.execute("TRUNCATE stockgroups.ref_runs")
            connection.execute(FILL_RUNS.encode())
            assert list(find_differences(store)) == [], "an upgrade makes the same runs"


def test_what_was_changed_by_hand_is_found_and_mended(connection: Connection, store: Store) -> None:
    key = GroupKey("TEST", GroupType.ETF, "X")
    snapshots = [make_snapshot(dict.fromkeys(STOCKS[n : n + 3]), day(n)) for n in range(3)]
    apply(store, [DesiredGroup(key, snapshots=tuple(snapshots))])
    right = read_days(connection)
    assert read_one(connection, "SELECT count(*) FROM stockgroups.membership_history") == 5
    connection.execute("DELETE FROM stockgroups.membership_history WHERE valid_to = 'infinity'")
    connection.execute(
        "UPDATE stockgroups.membership_history SET valid_to = valid_to + 1"
        " WHERE valid_from = %s AND valid_to = %s",
        (day(0), day(1)),
    )
    connection.execute("UPDATE stockgroups.ref_runs SET valid_from = valid_from - 1")
    runs, *found = project_history(store)
    assert isinstance(runs, StaleRuns)
    assert sorted(runs.runs) == [
        (day(0), day(1)),
        (day(0), day(2)),
        (day(0), dt.date.max),
        (day(1), dt.date.max),
        (day(2), dt.date.max),
    ]
    assert sorted(
        (d.valid_from, d.valid_to, d.is_stored) for d in found if isinstance(d, Difference)
    ) == [
        (day(0), day(1), False),
        (day(0), day(2), True),
        (day(0), dt.date.max, False),
        (day(1), dt.date.max, False),
        (day(2), dt.date.max, False),
    ]
    assert read_days(connection) == right
    assert project_history(store) == []


def test_the_runs_of_few_refs_and_of_all_are_the_same(connection: Connection, store: Store) -> None:
    """Few refs are looked up one by one; for many, all runs are read."""
    stocks = [f"A{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(150)]
    for group in ("X", "Y"):
        snapshots = [
            make_snapshot(dict.fromkeys(stocks[n : n + 100]), day(n), source=source)
            for n, source in ((0, "hand"), (7, "nport"), (9, "hand"))
        ]
        key = GroupKey("TEST", GroupType.ETF, group)
        apply(store, [DesiredGroup(key, snapshots=tuple(snapshots))])
    refs = [row[0] for row in connection.execute(b"SELECT id FROM stockgroups.refs ORDER BY 1")]
    every = dict(read_reported(store, refs))
    assert len(every) == 4
    some = {refs[0], refs[-1]}
    expected = {
        series: sorted((start, end, *some.intersection(held)) for start, end, held in told.runs)
        for series, told in every.items()
    }
    found = dict(read_reported(store, some))
    assert {
        series: sorted((start, end, *held) for start, end, held in told.runs)
        for series, told in found.items()
    } == {
        series: kept
        for series, told in expected.items()
        if (kept := [run for run in told if len(run) > 2])
    }
    assert all(every[series].dates == told.dates for series, told in found.items())
