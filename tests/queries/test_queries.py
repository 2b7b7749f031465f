"""Answers in both directions, with the keys that other programs know."""

import datetime as dt

import pytest

from samples import make_fund, make_snapshot
from sound import make_sound
from stockgroups import queries
from stockgroups.catalog import Catalog, load_catalog
from stockgroups.db.connection import Connection
from stockgroups.errors import NotFoundError, SymbolError
from stockgroups.store.apply import apply
from tables import read_one


@pytest.fixture
def sound(connection: Connection, catalog: Catalog) -> Connection:
    make_sound(connection, catalog)
    return connection


def find_stock(connection: Connection, text: str) -> queries.StockAnswer:
    return queries.find_stock(connection, "TEST", text, load_catalog)


def test_a_fund_in_both_cases(sound: Connection) -> None:
    answer = queries.find_fund(sound, "TEST", "spy").as_dict()
    age = (dt.datetime.now(dt.UTC).date() - dt.date(2026, 7, 1)).days
    metadata = answer.pop("metadata")
    assert metadata["total_holdings"] == 3
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
    }


def test_a_stock_with_its_funds_themes_and_sector(sound: Connection) -> None:
    answer = find_stock(sound, "xom").as_dict()
    assert answer["member_of_etfs"] == ["SPY", "XLE"]
    assert [d["weight"] for d in answer["etf_details"]] == [0.2, 0.6]
    assert answer["etf_details"][1]["name"] == "Energy Select Sector SPDR Fund"
    assert (answer["sector"], answer["name"]) == ("energy", "XOM CORP")
    assert "sp500" in answer["universes"]


@pytest.mark.parametrize("text", ["BRK.B", "brk.b", "BRK/B", "brk-b", "BRK B", "BRKB", "brkb"])
def test_any_spelling_of_a_stock_is_understood(sound: Connection, text: str) -> None:
    assert find_stock(sound, text).stock_symbol == "BRK.B"


@pytest.mark.parametrize("text", ["7203.XTKS", "7203.xtks", "7203.T", "7203.t"])
def test_a_stock_abroad_in_its_spellings(connection: Connection, text: str) -> None:
    apply(connection, "TEST", [make_fund("EFA", make_snapshot({"7203.XTKS": 1.0}))])
    assert find_stock(connection, text).stock_symbol == "7203.XTKS"


@pytest.mark.parametrize("members", [["SPY", "QQQ"], '["SPY", "QQQ"]'])
def test_a_stock_that_only_the_cache_knows(connection: Connection, members: object) -> None:
    from psycopg.types.json import Jsonb

    connection.execute(
        "INSERT INTO cache_entries (type, name, key, value, environment)"
        " VALUES ('stock_metadata', 'Twitter', 'TWTR', %s, 'TEST')",
        (Jsonb({"member_of_etfs": members, "sector": "tech"}),),
    )
    assert find_stock(connection, "TWTR").as_dict() == {
        "stock_symbol": "TWTR",
        "name": "Twitter",
        "member_of_etfs": ["QQQ", "SPY"],
        "sector": "tech",
        "industry": None,
    }


def test_a_theme_and_a_universe_by_words(sound: Connection, catalog: Catalog) -> None:
    theme = queries.find_theme(sound, "TEST", "Crypto Miners").as_dict()
    assert theme["theme_key"] == "crypto_miners"
    assert theme["symbols"] == sorted(catalog.themes["crypto_miners"].symbols)
    assert theme["metadata"]["selection_criteria"]
    universe = queries.find_universe(sound, "TEST", "DOW30").as_dict()
    assert universe["universe_key"] == "dow30"
    assert universe["total_symbols"] == 30


def test_a_sector_with_the_stocks_that_a_source_puts_there(sound: Connection) -> None:
    answer = queries.find_sector(sound, "TEST", "Energy").as_dict()
    assert answer["symbols"] == ["CVX", "XOM"]
    assert len(answer["industries"]) in (4, 5)


def test_an_industry_without_regard_to_case(sound: Connection, catalog: Catalog) -> None:
    name = catalog.sectors["energy"].industries[0]
    answer = queries.find_industry(sound, "TEST", name.upper())
    assert (answer.industry, answer.sector) == (name, "energy")


def test_an_industry_that_only_a_source_prints(sound: Connection) -> None:
    sound.execute(
        'UPDATE cache_entries SET value = value || \'{"industry": "Oil Majors"}\''
        " WHERE key IN ('XOM', 'CVX')"
    )
    answer = queries.find_industry(sound, "TEST", "oil majors").as_dict()
    assert answer["industry"] == "Oil Majors"
    assert (answer["sector"], answer["symbols"]) == ("energy", ["CVX", "XOM"])


@pytest.mark.parametrize(
    ("ask", "nearest"),
    [
        (lambda c: queries.find_fund(c, "TEST", "SPYX"), "SPY"),
        (lambda c: queries.find_theme(c, "TEST", "crypto_mining"), "crypto_miners"),
        (lambda c: queries.find_universe(c, "TEST", "sp50"), "sp500"),
        (lambda c: queries.find_sector(c, "TEST", "enrgy"), "energy"),
        (lambda c: queries.find_industry(c, "TEST", "Bank"), "Banks"),
        (lambda c: find_stock(c, "AAPPL"), "AAPL"),
    ],
)
def test_what_is_not_there_is_answered_with_the_nearest_names(
    sound: Connection, ask: object, nearest: str
) -> None:
    with pytest.raises(NotFoundError) as caught:
        ask(sound)  # type: ignore[operator]
    assert nearest in str(caught.value.remedy)
    assert "\n" not in str(caught.value)


def test_no_symbol_at_all_is_said_to_be_none(sound: Connection) -> None:
    with pytest.raises(SymbolError):
        find_stock(sound, "DROP TABLE;")


def test_data_in_another_environment_is_named(sound: Connection) -> None:
    with pytest.raises(NotFoundError, match="environment TEST has it"):
        queries.find_fund(sound, "DEFAULT", "SPY")
    with pytest.raises(NotFoundError, match="the data is in environment TEST"):
        queries.find_stock(sound, "DEFAULT", "AAPL", load_catalog)


def test_nothing_loaded_says_what_to_run(connection: Connection) -> None:
    with pytest.raises(NotFoundError, match="stockgroups load"):
        queries.find_fund(connection, "TEST", "SPY")


def test_statistics_count_what_is_there(sound: Connection) -> None:
    answer = queries.read_statistics(sound, "TEST")
    assert (answer.types["ETF"].groups, answer.types["ETF"].memberships) == (2, 5)
    assert (answer.types["SECTOR"].groups, answer.types["THEME"].groups) == (11, 20)
    assert (answer.etf_stocks, answer.metadata_entries, answer.metadata_with_sector) == (4, 4, 4)
    assert answer.snapshots == read_one(sound, "SELECT count(*) FROM stockgroups.snapshots")
    assert [etf["etf_symbol"] for etf in answer.as_dict()["etfs"]] == ["SPY", "XLE"]


def test_answers_can_be_spelled_otherwise(connection: Connection) -> None:
    apply(connection, "TEST", [make_fund("E", make_snapshot({"BRK.B": 1.0}))])
    answer = queries.find_fund(connection, "TEST", "E").respell(lambda s: s.replace(".", "-"))
    assert answer.as_dict()["holdings"] == ["BRK-B"]
