"""What other programs change is noticed by name, and recorded or put back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from samples import make_fund, make_snapshot
from sound import make_sound
from stockgroups.catalog import Catalog
from stockgroups.checks import validate
from stockgroups.db.connection import Connection
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.outside import find_changes, reconcile
from stockgroups.store.apply import apply
from tables import dump, read_members, read_one

FUND = {"AAPL": 0.5, "GE": 0.3, "XOM": 0.2}
NUMBER = "SELECT id FROM definition_groups WHERE name = 'SPY'"


@pytest.fixture
def changed(connection: Connection) -> Connection:
    """A fund that another program has changed, one that it made, one that it deleted."""
    funds = [make_fund("SPY", make_snapshot(FUND)), make_fund("QQQ", make_snapshot({"GE": 1.0}))]
    apply(connection, "TEST", funds)
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
    return connection


def test_changes_are_found_by_name(changed: Connection) -> None:
    before = dump(changed)
    found = {change.key.name: change for change in reconcile(changed, "TEST", dry_run=True)}
    assert {name: change.what for name, change in found.items()} == {
        "SPY": "changed",
        "QQQ": "deleted",
        "mine": "made",
    }
    spy = found["SPY"]
    assert (spy.added, spy.removed) == ({"TSLA": 0.1}, {"GE": 0.3})
    assert spy.reweighted == {"AAPL": (0.5, 0.4)}
    assert dump(changed) == before


def test_validation_reports_them(changed: Connection, catalog: Catalog) -> None:
    build_metadata(changed, "TEST", catalog)
    section = validate(changed, "TEST", catalog).sections[2]
    found = {(f.group, f.symbol) for f in section.findings if f.severity == "error"}
    assert found == {("SPY", "TSLA"), ("SPY", "GE"), ("SPY", "AAPL"), ("QQQ", None)}
    assert all("db reconcile" in str(f.remedy) for f in section.findings)


def test_reconciling_records_what_is_there(changed: Connection, catalog: Catalog) -> None:
    rows = "SELECT json_agg(m ORDER BY id)::text FROM group_memberships m"
    members = read_one(changed, rows)
    reconcile(changed, "TEST")
    assert read_one(changed, rows) == members
    snapshots = changed.execute(
        "SELECT r.name, s.source, s.as_of = current_date FROM stockgroups.snapshots s"
        " JOIN stockgroups.group_registry r ON r.id = s.group_id"
        " WHERE s.source <> 'hand' ORDER BY 1"
    ).fetchall()
    assert snapshots == [("SPY", "external", True), ("mine", "external", True)]
    assert not find_changes(changed, "TEST")
    assert reconcile(changed, "TEST") == []
    build_metadata(changed, "TEST", catalog)
    assert validate(changed, "TEST", catalog).sections[2].passed
    metadata = read_one(changed, "SELECT metadata FROM definition_groups WHERE name = 'SPY'")
    assert (metadata["total_holdings"], metadata["data_source"]) == (3, "external")


def test_restoring_puts_the_recorded_state_back(changed: Connection) -> None:
    reconcile(changed, "TEST", restore=True)
    assert read_members(changed, "SPY") == FUND
    assert read_members(changed, "QQQ") == {"GE": 1.0}
    assert read_members(changed, "mine", "CUSTOM") == {"IBM": None}
    assert [c.what for c in find_changes(changed, "TEST")] == ["made"]


def test_each_act_is_audited(changed: Connection) -> None:
    reconcile(changed, "TEST")
    loads = changed.execute(
        "SELECT kind, changes FROM stockgroups.loads WHERE kind = 'reconcile' ORDER BY id"
    ).fetchall()
    assert [set(changes) for _, changes in loads] == [{"ETF SPY", "CUSTOM mine"}, {"ETF QQQ"}]


def test_a_sound_environment_has_nothing_to_reconcile(
    connection: Connection, catalog: Catalog
) -> None:
    make_sound(connection, catalog)
    before = dump(connection)
    assert reconcile(connection, "TEST") == []
    assert reconcile(connection, "TEST", restore=True) == []
    assert dump(connection) == before
