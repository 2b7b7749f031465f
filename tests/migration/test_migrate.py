"""Migrating: every entry is accounted for, and the new tables hold what it says."""

from __future__ import annotations

from collections import Counter

import psycopg
import pytest
from benchmarks.legacy import CREATE, make_entries, store_entries

from older_tables import put_entry, put_funds, run
from samples import DAY, make_fund, make_snapshot
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Target, connect
from stockgroups.jobs.organize import organize_sectors
from stockgroups.jobs.upgrade import upgrade_database
from stockgroups.migration.migrate import MigrationReport, migrate
from stockgroups.migration.parity import check_parity
from stockgroups.model import GroupType
from stockgroups.queries.groups import find_group
from stockgroups.record.apply import apply
from stockgroups.store import Store
from tables import dump, read_members, read_one

ENTRIES = "SELECT json_agg(e ORDER BY id)::text FROM cache_entries e"


def outcomes(report: MigrationReport) -> dict[str, tuple[str, str | None]]:
    return {str(o.header.key): (o.outcome, o.reason) for o in report.outcomes}


def test_each_type_becomes_its_group(old_store: Store) -> None:
    put_funds(old_store.connection)
    entries = read_one(old_store.connection, ENTRIES)
    report = migrate(old_store)
    assert report.figures == {"entries": 6, "migrated": 6, "merged": 0, "refused": 0}
    assert report.left == {"stock_metadata": 1}
    assert report.rows == read_one(old_store.connection, "SELECT count(*) FROM cache_entries")
    assert report.parity is not None
    assert (report.parity.percent, report.parity.passed) == (100.0, True)
    fund = find_group(old_store, GroupType.ETF, "SPY")
    assert fund.weights == {"AAPL": 0.6, "YPS": 0.4}
    assert fund.name == "SPY Fund"
    assert fund.liquidity_filter == {"market_cap_threshold": 5e9, "applied": False}
    assert fund.metadata["legacy"]["data_source"] == "issuer"
    assert (str(fund.origin.as_of), fund.origin.source) == ("2025-12-05", "legacy")
    assert find_group(old_store, GroupType.THEME, "crypto_miners").symbols == ["MARA", "RIOT"]
    assert find_group(old_store, GroupType.THEME, "crypto_miners").metadata["related_themes"] == [
        "gold"
    ]
    assert find_group(old_store, GroupType.SECTOR, "energy").list_words("industries") == [
        "Oil",
        "Gas",
    ]
    assert find_group(old_store, GroupType.UNIVERSE, "sp500").symbols == ["AAPL", "MSFT"]
    assert list(read_members(old_store.connection, "core", "CUSTOM")) == ["QQQ", "SPY"]
    assert read_one(old_store.connection, ENTRIES) == entries


def test_progress_ends_with_all_entries(old_store: Store) -> None:
    put_funds(old_store.connection)
    put_entry(old_store.connection, "etf_holdings", " ", {"holdings": ["AAPL"]})
    told: list[tuple[int, int, str]] = []
    migrate(old_store, progress=lambda *words: told.append(words))
    assert told == [(7, 7, "migrating"), (7, 7, "comparing")]


def test_nobody_analyses_the_tables_while_they_are_filled(
    old_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    # To others they are empty until the commit; the server would plan for one row from then on.
    monkeypatch.setattr("stockgroups.migration.entries._BATCH_GROUPS", 1)
    put_funds(old_store.connection)
    batches: list[int] = []

    def look(done: int, _total: int, what: str) -> None:
        if what == "migrating":
            batches.append(done)
            with (
                psycopg.connect(
                    old_store.connection.info.dsn, options="-c lock_timeout=10ms"
                ) as other,
                pytest.raises(psycopg.errors.LockNotAvailable),
            ):
                other.execute("ANALYZE stockgroups.securities")

    migrate(old_store, progress=look)
    assert batches == [1, 2, 3, 4, 5, 6]
    rows = "SELECT reltuples::int FROM pg_class WHERE oid = 'stockgroups.securities'::regclass"
    assert read_one(old_store.connection, rows) > 0


def test_a_second_run_changes_nothing_and_a_dry_run_writes_nothing(old_store: Store) -> None:
    put_funds(old_store.connection)
    text = '{"symbols": ["GE"], "volume": 1e300, "price": 1.5e-7, "count": 4e3}'
    put_entry(old_store.connection, "stock_universe", "large", text)
    before = dump(old_store.connection)
    planned = migrate(old_store, dry_run=True)
    assert dump(old_store.connection) == before
    report = migrate(old_store)
    assert planned.figures == report.figures
    assert planned.changed_groups == report.changed_groups == 7
    after = dump(old_store.connection)
    again = migrate(old_store)
    assert (again.load_id, again.changed_groups, again.figures) == (None, 0, report.figures)
    assert dump(old_store.connection) == after


def test_a_seeded_store_with_every_malformation_is_accounted_for(
    empty_target: Target, catalog: Catalog
) -> None:
    run(empty_target.url, CREATE)
    with connect(empty_target, check=False) as connection:
        made = store_entries(connection, make_entries(11, malformed=0.1))
        assert len({entry.malformation for entry in made}) > 20
        upgrade_database(empty_target)
        report = migrate(Store(connection, "DEFAULT", catalog=catalog))
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
        assert (report.parity.percent or 100) < 100
        assert (
            check_parity(
                Store(connection, "DEFAULT", catalog=catalog), accepts_refused=True
            ).percent
            == 100
        )
        sums = "SELECT sum(weight) FROM public.group_memberships GROUP BY group_id"
        for (total,) in connection.execute(sums.encode()).fetchall():
            assert total is None or 0.97 < total < 1.03


def test_a_value_of_the_database_null_is_refused_and_the_rest_migrated(old_store: Store) -> None:
    put_funds(old_store.connection)
    put_entry(old_store.connection, "etf_holdings", "NIL", {})
    old_store.connection.execute("UPDATE cache_entries SET value = NULL WHERE key = 'NIL'")
    old_store.connection.execute(
        "UPDATE cache_entries SET updated_at = 'infinity' WHERE key = 'sp500'"
    )
    put_entry(old_store.connection, "stock_metadata", "GE", {}, environment="PROD")
    report = migrate(old_store)
    assert outcomes(report)["NIL"] == ("refused", "its value is empty")
    assert report.figures == {"entries": 7, "migrated": 6, "merged": 0, "refused": 1}
    assert (report.left, report.elsewhere, report.rows) == ({"stock_metadata": 1}, {"PROD": 1}, 9)
    numbers = [outcome.header.id for outcome in report.outcomes]
    assert numbers == sorted(numbers)


def test_another_spelling_of_a_ticker_is_refused_where_it_says_something_else(
    old_store: Store,
) -> None:
    older = {"holdings": ["AAPL", "GE"], "last_updated": "2025-11-01", "market_cap_threshold": 1e9}
    newer = {"holdings": ["AAPL", "MSFT"], "last_updated": "2025-12-01"}
    last = put_entry(old_store.connection, "etf_holdings", "SPY", newer, name="SPY")
    put_entry(old_store.connection, "etf_holdings", "spy", older, name="S&P 500 Trust")
    report = migrate(old_store)
    told = outcomes(report)
    assert told["SPY"] == ("migrated", None)
    assert told["spy"][0] == "refused"
    assert f"entry {last} (etf_holdings, name 'SPY', key 'SPY') lists" in str(told["spy"][1])
    assert list(read_members(old_store.connection, "SPY")) == ["AAPL", "MSFT"]
    assert read_one(old_store.connection, "SELECT count(*) FROM stockgroups.snapshots") == 1
    assert report.parity is not None
    assert not report.parity.passed
    assert len(report.parity.refused) == 1


def test_entries_of_other_environments_are_told_and_left(
    old_store: Store, catalog: Catalog
) -> None:
    put_entry(old_store.connection, "etf_holdings", "SPY", ["AAPL"])
    for number, environment in enumerate((None, "", "development", "DEFAULT", "PROD", "nowhere")):
        put_entry(old_store.connection, "etf_holdings", "Q" * (number + 1), ["GE"], environment)
    report = migrate(old_store)
    assert (report.figures["entries"], report.elsewhere) == (1, {"DEFAULT": 5, "PROD": 1})
    report = migrate(Store(old_store.connection, "DEFAULT", catalog=catalog))
    assert report.figures == {"entries": 5, "migrated": 4, "merged": 0, "refused": 1}
    assert report.elsewhere == {"TEST": 1, "PROD": 1}
    assert outcomes(report)["QQQQQQ"] == ("refused", "unknown environment 'nowhere'")


def test_types_of_other_programs_are_left_and_such_as_list_members_are_refused(
    old_store: Store,
) -> None:
    put_entry(old_store.connection, "prices", "AAPL", {"close": 1})
    put_entry(old_store.connection, "prices", "GE", [1.5, 2.5])
    put_entry(old_store.connection, "days", "closed", ["2026-01-01", "2026-12-25"])
    lists = {
        "mine": ("basket", {"symbols": ["AAPL"]}),
        "list": ("themes", ["NVDA", "AMD"]),
        "objects": ("baskets", [{"symbol": "GE", "weight": 1}]),
        "abroad": ("themes", ["7203.T", "SAP.DE"]),
    }
    for key, (kind, value) in lists.items():
        put_entry(old_store.connection, kind, key, value)
    report = migrate(old_store)
    assert report.left == {"prices": 2, "days": 1}
    told = outcomes(report)
    assert told.keys() == lists.keys()
    for key, (kind, _) in lists.items():
        assert told[key][0] == "refused"
        assert str(told[key][1]).startswith(f"unknown type {kind!r}: it lists members")


def test_what_the_database_refuses_is_named_and_the_rest_is_migrated(old_store: Store) -> None:
    put_funds(old_store.connection)
    old_store.connection.execute("ALTER TABLE group_memberships ADD CHECK (symbol <> 'ZZZ')")
    put_entry(old_store.connection, "theme_definition", "bad", {"symbols": ["AAPL", "ZZZ"]})
    report = migrate(old_store)
    told = outcomes(report)
    assert {key for key, (outcome, _) in told.items() if outcome == "refused"} == {"bad"}
    assert "group_memberships_symbol_check" in str(told["bad"][1])
    assert list(read_members(old_store.connection, "SPY")) == ["AAPL", "YPS"]
    assert report.parity is not None
    missing = [d.group for d in report.parity.differences]
    assert missing == ["bad"]


def test_a_newer_file_counts_and_the_entry_takes_its_place_in_the_past(old_store: Store) -> None:
    put_funds(old_store.connection, ["SPY"])
    apply(old_store, [make_fund("SPY", make_snapshot({"NVDA": 1.0}, DAY))])
    report = migrate(old_store)
    assert list(read_members(old_store.connection, "SPY")) == ["NVDA"]
    assert report.parity is not None
    assert report.parity.passed
    told = report.parity.types["etf_holdings"].superseded
    assert told == ["SPY by hand of 2026-07-01, 3 symbols differ"]


def test_sectors_that_were_organised_since_are_told_and_no_difference(old_store: Store) -> None:
    put_funds(old_store.connection, ["SPY"])
    migrate(old_store)
    organize_sectors(old_store)
    parity = check_parity(old_store)
    assert parity.passed
    assert parity.types["sector_industry_map"].superseded[0].startswith("energy by organize")


def test_what_other_programs_hold_in_a_group_is_recorded_before(old_store: Store) -> None:
    put_entry(
        old_store.connection,
        "etf_holdings",
        "SPY",
        {"holdings": ["AAPL"], "last_updated": "2025-12-05"},
    )
    old_store.connection.execute(
        "INSERT INTO definition_groups (name, type, environment) VALUES ('SPY', 'ETF', 'TEST')"
    )
    old_store.connection.execute(
        "INSERT INTO group_memberships (group_id, symbol) SELECT id, 'GE' FROM definition_groups"
    )
    report = migrate(old_store)
    assert [(str(c.key), c.what) for c in report.drift] == [("ETF SPY in TEST", "made")]
    sources = old_store.connection.execute(
        "SELECT source FROM stockgroups.snapshots ORDER BY as_of"
    ).fetchall()
    assert sources == [("legacy",), ("external",)]
    assert list(read_members(old_store.connection, "SPY")) == ["GE"]


def test_symbols_are_compared_under_their_names_of_today(old_store: Store) -> None:
    put_entry(
        old_store.connection, "stock_universe", "old", {"symbols": ["FB"], "as_of": "2021-01-04"}
    )
    migrate(old_store)
    old_store.connection.execute(
        "UPDATE stockgroups.securities SET symbol = 'META' WHERE symbol = 'FB'"
    )
    old_store.connection.execute("UPDATE group_memberships SET symbol = 'META' WHERE symbol = 'FB'")
    assert check_parity(old_store).passed


def test_entries_of_another_environment_alone_are_no_success(
    old_store: Store, catalog: Catalog
) -> None:
    put_entry(old_store.connection, "etf_holdings", "SPY", ["AAPL"], "DEFAULT")
    put_entry(old_store.connection, "etf_holdings", "QQQ", ["AAPL"], "development")
    report = migrate(old_store)
    words = "no entry describes a group in this environment; DEFAULT has 2: set ENVIRONMENT"
    assert report.misplaced == words
    assert report.parity is not None
    assert not report.parity.passed
    assert report.parity.percent == 0
    assert [d.message for d in report.parity.differences] == [words]
    assert migrate(old_store, dry_run=True).misplaced == words
    assert migrate(Store(old_store.connection, "DEFAULT", catalog=catalog)).misplaced is None


ODD = (
    {"holdings": ["AAPL"], "last_updated": 10**400},
    {"holdings": ["AAPL"], "last_updated": -(10**400)},
    {"holdings": ["AAPL"], "last_updated": 1e300, "total_holdings": 10**400},
    {"holdings": ["AAPL"], "market_cap_threshold": 10**400, "date": [10**30]},
    {"holdings": [{"symbol": "AAPL", "weight": 10**400, "shares": 10**400}]},
    {"holdings": [{"symbol": 10**400}, "AAPL"]},
    {"holdings": ["AAPL"], "last_updated": "9999-12-31T23:59:59-12:00"},
    {"holdings": ["AAPL"], "last_updated": "0001-01-01T00:00:00+14:00"},
)


@pytest.mark.parametrize("value", ODD)
def test_an_odd_number_or_time_is_that_entrys_own(old_store: Store, value: object) -> None:
    put_entry(old_store.connection, "etf_holdings", "ODD", value)
    put_entry(old_store.connection, "etf_holdings", "SPY", {"holdings": ["AAPL"]})
    report = migrate(old_store)
    assert outcomes(report)["SPY"] == ("migrated", None)
    assert outcomes(report)["ODD"][0] == "migrated"
    assert list(read_members(old_store.connection, "ODD")) == ["AAPL"]
    assert migrate(old_store).load_id is None
