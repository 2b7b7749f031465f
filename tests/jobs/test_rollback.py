"""Taking loads back: the state before comes again, nothing is erased, and it can be undone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from samples import DAY, make_fund, make_snapshot
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.errors import GuardError, NotFoundError
from stockgroups.history.projection import find_differences
from stockgroups.jobs.organize import organize_sectors, organize_universe
from stockgroups.jobs.rollback import roll_back
from stockgroups.model import GroupKey, GroupType
from stockgroups.queries.provenance import list_loads
from stockgroups.store.apply import apply
from stockgroups.store.desired import DesiredGroup
from tables import dump, read_one

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


def load(connection: Connection, *groups: DesiredGroup) -> int:
    number = apply(connection, "TEST", groups).load_id
    assert number is not None
    return number


def count_snapshots(connection: Connection) -> int:
    count: int = read_one(connection, "SELECT count(*) FROM stockgroups.snapshots")
    return count


def test_a_load_is_taken_back_and_the_taking_back_too(connection: Connection) -> None:
    load(connection, make_fund("SPY", make_snapshot(FIRST)))
    before = read_state(connection)
    number = load(
        connection,
        make_fund("SPY", make_snapshot(SECOND), make_snapshot(FIRST, NEXT)),
        make_fund("QQQ", make_snapshot(SECOND, NEXT)),
    )
    after = read_state(connection)
    recorded = count_snapshots(connection)
    report = roll_back(connection, "TEST", number)
    assert read_state(connection) == before
    assert count_snapshots(connection) == recorded + 3
    assert report.plan.load_id is not None
    roll_back(connection, "TEST", report.plan.load_id)
    assert read_state(connection) == after
    assert list(find_differences(connection, "TEST")) == []
    undone = {
        entry.id: (entry.undoes, entry.undone_by)
        for entry in list_loads(connection, "TEST", limit=9)
    }
    assert undone[number] == (None, report.plan.load_id)
    assert undone[report.plan.load_id][0] == number


def test_what_later_loads_have_said_stays(connection: Connection) -> None:
    first = load(connection, make_fund("SPY", make_snapshot(FIRST), make_snapshot(FIRST, NEXT)))
    load(connection, make_fund("SPY", make_snapshot(SECOND, NEXT)))
    after = read_state(connection)
    report = roll_back(connection, "TEST", first)
    assert report.replaced == {"ETF SPY": 1}
    state = read_state(connection)
    assert state[:2] == after[:2]
    assert min(row[2] for row in state[2]) == NEXT


def test_nothing_is_taken_back_twice(connection: Connection) -> None:
    load(connection, make_fund("SPY", make_snapshot(FIRST)))
    number = load(connection, make_fund("SPY", make_snapshot(SECOND, NEXT)))
    roll_back(connection, "TEST", number)
    with pytest.raises(GuardError, match="nothing that could be taken back: load"):
        roll_back(connection, "TEST", number)
    with pytest.raises(NotFoundError, match="no load 999"):
        roll_back(connection, "TEST", 999)


def test_what_was_taken_back_is_not_loaded_again_by_itself(connection: Connection) -> None:
    number = load(connection, make_fund("SPY", make_snapshot(FIRST)))
    roll_back(connection, "TEST", number)
    for snapshots in ((), (make_snapshot(FIRST),)):
        plan = apply(connection, "TEST", [make_fund("SPY", *snapshots)])
        assert plan.groups[0].is_emptied
        assert not plan.changes_anything
        assert read_state(connection) == [[], [], []]
    corrected = make_snapshot(SECOND)
    load(connection, make_fund("SPY", corrected))
    assert len(read_state(connection)[1]) == len(SECOND)


def test_a_rehearsal_writes_nothing(connection: Connection) -> None:
    number = load(connection, make_fund("SPY", make_snapshot(FIRST)))
    before = dump(connection)
    report = roll_back(connection, "TEST", number, dry_run=True)
    assert report.plan.deleted == [GroupKey("TEST", GroupType.ETF, "SPY")]
    assert dump(connection) == before


def test_a_deleted_group_comes_back_with_its_words(
    connection: Connection, catalog: Catalog
) -> None:
    organize_universe(connection, "TEST", catalog)
    before = read_state(connection)
    doomed = [GroupKey("TEST", GroupType.THEME, name) for name in ("gold_miners", "drones_uav")]
    number = apply(connection, "TEST", [], delete=doomed).load_id
    assert number is not None
    roll_back(connection, "TEST", number)
    assert read_state(connection) == before


def test_words_of_a_catalogue_are_taken_back(connection: Connection, catalog: Catalog) -> None:
    key = GroupKey("TEST", GroupType.SECTOR, "energy")
    load(connection, DesiredGroup(key, "Old words", {"name": "E", "industries": ["Coal"]}))
    before = read_state(connection)
    organize_sectors(connection, "TEST", catalog)
    number = list_loads(connection, "TEST", limit=1)[0].id
    roll_back(connection, "TEST", number)
    state = read_state(connection)
    assert [row[:3] for row in state[0]] == [row[:3] for row in before[0]]
    assert state[0][0][3] == before[0][0][3] | {
        "representative_stocks": state[0][0][3]["representative_stocks"]
    }


def test_members_that_no_record_holds_are_not_thrown_away(connection: Connection) -> None:
    connection.execute(
        "INSERT INTO definition_groups (name, type, environment, metadata)"
        " VALUES ('SPY', 'ETF', 'TEST', '{}')"
    )
    connection.execute(
        "INSERT INTO group_memberships (group_id, symbol) SELECT id, 'GE' FROM definition_groups"
    )
    number = load(connection, make_fund("SPY", make_snapshot(FIRST)))
    before = dump(connection)
    with pytest.raises(GuardError, match="is not in the record"):
        roll_back(connection, "TEST", number)
    assert dump(connection) == before
