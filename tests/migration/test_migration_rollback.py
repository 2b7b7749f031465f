"""Taking a migration back: exactly what it brought, nothing that came since."""

from __future__ import annotations

from typing import Any

import pytest

from older_tables import put_entry, put_funds
from samples import DAY, make_fund, make_printed, make_snapshot
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.errors import NotFoundError
from stockgroups.jobs.reconcile import reconcile
from stockgroups.migration.migrate import migrate
from stockgroups.migration.parity import check_parity
from stockgroups.migration.rollback import roll_back
from stockgroups.model import Ref
from stockgroups.record.apply import apply
from stockgroups.store import Store
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


def put_theirs(store: Store) -> None:
    """A fund that was loaded before, and is in the old store as well, with a newer date."""
    apply(store, [make_fund("SPY", make_snapshot({"NVDA": 0.7, "AAPL": 0.3}, DAY))])
    value = {
        "holdings": [{"symbol": "AAPL", "weight": 1}],
        "last_updated": str(DAY.replace(day=2)),
        "market_cap_threshold": 1e9,
    }
    put_entry(store.connection, "etf_holdings", "SPY", value, name="Another name")


def test_a_rollback_restores_the_state_before_and_a_second_migration_that_after(
    old_store: Store,
) -> None:
    put_funds(old_store.connection, ["QQQ"])
    put_theirs(old_store)
    before = state(old_store.connection)
    first = migrate(old_store)
    after = state(old_store.connection)
    assert list(read_members(old_store.connection, "SPY")) == ["AAPL"]
    planned = roll_back(old_store, dry_run=True)
    assert state(old_store.connection) == after
    report = roll_back(old_store, first.load_id)
    assert state(old_store.connection) == before
    assert (planned.snapshots, planned.memberships) == (report.snapshots, report.memberships)
    assert [key.name for key in report.restored] == ["SPY"]
    assert len(report.deleted) == 5
    second = migrate(old_store)
    assert second.figures == first.figures
    assert state(old_store.connection) == after


def test_what_was_loaded_since_stays(old_store: Store) -> None:
    put_funds(old_store.connection, ["SPY", "QQQ"])
    migrate(old_store)
    apply(old_store, [make_fund("SPY", make_snapshot({"NVDA": 1.0}, DAY))])
    apply(old_store, [make_fund("MINE", make_snapshot({"GE": 1.0}, DAY))])
    report = roll_back(old_store)
    assert [key.name for key in report.kept] == ["SPY"]
    assert read_members(old_store.connection, "SPY") == {"NVDA": 1.0}
    assert read_members(old_store.connection, "MINE") == {"GE": 1.0}
    assert read_one(old_store.connection, "SELECT count(*) FROM definition_groups") == 2
    metadata = read_one(
        old_store.connection, "SELECT metadata FROM definition_groups WHERE name = 'SPY'"
    )
    assert "legacy" not in metadata
    assert (metadata["data_source"], metadata["total_holdings"]) == ("hand", 1)


def test_an_older_file_that_was_loaded_since_counts_then(old_store: Store) -> None:
    put_entry(
        old_store.connection,
        "etf_holdings",
        "SPY",
        {"holdings": ["AAPL"], "last_updated": "2026-06-30"},
    )
    migrate(old_store)
    old = make_snapshot({"GE": 1.0}, DAY.replace(year=2025))
    apply(old_store, [make_fund("SPY", old)])
    assert list(read_members(old_store.connection, "SPY")) == ["AAPL"]
    roll_back(old_store)
    assert read_members(old_store.connection, "SPY") == {"GE": 1.0}
    metadata = read_one(
        old_store.connection, "SELECT metadata FROM definition_groups WHERE name = 'SPY'"
    )
    assert metadata["as_of"] == "2025-07-01"


def test_what_other_programs_wrote_since_stays(old_store: Store) -> None:
    put_funds(old_store.connection, ["SPY", "QQQ"])
    migrate(old_store)
    old_store.connection.execute(
        "INSERT INTO group_memberships (group_id, symbol, weight)"
        " SELECT id, 'TSLA', 0.1 FROM definition_groups WHERE name = 'SPY'"
    )
    old_store.connection.execute(
        "UPDATE definition_groups SET description = 'mine' WHERE name = 'SPY'"
    )
    roll_back(old_store)
    assert read_members(old_store.connection, "SPY") == {"TSLA": 0.1}
    rows = old_store.connection.execute(
        "SELECT name, description, liquidity_filter FROM definition_groups"
    )
    assert rows.fetchall() == [("SPY", "mine", None)]


def test_a_rename_that_only_the_entries_tell_of_is_forgotten(old_store: Store) -> None:
    same = {"isin": "US30303M1027", "sedol": "B7TL820"}
    today = Ref("ZZME", ticker="ZZME", name="META PLATFORMS INC", **same)
    apply(old_store, [make_fund("QQQ", make_printed(DAY, {today: 1.0}))])
    symbols = b"""
        SELECT y.symbol, y.valid_from, y.valid_to, s.symbol FROM stockgroups.security_symbols y
        JOIN stockgroups.securities s ON s.id = y.security_id WHERE y.symbol IN ('ZZFB', 'ZZME')
    """
    before = old_store.connection.execute(symbols).fetchall()
    was = {"symbol": "ZZFB", "name": "META PLATFORMS INC", **same}
    put_entry(
        old_store.connection,
        "etf_holdings",
        "SPY",
        {"holdings": [was], "last_updated": "2021-05-05"},
    )
    migrate(old_store)
    assert {row[3] for row in old_store.connection.execute(symbols)} == {"ZZME"}
    roll_back(old_store)
    after = old_store.connection.execute(symbols).fetchall()
    assert [row for row in after if row[0] == "ZZME"] == before
    assert {row[3] for row in after if row[0] == "ZZFB"} <= {"ZZFB"}


def test_migrations_are_taken_back_one_after_the_other(old_store: Store) -> None:
    put_funds(old_store.connection, ["SPY"])
    first = migrate(old_store)
    put_entry(old_store.connection, "theme_definition", "late", {"symbols": ["GE"]})
    second = migrate(old_store)
    assert second.changed_groups == 1
    report = roll_back(old_store)
    assert (report.undone, report.standing) == (second.load_id, [first.load_id])
    assert not read_members(old_store.connection, "late", "THEME")
    assert read_members(old_store.connection, "SPY")
    with pytest.raises(NotFoundError, match="was already reverted"):
        roll_back(old_store, second.load_id)
    roll_back(old_store)
    with pytest.raises(NotFoundError, match="there is no migration"):
        roll_back(old_store)


def test_only_a_migration_of_this_environment_is_taken_back(
    old_store: Store, catalog: Catalog
) -> None:
    plan = apply(old_store, [make_fund("SPY", make_snapshot({"NVDA": 1.0}))])
    with pytest.raises(NotFoundError, match=f"load {plan.load_id} is not a migration; .*: none"):
        roll_back(old_store, plan.load_id)
    put_entry(old_store.connection, "etf_holdings", "QQQ", ["GE"], "PROD")
    load_id = migrate(Store(old_store.connection, "PROD", catalog=catalog)).load_id
    with pytest.raises(NotFoundError, match="is not a migration"):
        roll_back(old_store, load_id)


def test_a_group_that_another_program_deleted_is_no_obstacle(old_store: Store) -> None:
    put_funds(old_store.connection, ["SPY", "QQQ"])
    migrate(old_store)
    old_store.connection.execute("DELETE FROM definition_groups WHERE name = 'SPY'")
    reconcile(old_store)
    roll_back(old_store)
    assert read_one(old_store.connection, "SELECT count(*) FROM definition_groups") == 0
    assert read_one(old_store.connection, "SELECT count(*) FROM stockgroups.snapshots") == 0
    migrate(old_store)
    assert check_parity(old_store).passed
