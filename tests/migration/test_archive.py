"""Moving migrated entries away, only at full parity, and bringing them back as they were."""

from __future__ import annotations

import pytest

from older_tables import put_entry, put_funds
from stockgroups.catalog import Catalog
from stockgroups.errors import GuardError
from stockgroups.migration.archive import archive_entries, bring_back_entries
from stockgroups.migration.migrate import migrate
from stockgroups.migration.parity import check_parity
from stockgroups.store import Store
from tables import dump, read_one

ENTRIES = "SELECT json_agg(e ORDER BY id)::text FROM cache_entries e"


def test_migrated_entries_go_and_come_back_as_they_were(old_store: Store) -> None:
    put_funds(old_store.connection)
    put_entry(old_store.connection, "etf_holdings", "VTI", ["GE"], "PROD")
    put_entry(old_store.connection, "ETF Holdings", "VOO", ["GE"])
    before = read_one(old_store.connection, ENTRIES)
    migrate(old_store)
    planned = archive_entries(old_store, dry_run=True)
    assert read_one(old_store.connection, ENTRIES) == before
    report = archive_entries(old_store)
    assert report.moved == planned.moved
    assert report.moved.total() == 7
    left = old_store.connection.execute(
        "SELECT type, key FROM cache_entries ORDER BY id"
    ).fetchall()
    assert left == [("stock_metadata", "AAPL"), ("etf_holdings", "VTI")]
    # Archived entries are compared as well.
    parity = check_parity(old_store)
    assert parity.passed
    assert parity.types["etf_holdings"].entries == 3
    assert archive_entries(old_store).load_id is None
    assert bring_back_entries(old_store).moved == report.moved
    assert read_one(old_store.connection, ENTRIES) == before
    assert bring_back_entries(old_store).load_id is None


def test_times_and_the_old_environment_come_back_as_they_were(
    old_store: Store, catalog: Catalog
) -> None:
    # A time that New York's clocks never showed.
    put_entry(
        old_store.connection,
        "etf_holdings",
        "SPY",
        ["AAPL"],
        "development",
        updated_at="2026-03-08 02:30",
    )
    put_entry(old_store.connection, "stock_universe", "x" * 90, ["AAPL"], None, name="n" * 100)
    before = read_one(old_store.connection, ENTRIES)
    migrate(Store(old_store.connection, "DEFAULT", catalog=catalog))
    old_store.connection.execute("SET TimeZone = 'America/New_York'")
    assert (
        archive_entries(Store(old_store.connection, "DEFAULT", catalog=catalog)).moved.total() == 2
    )
    old_store.connection.execute("SET TimeZone = 'Asia/Tokyo'")
    assert bring_back_entries(Store(old_store.connection, "DEFAULT")).moved.total() == 2
    assert read_one(old_store.connection, ENTRIES) == before


def test_a_difference_keeps_every_entry_where_it_is(old_store: Store) -> None:
    put_funds(old_store.connection)
    migrate(old_store)
    old_store.connection.execute("DELETE FROM group_memberships WHERE symbol = 'MSFT'")
    before = dump(old_store.connection)
    with pytest.raises(GuardError, match=r"not 100\.00%: 1 difference, .*sp500 MSFT"):
        archive_entries(old_store)
    assert dump(old_store.connection) == before


def test_entries_that_were_not_migrated_stay(old_store: Store) -> None:
    put_funds(old_store.connection)
    number = put_entry(old_store.connection, "etf_holdings", "BAD", {"holdings": None})
    migrate(old_store)
    with pytest.raises(GuardError, match="--accept refused"):
        archive_entries(old_store)
    archive_entries(old_store, accepts_refused=True)
    left = "SELECT array_agg(id) FROM cache_entries WHERE type <> 'stock_metadata'"
    assert read_one(old_store.connection, left) == [number]


def test_an_entry_that_was_changed_since_is_not_moved(old_store: Store) -> None:
    put_funds(old_store.connection)
    migrate(old_store)
    old_store.connection.execute("UPDATE cache_entries SET value = '[\"GE\"]' WHERE key = 'sp500'")
    with pytest.raises(GuardError, match=r"the content of entry \d+ is not in the record"):
        archive_entries(old_store)


def test_a_key_that_was_used_again_is_named_and_stays_archived(old_store: Store) -> None:
    put_funds(old_store.connection)
    migrate(old_store)
    archive_entries(old_store)
    put_entry(old_store.connection, "etf_holdings", "SPY", ["GE"], name="SPY Fund")
    put_entry(old_store.connection, "etf_holdings", "QQQ", ["GE"], name="another name")
    report = bring_back_entries(old_store)
    assert report.moved.total() == 5
    assert [taken.split(" (")[0] for taken in report.taken] == ["etf_holdings SPY"]
    assert read_one(old_store.connection, "SELECT count(*) FROM stockgroups.archived_entries") == 1


def test_columns_that_the_archive_would_lose_are_an_obstacle(old_store: Store) -> None:
    put_funds(old_store.connection)
    migrate(old_store)
    old_store.connection.execute("ALTER TABLE cache_entries ADD COLUMN owner text")
    with pytest.raises(GuardError, match="does not keep: owner"):
        archive_entries(old_store)
