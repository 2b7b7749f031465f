"""Answers in both directions, with the keys that other programs know."""

import datetime as dt
from dataclasses import replace

import pytest

from samples import make_fund, make_snapshot
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.errors import NotFoundError, SymbolError
from stockgroups.model import GroupType
from stockgroups.queries import statistics, stocks
from stockgroups.queries.answers import GroupAnswer
from stockgroups.queries.groups import find_group, find_industry
from stockgroups.queries.moments import Moment
from stockgroups.queries.named import list_groups
from stockgroups.queries.statistics import read_statistics
from stockgroups.queries.stock_answers import StockAnswer
from stockgroups.record.apply import apply
from stockgroups.store import Store
from tables import read_one


def find(store: Store, kind: GroupType, name: str) -> GroupAnswer:
    return find_group(store, kind, name)


def find_stock(store: Store, text: str) -> StockAnswer:
    return stocks.find_stock(store, text)


def test_a_fund_in_both_cases(sound: Store) -> None:
    answer = find_group(sound, GroupType.ETF, "spy").to_dict()
    age = (dt.datetime.now(dt.UTC).date() - dt.date(2026, 7, 1)).days
    metadata = answer.pop("metadata")
    assert metadata["total_holdings"] == 3
    assert answer.pop("recorded_at")
    members = answer.pop("members")
    assert [(one["symbol"], one["weight"]) for one in members] == list(answer["weights"].items())
    assert {one["sector"] for one in members} == {None}
    assert answer == {
        "etf_symbol": "SPY",
        "name": "SPDR S&P 500 ETF Trust",
        "holdings": ["AAPL", "BRK.B", "XOM"],
        "total_holdings": 3,
        "liquidity_filter": {"market_cap_threshold": 5e9, "applied": False},
        "weights": {"AAPL": 0.5, "BRK.B": 0.3, "XOM": 0.2},
        "as_of": "2026-07-01",
        "age_days": age,
        "source": "hand",
        "is_proxy": False,
        "is_drifted": False,
        "as_of_used": "2026-07-01",
        "asked_as_of": dt.datetime.now(dt.UTC).date().isoformat(),
        "known_at": None,
        "file": "file.csv",
        "published_on": None,
        "published_by": None,
        "asked_source": None,
        "reported_symbols": [],
    }


def test_a_fund_with_all_that_is_known_of_its_holdings(sound: Store) -> None:
    answer = find_group(sound, GroupType.ETF, "SPY", details=True)
    known = {one.symbol: one for one in answer.holdings}
    assert list(known) == ["AAPL", "BRK.B", "XOM"]
    assert (known["XOM"].sector, known["XOM"].reported_symbol) == ("energy", "XOM")
    assert answer.to_dict()["reported_symbols"] == ["AAPL", "BRK.B", "XOM"]


def test_a_stock_with_its_funds_themes_and_sector(sound: Store) -> None:
    answer = find_stock(sound, "xom").to_dict()
    assert answer["member_of_etfs"] == ["SPY", "XLE"]
    assert [d["weight"] for d in answer["etfs"]] == [0.2, 0.6]
    assert answer["etf_details"][1][1] == "Energy Select Sector SPDR Fund"
    assert (answer["sector"], answer["name"]) == ("energy", "XOM CORP")
    assert "sp500" in answer["universes"]
    listed = {one.key: one.name for one in list_groups(sound, GroupType.UNIVERSE)}
    assert listed["nasdaq100"] == "Nasdaq-100"
    for moment in (None, Moment(dt.date(2026, 11, 1))):
        found = stocks.find_stock(sound, "aapl", moment).of_type(GroupType.UNIVERSE)
        assert {one.title for one in found} == {listed[one.group] for one in found} != set()


@pytest.mark.parametrize("text", ["BRK.B", "brk.b", "BRK/B", "brk-b", "BRK B", "BRKB", "brkb"])
def test_any_spelling_of_a_stock_is_understood(sound: Store, text: str) -> None:
    assert find_stock(sound, text).symbol == "BRK.B"


@pytest.mark.parametrize("text", ["7203.XTKS", "7203.xtks", "7203.T", "7203.t"])
def test_a_stock_abroad_in_its_spellings(store: Store, text: str) -> None:
    apply(store, [make_fund("EFA", make_snapshot({"7203.XTKS": 1.0}))])
    assert find_stock(store, text).symbol == "7203.XTKS"


@pytest.mark.parametrize("members", [["SPY", "QQQ"], '["SPY", "QQQ"]'])
def test_a_stock_that_only_the_cache_knows(
    connection: Connection, store: Store, members: object
) -> None:
    from psycopg.types.json import Jsonb

    connection.execute(
        "INSERT INTO cache_entries (type, name, key, value, environment)"
        " VALUES ('stock_metadata', 'Twitter', 'TWTR', %s, 'TEST')",
        (Jsonb({"member_of_etfs": members, "sector": "tech"}),),
    )
    assert find_stock(store, "TWTR").to_dict() == {
        "stock_symbol": "TWTR",
        "name": "Twitter",
        "member_of_etfs": ["QQQ", "SPY"],
        "sector": "tech",
        "industry": None,
    }


def test_a_theme_and_a_universe_by_words(sound: Store, catalog: Catalog) -> None:
    theme = find_group(sound, GroupType.THEME, "Crypto Miners").to_dict()
    assert theme["theme_key"] == "crypto_miners"
    assert theme["symbols"] == sorted(catalog.themes["crypto_miners"].symbols)
    assert theme["metadata"]["selection_criteria"]
    universe = find_group(sound, GroupType.UNIVERSE, "DOW30").to_dict()
    assert universe["universe_key"] == "dow30"
    assert universe["total_symbols"] == 30


def test_a_sector_with_the_stocks_that_a_source_puts_there(sound: Store) -> None:
    answer = find_group(sound, GroupType.SECTOR, "Energy").to_dict()
    assert answer["symbols"] == ["CVX", "XOM"]
    assert len(answer["industries"]) in (4, 5)


def test_an_industry_without_regard_to_case(sound: Store, catalog: Catalog) -> None:
    name = catalog.sectors["energy"].industries[0]
    answer = find_industry(sound, name.upper())
    assert (answer.industry, answer.sector) == (name, "energy")


def test_an_industry_that_only_a_source_prints(sound: Store) -> None:
    sound.connection.execute(
        'UPDATE cache_entries SET value = value || \'{"industry": "Oil Majors"}\''
        " WHERE key IN ('XOM', 'CVX')"
    )
    answer = find_industry(sound, "oil majors").to_dict()
    assert answer["industry"] == "Oil Majors"
    assert (answer["sector"], answer["symbols"]) == ("energy", ["CVX", "XOM"])


@pytest.mark.parametrize(
    ("ask", "nearest"),
    [
        (lambda s: find(s, GroupType.ETF, "SPYX"), "SPY"),
        (lambda s: find(s, GroupType.THEME, "crypto_mining"), "crypto_miners"),
        (lambda s: find(s, GroupType.UNIVERSE, "sp50"), "sp500"),
        (lambda s: find(s, GroupType.SECTOR, "enrgy"), "energy"),
        (lambda s: find_industry(s, "Bank"), "Banks"),
        (lambda s: find_stock(s, "AAPPL"), "AAPL"),
    ],
)
def test_what_is_not_there_is_answered_with_the_nearest_names(
    sound: Store, ask: object, nearest: str
) -> None:
    with pytest.raises(NotFoundError) as caught:
        ask(sound)  # type: ignore[operator]
    assert nearest in str(caught.value.remedy)
    assert "\n" not in str(caught.value)


def test_no_symbol_at_all_is_said_to_be_none(sound: Store) -> None:
    with pytest.raises(SymbolError):
        find_stock(sound, "DROP TABLE;")


def test_data_in_another_environment_is_named(sound: Store) -> None:
    with pytest.raises(NotFoundError, match="environment TEST has it"):
        find_group(Store(sound.connection, "DEFAULT"), GroupType.ETF, "SPY")
    with pytest.raises(NotFoundError, match="environment TEST has it"):
        stocks.find_stock(Store(sound.connection, "DEFAULT"), "AAPL")
    with pytest.raises(NotFoundError, match="the data is in environment TEST"):
        stocks.find_stock(Store(sound.connection, "DEFAULT"), "ZZZZ")


def test_nothing_loaded_says_what_to_run(store: Store) -> None:
    with pytest.raises(NotFoundError, match="stockgroups load"):
        find_group(store, GroupType.ETF, "SPY")


def test_statistics_count_what_is_there(sound: Store) -> None:
    answer = read_statistics(sound)
    assert (answer.types["ETF"].groups, answer.types["ETF"].memberships) == (2, 5)
    assert (answer.types["SECTOR"].groups, answer.types["THEME"].groups) == (11, 20)
    assert (answer.etf_stocks, answer.metadata_entries, answer.metadata_with_sector) == (4, 4, 4)
    assert answer.snapshots == read_one(
        sound.connection, "SELECT count(*) FROM stockgroups.snapshots"
    )
    assert [etf["etf_symbol"] for etf in answer.to_dict()["etfs"]] == ["SPY", "XLE"]


def test_stocks_are_counted_through_the_index_alike(
    sound: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound.connection.execute(
        b"""
        WITH g AS (
            INSERT INTO public.definition_groups (environment, type, name)
            VALUES ('DEFAULT', 'ETF', 'E')
            RETURNING id
        )
        INSERT INTO public.group_memberships (group_id, symbol)
        SELECT id, unnest(ARRAY['AAAA', 'XOM']) FROM g
        """
    )
    before = read_statistics(sound)
    assert before.drifted == ()
    monkeypatch.setattr(statistics, "MOST_COMPARED", 0)
    monkeypatch.setattr(statistics, "MANY_GROUPS", 0)
    assert read_statistics(sound) == replace(before, drifted=None)


def test_answers_can_be_spelled_otherwise(store: Store) -> None:
    apply(store, [make_fund("E", make_snapshot({"BRK.B": 1.0}))])
    answer = find_group(store, GroupType.ETF, "E").respell(lambda s: s.replace(".", "-"))
    assert answer.to_dict()["holdings"] == ["BRK-B"]
