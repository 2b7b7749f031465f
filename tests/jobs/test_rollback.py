"""Taking loads back: the state before comes again, nothing is erased, and it can be undone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from samples import DAY, make_fund, make_snapshot
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.db.locks import hold_tables
from stockgroups.db.transactions import writing
from stockgroups.errors import GuardError, NotFoundError
from stockgroups.jobs.organize import organize_sectors, organize_universe
from stockgroups.jobs.rollback import roll_back
from stockgroups.model import Alias, GroupKey, GroupType
from stockgroups.queries.provenance import list_loads
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.figures import list_figures
from stockgroups.record.interval_differences import find_differences
from stockgroups.record.plan import Plan
from stockgroups.store import Store
from tables import dump, read_members, read_one

FIRST = {"AAPL": 0.6, "KO": 0.4}
SECOND = {"AAPL": 0.5, "MSFT": 0.5}
NEXT = DAY + dt.timedelta(days=1)


def read_state(connection: Connection) -> list[list[tuple[Any, ...]]]:
    """What answers are made from, but for numbers and times of snapshots."""
    statements = (
        "SELECT type, name, description, metadata - 'last_updated', liquidity_filter"
        " FROM definition_groups ORDER BY 1, 2",
        "SELECT g.name, m.symbol, m.weight FROM group_memberships m"
        " JOIN definition_groups g ON g.id = m.group_id ORDER BY 1, 2",
        "SELECT r.name, s.symbol, h.valid_from, h.valid_to FROM stockgroups.membership_history h"
        " JOIN stockgroups.group_registry r ON r.id = h.group_id"
        " JOIN stockgroups.securities s ON s.id = h.security_id ORDER BY 1, 2, 3",
    )
    return [connection.execute(statement.encode()).fetchall() for statement in statements]


def load(store: Store, *groups: DesiredGroup) -> int:
    number = apply(store, groups).load_id
    assert number is not None
    return number


def count_snapshots(connection: Connection) -> int:
    count: int = read_one(connection, "SELECT count(*) FROM stockgroups.snapshots")
    return count


def test_stays_of_renamed_stocks_come_back_with_the_load(
    connection: Connection, store: Store
) -> None:
    renamed = Alias("AA", DAY + dt.timedelta(days=9), "BB", "the company")
    groups = [make_fund("SPY", make_snapshot({"AA": 0.5, "KO": 0.5}))]
    number = apply(store, groups, aliases=[renamed]).load_id
    assert number is not None
    before = read_state(connection)
    for _ in range(2):  # gone, and there again
        roll_back(store, number)
        assert not list(find_differences(store))
        number = read_one(connection, "SELECT max(id) FROM stockgroups.loads")
    assert read_state(connection) == before


def test_a_load_is_taken_back_and_the_taking_back_too(connection: Connection, store: Store) -> None:
    load(store, make_fund("SPY", make_snapshot(FIRST)))
    before = read_state(connection)
    number = load(
        store,
        make_fund("SPY", make_snapshot(SECOND), make_snapshot(FIRST, NEXT)),
        make_fund("QQQ", make_snapshot(SECOND, NEXT)),
    )
    after = read_state(connection)
    recorded = count_snapshots(connection)
    report = roll_back(store, number)
    assert read_state(connection) == before
    assert count_snapshots(connection) == recorded + 3
    assert report.plan.load_id is not None
    roll_back(store, report.plan.load_id)
    assert read_state(connection) == after
    assert list(find_differences(store)) == []
    undone = {entry.id: (entry.undoes, entry.undone_by) for entry in list_loads(store, limit=9)}
    assert undone[number] == (None, report.plan.load_id)
    assert undone[report.plan.load_id][0] == number


def test_what_later_loads_have_said_stays(connection: Connection, store: Store) -> None:
    first = load(store, make_fund("SPY", make_snapshot(FIRST), make_snapshot(FIRST, NEXT)))
    load(store, make_fund("SPY", make_snapshot(SECOND, NEXT)))
    after = read_state(connection)
    report = roll_back(store, first)
    assert report.replaced == {"ETF SPY": 1}
    state = read_state(connection)
    assert state[:2] == after[:2]
    assert min(row[2] for row in state[2]) == NEXT


def test_nothing_is_taken_back_twice(store: Store) -> None:
    load(store, make_fund("SPY", make_snapshot(FIRST)))
    number = load(store, make_fund("SPY", make_snapshot(SECOND, NEXT)))
    roll_back(store, number)
    with pytest.raises(GuardError, match="cannot be reverted: load"):
        roll_back(store, number)
    with pytest.raises(NotFoundError, match="no load 999"):
        roll_back(store, 999)


def test_what_was_taken_back_is_not_loaded_again_by_itself(
    connection: Connection, store: Store
) -> None:
    number = load(store, make_fund("SPY", make_snapshot(FIRST)))
    roll_back(store, number)
    for snapshots in ((), (make_snapshot(FIRST),)):
        plan = apply(store, [make_fund("SPY", *snapshots)])
        assert plan.groups[0].is_emptied
        assert not plan.changes_anything
        assert read_state(connection) == [[], [], []]
    corrected = make_snapshot(SECOND)
    load(store, make_fund("SPY", corrected))
    assert len(read_state(connection)[1]) == len(SECOND)


def test_a_rehearsal_writes_nothing(connection: Connection, store: Store) -> None:
    number = load(store, make_fund("SPY", make_snapshot(FIRST)))
    before = dump(connection)
    report = roll_back(store, number, dry_run=True)
    assert report.plan.deleted == [GroupKey("TEST", GroupType.ETF, "SPY")]
    assert dump(connection) == before


def test_a_rehearsal_waits_for_nobody_and_tells_what_is_done_then(
    store: Store, target: Target
) -> None:
    load(store, make_fund("SPY", make_snapshot(FIRST)))
    number = load(
        store, make_fund("SPY", make_snapshot(SECOND)), make_fund("QQQ", make_snapshot(FIRST))
    )
    with connect(target) as other, writing(other, "TEST"):
        hold_tables(other)
        told = roll_back(store, number, dry_run=True)
    done = roll_back(store, number)
    assert _without_former(told.plan) == _without_former(done.plan)
    assert (told.replaced, told.entries) == (done.replaced, done.entries)


def _without_former(plan: Plan) -> dict[str, dict[str, Any]]:
    figures = list_figures(plan)
    return {name: {k: v for k, v in f.items() if k != "former"} for name, f in figures.items()}


def test_a_deleted_group_comes_back_with_its_words(connection: Connection, store: Store) -> None:
    organize_universe(store)
    before = read_state(connection)
    doomed = [GroupKey("TEST", GroupType.THEME, name) for name in ("gold_miners", "drones_uav")]
    number = apply(store, [], delete=doomed).load_id
    assert number is not None
    roll_back(store, number)
    assert read_state(connection) == before


def test_words_of_a_catalogue_are_taken_back(connection: Connection, store: Store) -> None:
    key = GroupKey("TEST", GroupType.SECTOR, "energy")
    load(store, DesiredGroup(key, "Old words", {"name": "E", "industries": ["Coal"]}))
    before = read_state(connection)
    organize_sectors(store)
    number = list_loads(store, limit=1)[0].id
    roll_back(store, number)
    assert read_state(connection) == before


@pytest.mark.parametrize("day", ["2026-06-01", "2026-08-01"])
def test_members_that_no_record_holds_are_recorded_first(
    connection: Connection, store: Store, day: str
) -> None:
    connection.execute(
        "INSERT INTO definition_groups (name, type, environment, metadata, updated_at, last_update)"
        " VALUES ('SPY', 'ETF', 'TEST', '{}', %(day)s, %(day)s)",
        {"day": day},
    )
    connection.execute(
        "INSERT INTO group_memberships (group_id, symbol, added_at, updated_at)"
        " SELECT id, 'GE', %(day)s, %(day)s FROM definition_groups",
        {"day": day},
    )
    number = load(store, make_fund("SPY", make_snapshot(FIRST)))
    # The newer of the two counts.
    assert set(read_members(connection, "SPY")) == ({"GE"} if day > str(DAY) else set(FIRST))
    roll_back(store, number)
    assert set(read_members(connection, "SPY")) == {"GE"}
