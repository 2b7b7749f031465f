"""What other programs change is noticed by name, and recorded or put back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from samples import make_fund, make_snapshot
from sound import make_sound
from stockgroups.checks import validate
from stockgroups.db.connection import Connection
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.reconcile import find_changes, reconcile
from stockgroups.record.apply import apply
from stockgroups.store import Store
from tables import dump, read_members, read_one

FUND = {"AAPL": 0.5, "GE": 0.3, "XOM": 0.2}
NUMBER = "SELECT id FROM definition_groups WHERE name = 'SPY'"


@pytest.fixture
def changed(connection: Connection, store: Store) -> Store:
    """A fund that another program has changed, one that it made, one that it deleted."""
    funds = [make_fund("SPY", make_snapshot(FUND)), make_fund("QQQ", make_snapshot({"GE": 1.0}))]
    apply(store, funds)
    number = read_one(connection, NUMBER)
    connection.execute(
        "INSERT INTO group_memberships (group_id, symbol, weight) VALUES (%s, 'TSLA', %s)",
        (number, Decimal("0.10000000000000000001")),
    )
    connection.execute(
        "DELETE FROM group_memberships WHERE group_id = %s AND symbol = 'GE'", (number,)
    )
    connection.execute(
        "UPDATE group_memberships SET weight = 0.4 WHERE group_id = %s AND symbol = 'AAPL'",
        (number,),
    )
    connection.execute("DELETE FROM definition_groups WHERE name = 'QQQ'")
    connection.execute(
        "INSERT INTO definition_groups (name, type, environment) VALUES ('mine', 'CUSTOM', 'TEST')"
    )
    connection.execute(
        "INSERT INTO group_memberships (group_id, symbol) SELECT id, 'IBM' FROM definition_groups"
        " WHERE name = 'mine'"
    )
    return store


def test_changes_are_found_by_name(changed: Store) -> None:
    before = dump(changed.connection)
    found = {change.key.name: change for change in reconcile(changed, dry_run=True)}
    assert {name: change.what for name, change in found.items()} == {
        "SPY": "changed",
        "QQQ": "deleted",
        "mine": "made",
    }
    assert (found["QQQ"].members, found["mine"].members) == (1, 1)
    spy = found["SPY"]
    assert (spy.added, spy.removed) == ({"TSLA": 0.1}, {"GE": 0.3})
    assert spy.reweighted == {"AAPL": (0.5, 0.4)}
    assert dump(changed.connection) == before


def test_validation_reports_them(changed: Store) -> None:
    build_metadata(changed)
    section = validate(changed).sections[2]
    found = {(f.group, f.symbol) for f in section.findings if f.severity == "error"}
    assert found == {("SPY", "TSLA"), ("SPY", "GE"), ("SPY", "AAPL"), ("QQQ", None)}
    assert all("db reconcile" in str(f.remedy) for f in section.findings)


def test_reconciling_records_what_is_there(changed: Store) -> None:
    rows = "SELECT json_agg(m ORDER BY id)::text FROM group_memberships m"
    members = read_one(changed.connection, rows)
    reconcile(changed)
    assert read_one(changed.connection, rows) == members
    snapshots = changed.connection.execute(
        "SELECT r.name, s.source, s.as_of = current_date FROM stockgroups.snapshots s"
        " JOIN stockgroups.group_registry r ON r.id = s.group_id"
        " WHERE s.source <> 'hand' ORDER BY 1"
    ).fetchall()
    assert snapshots == [("SPY", "external", True), ("mine", "external", True)]
    assert not find_changes(changed)
    assert reconcile(changed) == []
    build_metadata(changed)
    assert validate(changed).sections[2].passed
    metadata = read_one(
        changed.connection, "SELECT metadata FROM definition_groups WHERE name = 'SPY'"
    )
    assert (metadata["total_holdings"], metadata["data_source"]) == (3, "external")


def test_restoring_puts_the_recorded_state_back(changed: Store) -> None:
    reconcile(changed, restore=True)
    assert read_members(changed.connection, "SPY") == FUND
    assert read_members(changed.connection, "QQQ") == {"GE": 1.0}
    assert read_members(changed.connection, "mine", "CUSTOM") == {"IBM": None}
    assert [c.what for c in find_changes(changed)] == ["made"]


def test_each_act_is_audited(changed: Store) -> None:
    reconcile(changed)
    loads = changed.connection.execute(
        "SELECT kind, changes FROM stockgroups.loads WHERE kind = 'reconcile' ORDER BY id"
    ).fetchall()
    assert [set(changes) for _, changes in loads] == [{"ETF SPY", "CUSTOM mine"}, {"ETF QQQ"}]


def test_a_sound_environment_has_nothing_to_reconcile(connection: Connection, store: Store) -> None:
    make_sound(store)
    before = dump(connection)
    assert reconcile(store) == []
    assert reconcile(store, restore=True) == []
    assert dump(connection) == before
