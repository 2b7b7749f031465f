"""Taking a migration back: exactly what it brought, nothing that came since."""

from __future__ import annotations

from typing import Any

import pytest

from older_tables import put_entry, put_funds
from samples import DAY, make_fund, make_printed, make_snapshot
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.errors import NotFoundError
from stockgroups.jobs.migrate import migrate
from stockgroups.jobs.migration_rollback import roll_back
from stockgroups.jobs.outside import reconcile
from stockgroups.jobs.parity import check_parity
from stockgroups.model import Ref
from stockgroups.store.apply import apply
from tables import read_members, read_one

STATE = {
    "groups": "SELECT id, name, type, description, metadata - 'last_updated', liquidity_filter"
    " FROM definition_groups ORDER BY id",
    "members": "SELECT group_id, symbol, weight FROM group_memberships ORDER BY 1, 2",
    "snapshots": "SELECT group_id, as_of, source, digest FROM stockgroups.snapshots"
    " ORDER BY 1, 2, 3",
    "pointers": "SELECT r.id, s.digest, r.member_hash FROM stockgroups.group_registry r"
    " JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id ORDER BY 1",
    "entries": "SELECT e.* FROM cache_entries e ORDER BY id",
}


def state(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """All that a rollback must restore."""
    return {name: connection.execute(text.encode()).fetchall() for name, text in STATE.items()}


def put_theirs(store: Connection) -> None:
    """A fund that was loaded before, and is in the old store as well, with a newer date."""
    apply(store, "TEST", [make_fund("SPY", make_snapshot({"NVDA": 0.7, "AAPL": 0.3}, DAY))])
    value = {
        "holdings": [{"symbol": "AAPL", "weight": 1}],
        "last_updated": str(DAY.replace(day=2)),
        "market_cap_threshold": 1e9,
    }
    put_entry(store, "etf_holdings", "SPY", value, name="Another name")


def test_a_rollback_restores_the_state_before_and_a_second_migration_that_after(
    store: Connection, catalog: Catalog
) -> None:
    put_funds(store, ["QQQ"])
    put_theirs(store)
    before = state(store)
    first = migrate(store, "TEST", catalog)
    after = state(store)
    assert list(read_members(store, "SPY")) == ["AAPL"]
    planned = roll_back(store, "TEST", dry_run=True)
    assert state(store) == after
    report = roll_back(store, "TEST", first.load_id)
    assert state(store) == before
    assert (planned.snapshots, planned.memberships) == (report.snapshots, report.memberships)
    assert [key.name for key in report.restored] == ["SPY"]
    assert len(report.deleted) == 5
    second = migrate(store, "TEST", catalog)
    assert second.figures == first.figures
    assert state(store) == after


def test_what_was_loaded_since_stays(store: Connection, catalog: Catalog) -> None:
    put_funds(store, ["SPY", "QQQ"])
    migrate(store, "TEST", catalog)
    apply(store, "TEST", [make_fund("SPY", make_snapshot({"NVDA": 1.0}, DAY))])
    apply(store, "TEST", [make_fund("MINE", make_snapshot({"GE": 1.0}, DAY))])
    report = roll_back(store, "TEST")
    assert [key.name for key in report.kept] == ["SPY"]
    assert read_members(store, "SPY") == {"NVDA": 1.0}
    assert read_members(store, "MINE") == {"GE": 1.0}
    assert read_one(store, "SELECT count(*) FROM definition_groups") == 2
    metadata = read_one(store, "SELECT metadata FROM definition_groups WHERE name = 'SPY'")
    assert "legacy" not in metadata
    assert (metadata["data_source"], metadata["total_holdings"]) == ("hand", 1)


def test_an_older_file_that_was_loaded_since_counts_then(
    store: Connection, catalog: Catalog
) -> None:
    put_entry(store, "etf_holdings", "SPY", {"holdings": ["AAPL"], "last_updated": "2026-06-30"})
    migrate(store, "TEST", catalog)
    old = make_snapshot({"GE": 1.0}, DAY.replace(year=2025))
    apply(store, "TEST", [make_fund("SPY", old)])
    assert list(read_members(store, "SPY")) == ["AAPL"]
    roll_back(store, "TEST")
    assert read_members(store, "SPY") == {"GE": 1.0}
    metadata = read_one(store, "SELECT metadata FROM definition_groups WHERE name = 'SPY'")
    assert metadata["as_of"] == "2025-07-01"


def test_what_other_programs_wrote_since_stays(store: Connection, catalog: Catalog) -> None:
    put_funds(store, ["SPY", "QQQ"])
    migrate(store, "TEST", catalog)
    store.execute(
        "INSERT INTO group_memberships (group_id, symbol, weight)"
        " SELECT id, 'TSLA', 0.1 FROM definition_groups WHERE name = 'SPY'"
    )
    store.execute("UPDATE definition_groups SET description = 'mine' WHERE name = 'SPY'")
    roll_back(store, "TEST")
    assert read_members(store, "SPY") == {"TSLA": 0.1}
    rows = store.execute("SELECT name, description, liquidity_filter FROM definition_groups")
    assert rows.fetchall() == [("SPY", "mine", None)]


def test_a_rename_that_only_the_entries_tell_of_is_forgotten(
    store: Connection, catalog: Catalog
) -> None:
    same = {"isin": "US30303M1027", "sedol": "B7TL820"}
    today = Ref("META", ticker="META", name="META PLATFORMS INC", **same)
    apply(store, "TEST", [make_fund("QQQ", make_printed(DAY, {today: 1.0}))])
    symbols = b"""
        SELECT y.symbol, y.valid_from, y.valid_to, s.symbol FROM stockgroups.security_symbols y
        JOIN stockgroups.securities s ON s.id = y.security_id WHERE y.symbol IN ('FB', 'META')
    """
    before = store.execute(symbols).fetchall()
    was = {"symbol": "FB", "name": "META PLATFORMS INC", **same}
    put_entry(store, "etf_holdings", "SPY", {"holdings": [was], "last_updated": "2021-05-05"})
    migrate(store, "TEST", catalog)
    assert {row[3] for row in store.execute(symbols)} == {"META"}
    roll_back(store, "TEST")
    after = store.execute(symbols).fetchall()
    assert [row for row in after if row[0] == "META"] == before
    assert {row[3] for row in after if row[0] == "FB"} <= {"FB"}


def test_migrations_are_taken_back_one_after_the_other(store: Connection, catalog: Catalog) -> None:
    put_funds(store, ["SPY"])
    first = migrate(store, "TEST", catalog)
    put_entry(store, "theme_definition", "late", {"symbols": ["GE"]})
    second = migrate(store, "TEST", catalog)
    assert second.changed_groups == 1
    report = roll_back(store, "TEST")
    assert (report.undone, report.standing) == (second.load_id, [first.load_id])
    assert not read_members(store, "late", "THEME")
    assert read_members(store, "SPY")
    with pytest.raises(NotFoundError, match="was taken back already"):
        roll_back(store, "TEST", second.load_id)
    roll_back(store, "TEST")
    with pytest.raises(NotFoundError, match="no migration stands here"):
        roll_back(store, "TEST")


def test_only_a_migration_of_this_environment_is_taken_back(
    store: Connection, catalog: Catalog
) -> None:
    plan = apply(store, "TEST", [make_fund("SPY", make_snapshot({"NVDA": 1.0}))])
    with pytest.raises(NotFoundError, match=f"load {plan.load_id} is no migration; .*: none"):
        roll_back(store, "TEST", plan.load_id)
    put_entry(store, "etf_holdings", "QQQ", ["GE"], "PROD")
    load_id = migrate(store, "PROD", catalog).load_id
    with pytest.raises(NotFoundError, match="is no migration"):
        roll_back(store, "TEST", load_id)


def test_a_group_that_another_program_deleted_is_no_obstacle(
    store: Connection, catalog: Catalog
) -> None:
    put_funds(store, ["SPY", "QQQ"])
    migrate(store, "TEST", catalog)
    store.execute("DELETE FROM definition_groups WHERE name = 'SPY'")
    reconcile(store, "TEST")
    roll_back(store, "TEST")
    assert read_one(store, "SELECT count(*) FROM definition_groups") == 0
    assert read_one(store, "SELECT count(*) FROM stockgroups.snapshots") == 0
    migrate(store, "TEST", catalog)
    assert check_parity(store, "TEST", catalog).passed
