"""Moving migrated entries away, only at full parity, and bringing them back as they were."""

from __future__ import annotations

import pytest

from older_tables import put_entry, put_funds
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.errors import GuardError
from stockgroups.jobs.archive import archive_entries, bring_back_entries
from stockgroups.jobs.migrate import migrate
from stockgroups.jobs.parity import check_parity
from tables import dump, read_one

ENTRIES = "SELECT json_agg(e ORDER BY id)::text FROM cache_entries e"


def test_migrated_entries_go_and_come_back_as_they_were(
    store: Connection, catalog: Catalog
) -> None:
    put_funds(store)
    put_entry(store, "etf_holdings", "VTI", ["GE"], "PROD")
    put_entry(store, "ETF Holdings", "VOO", ["GE"])
    before = read_one(store, ENTRIES)
    migrate(store, "TEST", catalog)
    planned = archive_entries(store, "TEST", catalog, dry_run=True)
    assert read_one(store, ENTRIES) == before
    report = archive_entries(store, "TEST", catalog)
    assert report.moved == planned.moved
    assert report.moved.total() == 7
    left = store.execute("SELECT type, key FROM cache_entries ORDER BY id").fetchall()
    assert left == [("stock_metadata", "AAPL"), ("etf_holdings", "VTI")]
    # Archived entries are compared as well.
    parity = check_parity(store, "TEST", catalog)
    assert parity.passed
    assert parity.types["etf_holdings"].entries == 3
    assert archive_entries(store, "TEST", catalog).load_id is None
    assert bring_back_entries(store, "TEST").moved == report.moved
    assert read_one(store, ENTRIES) == before
    assert bring_back_entries(store, "TEST").load_id is None


def test_times_and_the_old_environment_come_back_as_they_were(
    store: Connection, catalog: Catalog
) -> None:
    # A time that New York's clocks never showed.
    put_entry(store, "etf_holdings", "SPY", ["AAPL"], "development", updated_at="2026-03-08 02:30")
    put_entry(store, "stock_universe", "x" * 90, ["AAPL"], None, name="n" * 100)
    before = read_one(store, ENTRIES)
    migrate(store, "DEFAULT", catalog)
    store.execute("SET TimeZone = 'America/New_York'")
    assert archive_entries(store, "DEFAULT", catalog).moved.total() == 2
    store.execute("SET TimeZone = 'Asia/Tokyo'")
    assert bring_back_entries(store, "DEFAULT").moved.total() == 2
    assert read_one(store, ENTRIES) == before


def test_a_difference_keeps_every_entry_where_it_is(store: Connection, catalog: Catalog) -> None:
    put_funds(store)
    migrate(store, "TEST", catalog)
    store.execute("DELETE FROM group_memberships WHERE symbol = 'MSFT'")
    before = dump(store)
    with pytest.raises(GuardError, match=r"not 100\.00%: 1 differences.*sp500 MSFT"):
        archive_entries(store, "TEST", catalog)
    assert dump(store) == before


def test_entries_that_were_not_migrated_stay(store: Connection, catalog: Catalog) -> None:
    put_funds(store)
    number = put_entry(store, "etf_holdings", "BAD", {"holdings": None})
    migrate(store, "TEST", catalog)
    with pytest.raises(GuardError, match="--accept refused"):
        archive_entries(store, "TEST", catalog)
    archive_entries(store, "TEST", catalog, accepts_refused=True)
    left = "SELECT array_agg(id) FROM cache_entries WHERE type <> 'stock_metadata'"
    assert read_one(store, left) == [number]


def test_an_entry_that_was_changed_since_is_not_moved(store: Connection, catalog: Catalog) -> None:
    put_funds(store)
    migrate(store, "TEST", catalog)
    store.execute("UPDATE cache_entries SET value = '[\"GE\"]' WHERE key = 'sp500'")
    with pytest.raises(GuardError, match=r"what entry \d+ says is not in the record"):
        archive_entries(store, "TEST", catalog)


def test_a_key_that_was_used_again_is_named_and_stays_archived(
    store: Connection, catalog: Catalog
) -> None:
    put_funds(store)
    migrate(store, "TEST", catalog)
    archive_entries(store, "TEST", catalog)
    put_entry(store, "etf_holdings", "SPY", ["GE"], name="SPY Fund")
    put_entry(store, "etf_holdings", "QQQ", ["GE"], name="another name")
    report = bring_back_entries(store, "TEST")
    assert report.moved.total() == 5
    assert [taken.split(" (")[0] for taken in report.taken] == ["etf_holdings SPY"]
    assert read_one(store, "SELECT count(*) FROM stockgroups.archived_entries") == 1


def test_columns_that_the_archive_would_lose_are_an_obstacle(
    store: Connection, catalog: Catalog
) -> None:
    put_funds(store)
    migrate(store, "TEST", catalog)
    store.execute("ALTER TABLE cache_entries ADD COLUMN owner text")
    store.execute("ALTER TABLE cache_entries ALTER COLUMN value TYPE json USING value::json")
    with pytest.raises(GuardError, match="does not keep: owner, value as json"):
        archive_entries(store, "TEST", catalog)
