"""Migrating: every entry is accounted for, and the new tables hold what it says."""

from __future__ import annotations

import json
from collections import Counter

import psycopg
import pytest
from benchmarks.legacy import CREATE, make_entries, make_symbols, store_entries

from older_tables import put_entry, put_funds, run
from samples import DAY, make_fund, make_snapshot
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.jobs.migrate import MigrationReport, migrate
from stockgroups.jobs.organize import organize_sectors
from stockgroups.jobs.parity import check_parity
from stockgroups.jobs.upgrade import upgrade_database
from stockgroups.queries import find_fund, find_sector, find_theme, find_universe
from stockgroups.store.apply import apply
from tables import dump, read_members, read_one

ENTRIES = "SELECT json_agg(e ORDER BY id)::text FROM cache_entries e"


def outcomes(report: MigrationReport) -> dict[str, tuple[str, str | None]]:
    return {str(o.header.key): (o.outcome, o.reason) for o in report.outcomes}


def test_each_type_becomes_its_group(store: Connection, catalog: Catalog) -> None:
    put_funds(store)
    entries = read_one(store, ENTRIES)
    report = migrate(store, "TEST", catalog)
    assert report.figures == {"entries": 6, "migrated": 6, "merged": 0, "refused": 0}
    assert report.left == {"stock_metadata": 1}
    assert report.rows == read_one(store, "SELECT count(*) FROM cache_entries")
    assert report.parity is not None
    assert (report.parity.percent, report.parity.passed) == (100.0, True)
    fund = find_fund(store, "TEST", "SPY")
    assert fund.weights == {"AAPL": 0.6, "YPS": 0.4}
    assert fund.name == "SPY Fund"
    assert fund.liquidity_filter == {"market_cap_threshold": 5e9, "applied": False}
    assert fund.metadata["legacy"]["data_source"] == "issuer"
    assert (str(fund.origin.as_of), fund.origin.source) == ("2025-12-05", "legacy")
    assert find_theme(store, "TEST", "crypto_miners").symbols == ["MARA", "RIOT"]
    assert find_theme(store, "TEST", "crypto_miners").metadata["related_themes"] == ["gold"]
    assert find_sector(store, "TEST", "energy").industries == ["Oil", "Gas"]
    assert find_universe(store, "TEST", "sp500").symbols == ["AAPL", "MSFT"]
    assert list(read_members(store, "core", "CUSTOM")) == ["QQQ", "SPY"]
    assert read_one(store, ENTRIES) == entries


def test_progress_ends_with_all_entries(store: Connection, catalog: Catalog) -> None:
    put_funds(store)
    put_entry(store, "etf_holdings", " ", {"holdings": ["AAPL"]})
    told: list[tuple[int, int, str]] = []
    migrate(store, "TEST", catalog, progress=lambda *words: told.append(words))
    assert told == [(7, 7, "migrating"), (7, 7, "comparing")]


def test_nobody_analyses_the_tables_while_they_are_filled(
    store: Connection, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    # To others they are empty until the commit; the server would plan for one row from then on.
    monkeypatch.setattr("stockgroups.jobs.entries._BATCH_GROUPS", 1)
    put_funds(store)
    batches: list[int] = []

    def look(done: int, _total: int, what: str) -> None:
        if what == "migrating":
            batches.append(done)
            with (
                psycopg.connect(store.info.dsn, options="-c lock_timeout=10ms") as other,
                pytest.raises(psycopg.errors.LockNotAvailable),
            ):
                other.execute("ANALYZE stockgroups.securities")

    migrate(store, "TEST", catalog, progress=look)
    assert batches == [1, 2, 3, 4, 5, 6]
    rows = "SELECT reltuples::int FROM pg_class WHERE oid = 'stockgroups.securities'::regclass"
    assert read_one(store, rows) > 0


def test_a_second_run_changes_nothing_and_a_dry_run_writes_nothing(
    store: Connection, catalog: Catalog
) -> None:
    put_funds(store)
    text = '{"symbols": ["GE"], "volume": 1e300, "price": 1.5e-7, "count": 4e3}'
    put_entry(store, "stock_universe", "large", text)
    before = dump(store)
    planned = migrate(store, "TEST", catalog, dry_run=True)
    assert dump(store) == before
    report = migrate(store, "TEST", catalog)
    assert planned.figures == report.figures
    assert planned.changed_groups == report.changed_groups == 7
    after = dump(store)
    again = migrate(store, "TEST", catalog)
    assert (again.load_id, again.changed_groups, again.figures) == (None, 0, report.figures)
    assert dump(store) == after


def test_a_seeded_store_with_every_malformation_is_accounted_for(
    empty_target: Target, catalog: Catalog
) -> None:
    run(empty_target.url, CREATE)
    with connect(empty_target, check=False) as connection:
        made = store_entries(connection, make_entries(11, malformed=0.1))
        assert len({entry.malformation for entry in made}) > 20
        upgrade_database(empty_target)
        report = migrate(connection, "DEFAULT", catalog)
        expected = Counter(entry.fate for entry in made)
        assert report.figures == {"entries": len(made), **expected}
        found = {(o.header.type, o.header.name, o.header.key): o for o in report.outcomes}
        for entry in made:
            outcome = found[entry.type, entry.name, entry.key]
            assert outcome.outcome == entry.fate, (entry.malformation, outcome.reason)
            assert (outcome.reason is None) == (outcome.outcome == "migrated")
        assert report.parity is not None
        assert not report.parity.differences
        assert len(report.parity.refused) == expected["refused"]
        assert report.parity.percent < 100
        assert check_parity(connection, "DEFAULT", catalog, accepts_refused=True).percent == 100
        sums = "SELECT sum(weight) FROM group_memberships GROUP BY group_id"
        for (total,) in connection.execute(sums.encode()).fetchall():
            assert total is None or 0.97 < total < 1.03


def test_a_value_of_the_database_null_is_refused_and_the_rest_migrated(
    store: Connection, catalog: Catalog
) -> None:
    put_funds(store)
    put_entry(store, "etf_holdings", "NIL", {})
    store.execute("UPDATE cache_entries SET value = NULL WHERE key = 'NIL'")
    store.execute("UPDATE cache_entries SET updated_at = 'infinity' WHERE key = 'sp500'")
    put_entry(store, "stock_metadata", "GE", {}, environment="PROD")
    report = migrate(store, "TEST", catalog)
    assert outcomes(report)["NIL"] == ("refused", "its value is empty")
    assert report.figures == {"entries": 7, "migrated": 6, "merged": 0, "refused": 1}
    assert (report.left, report.elsewhere, report.rows) == ({"stock_metadata": 1}, 1, 9)
    numbers = [outcome.header.id for outcome in report.outcomes]
    assert numbers == sorted(numbers)


def test_two_rows_of_one_key_are_merged_and_the_later_counts(
    store: Connection, catalog: Catalog
) -> None:
    older = {"holdings": ["AAPL", "GE"], "last_updated": "2025-11-01", "market_cap_threshold": 1e9}
    newer = {"holdings": ["AAPL", "MSFT"], "last_updated": "2025-12-01"}
    last = put_entry(store, "etf_holdings", "SPY", newer, name="SPY")
    put_entry(store, "etf_holdings", " spy", older, name="S&P 500 Trust")
    report = migrate(store, "TEST", catalog)
    assert outcomes(report) == {
        "SPY": ("migrated", None),
        " spy": ("merged", f"entry {last} says it later"),
    }
    assert list(read_members(store, "SPY")) == ["AAPL", "MSFT"]
    assert read_one(store, "SELECT count(*) FROM stockgroups.snapshots") == 2
    fund = find_fund(store, "TEST", "SPY")
    assert (fund.name, fund.liquidity_filter) == (
        "S&P 500 Trust",
        {"market_cap_threshold": 1e9, "applied": False},
    )
    assert report.parity is not None
    assert report.parity.passed


def test_entries_of_other_environments_are_told_and_left(
    store: Connection, catalog: Catalog
) -> None:
    put_entry(store, "etf_holdings", "SPY", ["AAPL"])
    for number, environment in enumerate((None, "", "development", "DEFAULT", "PROD", "nowhere")):
        put_entry(store, "etf_holdings", "Q" * (number + 1), ["GE"], environment)
    report = migrate(store, "TEST", catalog)
    assert (report.figures["entries"], report.elsewhere) == (1, 6)
    report = migrate(store, "DEFAULT", catalog)
    assert report.figures == {"entries": 5, "migrated": 4, "merged": 0, "refused": 1}
    assert report.elsewhere == 2
    assert outcomes(report)["QQQQQQ"] == ("refused", "unknown environment 'nowhere'")


def test_types_of_other_programs_are_left_and_such_as_list_members_are_refused(
    store: Connection, catalog: Catalog
) -> None:
    put_entry(store, "prices", "AAPL", {"close": 1})
    put_entry(store, "basket", "mine", {"symbols": ["AAPL"]})
    report = migrate(store, "TEST", catalog)
    assert report.left == {"prices": 1}
    assert outcomes(report) == {"mine": ("refused", "unknown type 'basket'")}


def test_what_the_database_refuses_is_named_and_the_rest_is_migrated(
    store: Connection, catalog: Catalog
) -> None:
    put_funds(store)
    store.execute("ALTER TABLE group_memberships ADD CHECK (symbol <> 'ZZZ')")
    put_entry(store, "theme_definition", "bad", {"symbols": ["AAPL", "ZZZ"]})
    report = migrate(store, "TEST", catalog)
    told = outcomes(report)
    assert {key for key, (outcome, _) in told.items() if outcome == "refused"} == {"bad"}
    assert "group_memberships_symbol_check" in str(told["bad"][1])
    assert list(read_members(store, "SPY")) == ["AAPL", "YPS"]
    assert report.parity is not None
    missing = [d.group for d in report.parity.differences]
    assert missing == ["bad"]


def test_parity_names_each_difference_in_both_directions(
    store: Connection, catalog: Catalog
) -> None:
    put_funds(store)
    migrate(store, "TEST", catalog)
    number = read_one(store, "SELECT id FROM definition_groups WHERE name = 'SPY'")
    store.execute("DELETE FROM group_memberships WHERE group_id = %s AND symbol = 'YPS'", (number,))
    store.execute("INSERT INTO group_memberships (group_id, symbol) VALUES (%s, 'NEW')", (number,))
    store.execute(
        "UPDATE group_memberships SET weight = 0.5 WHERE group_id = %s AND symbol = 'AAPL'",
        (number,),
    )
    store.execute("DELETE FROM definition_groups WHERE name = 'core'")
    store.execute("UPDATE definition_groups SET metadata = '{}' WHERE name = 'energy'")
    put_entry(store, "theme_definition", "late", {"symbols": ["GE"]})
    store.execute("DELETE FROM cache_entries WHERE key = 'sp500'")
    parity = check_parity(store, "TEST", catalog)
    assert {(d.group, d.symbol, d.message) for d in parity.differences} == {
        ("SPY", "YPS", "the symbol is in the old store and not in the new"),
        ("SPY", "NEW", "the symbol is in the new store and not in the old"),
        ("SPY", "AAPL", "weighs 0.5, the old store says 0.6"),
        ("core", None, "is in the old store and not in the new tables"),
        ("energy", "Oil", "the industry is in the old store and not in the new"),
        ("energy", "Gas", "the industry is in the old store and not in the new"),
        ("energy", "XOM", "the stock is in the old store and not in the new"),
        ("late", None, "is in the old store and not in the new tables"),
        ("sp500", None, "was migrated, and no entry of the old store says it any more"),
    }
    assert parity.percent < 100
    figures = parity.types["etf_holdings"]
    assert (figures.old_relationships, figures.new_relationships) == (4, 4)


def test_one_difference_among_many_is_never_100_percent(
    store: Connection, catalog: Catalog
) -> None:
    put_entry(store, "stock_universe", "all", make_symbols(30_000))
    migrate(store, "TEST", catalog)
    store.execute("DELETE FROM group_memberships WHERE symbol = 'BAAA'")
    assert check_parity(store, "TEST", catalog).percent == 99.99


def test_a_newer_file_counts_and_the_entry_takes_its_place_in_the_past(
    store: Connection, catalog: Catalog
) -> None:
    put_funds(store, ["SPY"])
    apply(store, "TEST", [make_fund("SPY", make_snapshot({"NVDA": 1.0}, DAY))])
    report = migrate(store, "TEST", catalog)
    assert list(read_members(store, "SPY")) == ["NVDA"]
    assert report.parity is not None
    assert report.parity.passed
    told = report.parity.types["etf_holdings"].superseded
    assert told == ["SPY by hand of 2026-07-01, 3 symbols differ"]


def test_sectors_that_were_organised_since_are_told_and_no_difference(
    store: Connection, catalog: Catalog
) -> None:
    put_funds(store, ["SPY"])
    migrate(store, "TEST", catalog)
    organize_sectors(store, "TEST", catalog)
    parity = check_parity(store, "TEST", catalog)
    assert parity.passed
    assert parity.types["sector_industry_map"].superseded[0].startswith("energy by organize")


def test_what_other_programs_hold_in_a_group_is_recorded_before(
    store: Connection, catalog: Catalog
) -> None:
    put_entry(store, "etf_holdings", "SPY", {"holdings": ["AAPL"], "last_updated": "2025-12-05"})
    store.execute(
        "INSERT INTO definition_groups (name, type, environment) VALUES ('SPY', 'ETF', 'TEST')"
    )
    store.execute(
        "INSERT INTO group_memberships (group_id, symbol) SELECT id, 'GE' FROM definition_groups"
    )
    report = migrate(store, "TEST", catalog)
    assert [(str(c.key), c.what) for c in report.outside] == [("ETF SPY in TEST", "made")]
    sources = store.execute("SELECT source FROM stockgroups.snapshots ORDER BY as_of").fetchall()
    assert sources == [("legacy",), ("external",)]
    assert list(read_members(store, "SPY")) == ["GE"]


def test_symbols_are_compared_under_their_names_of_today(
    store: Connection, catalog: Catalog
) -> None:
    put_entry(store, "stock_universe", "old", {"symbols": ["FB"], "as_of": "2021-01-04"})
    migrate(store, "TEST", catalog)
    store.execute("UPDATE stockgroups.securities SET symbol = 'META' WHERE symbol = 'FB'")
    store.execute("UPDATE group_memberships SET symbol = 'META' WHERE symbol = 'FB'")
    assert check_parity(store, "TEST", catalog).passed


@pytest.mark.parametrize("kind", ["json", "text"])
def test_values_of_other_column_types_are_read(
    empty_target: Target, catalog: Catalog, kind: str
) -> None:
    run(
        empty_target.url,
        f"CREATE TABLE cache_entries (id serial PRIMARY KEY, type text, key text, value {kind})",
    )
    upgrade_database(empty_target)
    with connect(empty_target) as connection:
        connection.execute(
            "INSERT INTO cache_entries (type, key, value) VALUES ('etf_holdings', 'SPY', %s)",
            (json.dumps({"holdings": ["AAPL"]}),),
        )
        for value in ('{"symbols": ["GE"]}', '{"quote": 7}', "no JSON" if kind == "text" else "1"):
            connection.execute(
                "INSERT INTO cache_entries (type, key, value) VALUES ('basket', 'x', %s)", (value,)
            )
        report = migrate(connection, "DEFAULT", catalog)
        assert report.figures == {"entries": 2, "migrated": 1, "merged": 0, "refused": 1}
        assert report.left == {"basket": 2}
        assert report.parity is not None
        assert not report.parity.differences
