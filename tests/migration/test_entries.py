"""Where an entry belongs, and how its value is taken out of its wrappings."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockgroups.catalog import Catalog, load_catalog
from stockgroups.errors import LegacyEntryError
from stockgroups.migration.legacy import (
    LARGEST_VALUE,
    EntryHeader,
    LegacyGroup,
    place_entry,
    read_entry,
)
from stockgroups.model import Category

TODAY = dt.date(2026, 7, 1)
CATALOG = load_catalog()


def header(
    kind: str = "etf_holdings",
    key: str | None = "SPY",
    environment: str | None = "TEST",
    name: str | None = None,
    size: int = 100,
) -> EntryHeader:
    return EntryHeader(7, kind, name, key, environment, dt.datetime(2026, 6, 1), size)  # noqa: DTZ001 - as the old column


def read(value: Any, kind: str = "etf_holdings", key: str = "SPY", **more: Any) -> LegacyGroup:
    return read_entry(header(kind, key, **more), json.dumps(value), CATALOG, TODAY)


def members_of(group: LegacyGroup) -> dict[str, float | None]:
    assert group.snapshot is not None
    weights = group.snapshot.weights or (None,) * len(group.snapshot.refs)
    return dict(zip(group.snapshot.symbols, weights, strict=True))


@pytest.mark.parametrize(
    ("kind", "key", "environment", "expected"),
    [
        ("etf_holdings", " spy ", "TEST", "ETF SPY in TEST"),
        ("ETF-Holdings ", "SPY US", "test", "ETF SPY in TEST"),
        ("theme_definition", "Crypto  Miners", None, "THEME Crypto Miners in DEFAULT"),
        ("sector_industry_map", "Real-Estate", "", "SECTOR Real-Estate in DEFAULT"),
        ("stock_universe", "SP500", "development", "UNIVERSE SP500 in DEFAULT"),
        ("etf_universe", "SPY:nasdaq100", "PROD", "CUSTOM SPY:nasdaq100 in PROD"),
    ],
)
def test_a_key_is_the_groups_name_and_of_a_fund_the_ticker(
    kind: str, key: str, environment: str | None, expected: str
) -> None:
    assert str(place_entry(header(kind, key, environment))) == expected


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"environment": "staging"}, "unknown environment 'staging'"),
        ({"key": "  "}, "has no key"),
        ({"key": None}, "has no key"),
        ({"key": "what is this"}, "is not a ticker"),
        ({"key": "X" * 101}, "longer than the 100 characters"),
        ({"key": "A\x01B"}, "can name no group"),
        ({"size": LARGEST_VALUE + 1}, "more than any group"),
    ],
)
def test_what_can_name_no_group_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(LegacyEntryError, match=words):
        place_entry(header(**changes))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "empty"),
        ({}, "empty"),
        ("", "empty"),
        (7, "is a number and no object"),
        (True, "is a truth value and no object"),
        ("certainly no JSON", "a text that is no JSON"),
        (json.dumps(json.dumps(json.dumps(json.dumps(json.dumps("x"))))), "JSON in JSON"),
        ({"description": "x"}, "names no members: they are missing"),
        ({"holdings": None}, "names no members: they are null"),
        ({"holdings": []}, "names no members: they are empty"),
        ({"holdings": ["", None, " "]}, "names no members: they are empty"),
        ({"holdings": 7}, "are a number and no list"),
        ({"holdings": ["A"] * 100_001}, "lists 100,001 elements, more than any group"),
        ('{"holdings": [{"symbol": "A", "name": "\\ud800"}]}', "half a character"),
        ('{"holdings": ["A"], "note": "a\\u0000b"}', "the character NUL"),
        ('{"holdings": ["A"], "note": 1e400}', "a number beyond any measure"),
        ({"holdings": ["$$$", "US DOLLAR CASH"]}, r"none of its holdings could be read: '\$\$\$'"),
    ],
)
def test_an_entry_that_says_nothing_is_refused_with_the_reason(value: Any, words: str) -> None:
    with pytest.raises(LegacyEntryError, match=words):
        read(value)


def test_nesting_without_end_is_refused() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    with pytest.raises(LegacyEntryError, match="nested too deep"):
        read_entry(header(), deep, CATALOG, TODAY)


def test_a_sector_without_industries_and_stocks_is_refused() -> None:
    with pytest.raises(LegacyEntryError, match="neither industries nor"):
        read({"industries": [], "description": "x"}, "sector_industry_map", "energy")


@pytest.mark.parametrize(
    "listed",
    [
        ["AAPL", "BRK.B"],
        [" aapl", "brk-b "],
        '["AAPL", "BRK/B"]',
        "AAPL, BRK.B",
        [{"symbol": "AAPL"}, {"Ticker": "BRK.B"}],
        [{" Symbol ": "AAPL", "weight": None}, {"symbol": "BRKB", "weight": "n/a"}],
        {"AAPL": None, "BRK.B": None},
        ["AAPL", "BRK.B", "AAPL", None, ""],
        [["AAPL"], ["BRK.B"]],
    ],
)
@pytest.mark.parametrize("wrap", [lambda v: v, json.dumps, lambda v: json.dumps(json.dumps(v))])
def test_members_are_read_in_every_shape(listed: Any, wrap: Any) -> None:
    group = read(wrap({"holdings": listed}))
    assert members_of(group) == {"AAPL": None, "BRK.B": None}
    assert not group.refused


@pytest.mark.parametrize(
    "listed",
    [
        [{"symbol": "AAPL", "weight": 0.6}, {"symbol": "GE", "weight": 0.4}],
        [{"symbol": "AAPL", "weight": 60}, {"symbol": "GE", "weight": 40.0}],
        [{"symbol": "AAPL", "weight": "0.6"}, {"symbol": "GE", "weight": " 0.4"}],
        [{"symbol": "AAPL", "weight": "60 %"}, {"symbol": "GE", "weight": "40%"}],
        [{"symbol": "AAPL", "Weight (%)": 60}, {"symbol": "GE", "Weight (%)": 40}],
        [{"symbol": "AAPL", "weight_pct": "60"}, {"symbol": "GE", "weight_pct": "40"}],
        [{"symbol": "AAPL", "percentage": 60}, {"symbol": "GE", "percentage": 40}],
        {"AAPL": 0.6, "GE": "0.4"},
        {"AAPL": {"weight": 60}, "GE": {"weight": 40}},
        [{"symbol": "AAPL", "weight": "60,0"}, {"symbol": "GE", "weight": "40,0 %"}],
        [{"symbol": "AAPL", "weight": "0,6"}, {"symbol": "GE", "weight": "0,4"}],
        [["AAPL", 60], ["GE", 40]],
    ],
)
def test_weights_become_fractions(listed: Any) -> None:
    assert members_of(read({"holdings": listed})) == {"AAPL": 0.6, "GE": 0.4}


def test_the_first_of_two_counts_as_where_rows_were_inserted_one_by_one() -> None:
    listed = [
        {"symbol": "AAPL", "weight": 0.6},
        {"symbol": "aapl", "weight": 0.1},
        {"symbol": "GE"},
        {"symbol": "GE", "weight": 0.4},
    ]
    group = read({"holdings": listed})
    assert members_of(group) == {"AAPL": 0.6, "GE": 0.4}
    assert group.snapshot is not None
    assert group.snapshot.receipt is not None
    assert group.snapshot.receipt.rows[Category.MERGED] == 2


@pytest.mark.parametrize(
    ("printed", "symbol"),
    [
        ("7203.T", "7203.XTKS"),
        ("NOVO-B.CO", "NOVO-B.XCSE"),
        ("0700.HK", "0700.XHKG"),
        ("700.HK", "0700.XHKG"),
        ("BF.B", "BF.B"),
        ("brk.a", "BRK.A"),
        ("SHEL.XLON", "SHEL.XLON"),
        ("7203 JP", "7203.XTKS"),
        ("vod ln equity", "VOD.XLON"),
        ("BRK B", "BRK.B"),
        ("EHTH US Equity", "EHTH"),
    ],
)
def test_foreign_symbols_never_pass_for_those_of_the_us(printed: str, symbol: str) -> None:
    assert list(members_of(read({"holdings": [printed]}))) == [symbol]


def test_an_exchange_beside_the_ticker_places_it() -> None:
    listed = [
        {"symbol": "7203", "exchange": "Tokyo Stock Exchange"},
        {"symbol": "BT.A", "exchange": "London Stock Exchange"},
        {"symbol": "SHEL.L", "exchange": "XLON"},
        {"symbol": "AAPL", "exchange": "NMS"},
        {"symbol": "GE", "exchange": "US"},
        {"symbol": "005930"},
        {"symbol": "IBM", "exchange": "Unknown"},
        {"symbol": "ROP", "exchange": "Bourse of Nowhere"},
        {"symbol": "CVR", "exchange": "NO MARKET (E.G. UNLISTED)"},
    ]
    group = read({"holdings": listed})
    members = ["7203.XTKS", "BT-A.XLON", "SHEL.XLON", "AAPL", "GE", "IBM"]
    assert list(members_of(group)) == members
    assert group.refused == [
        "'005930' is not a symbol in any spelling",
        "'ROP' is on the unknown exchange 'Bourse of Nowhere'",
        "'CVR' is on the unknown exchange 'NO MARKET (E.G. UNLISTED)'",
    ]


def test_what_is_no_symbol_is_refused_and_the_rest_is_read() -> None:
    said = ["no symbol!", 12345, {"name": "Cash"}, True, ["GE", 0.1, 7], {"weight": 0.1}]
    group = read({"holdings": ["AAPL", *said, {}, [], None, {"symbol": None}]})
    assert list(members_of(group)) == ["AAPL"]
    assert group.refused == [
        "'no symbol!' is not a symbol in any spelling",
        "'12345' is not a symbol in any spelling",
        "'Cash' has no ticker",
        "'true' has no ticker",
        """'["GE", 0.1, 7]' has no ticker""",
        """'{"weight": 0.1}' has no ticker""",
    ]
    assert group.snapshot is not None
    assert group.snapshot.receipt is not None
    assert group.snapshot.receipt.rows_read == 7
    assert "4 blank elements" in group.notes


def test_a_weight_that_is_no_number_is_named() -> None:
    listed = [{"symbol": "AAPL", "weight": "a lot"}, {"symbol": "GE", "weight": 0.4}]
    group = read({"holdings": listed})
    assert members_of(group) == {"AAPL": None, "GE": 0.4}
    assert group.refused == ["the weight of AAPL is no number: 'a lot'"]


def test_nothing_that_an_entry_says_is_lost() -> None:
    value = {
        "holdings": ["AAPL"],
        "total_holdings": "1",
        "Market Cap Threshold": "5,000,000,000",
        "data_source": "issuer",
        "last_updated": "2025-12-05T14:32:11.123456",
        "expense_ratio": 0.0945,
        "nested": {"kept": [1, 2]},
    }
    group = read(value, key=" spy", name="SPDR S&P 500 ETF Trust")
    assert group.description == "SPDR S&P 500 ETF Trust"
    assert group.liquidity_filter == {"market_cap_threshold": 5e9, "applied": False}
    assert group.metadata["legacy"] == {
        "total_holdings": "1",
        "data_source": "issuer",
        "last_updated": "2025-12-05T14:32:11.123456",
        "expense_ratio": 0.0945,
        "nested": {"kept": [1, 2]},
        "key": " spy",
    }
    assert group.snapshot is not None
    assert group.snapshot.as_of == dt.date(2025, 12, 5)
    assert not group.notes


def test_what_has_no_place_of_its_own_is_kept_as_it_was() -> None:
    fund = read(
        {"holdings": ["AAPL"], "symbols": ["GE"], "tickers": '["AAPL"]', "stocks": [],
         "description": "Tracks an index.", "name": "A Fund"}
    )  # fmt: skip
    assert fund.description == "A Fund"
    assert fund.metadata["legacy"] == {
        "symbols": ["GE"],
        "description": "Tracks an index.",
        "name": "A Fund",
    }
    stocks = [{"symbol": "xom", "name": "Exxon"}]
    told = {"industries": {"Oil": ["XOM"], "Gas": []}, "representative_stocks": stocks}
    sector = read({**told, "symbols": ["CVX"]}, "sector_industry_map", "energy")
    assert sector.metadata["industries"] == ["Oil", "Gas"]
    assert sector.metadata["representative_stocks"] == ["XOM"]
    assert sector.metadata["legacy"] == {**told, "symbols": ["CVX"]}


def test_industries_and_related_themes_may_be_objects() -> None:
    industries = [{"name": "Oil", "size": 7}, " Gas  Pipes", None, 5]
    sector = read({"industries": industries}, "sector_industry_map", "energy")
    assert sector.metadata["industries"] == ["Oil", "Gas Pipes", "5"]
    theme = read({"symbols": ["A"], "related_themes": [{"key": "Gold"}]}, "theme_definition", "x")
    assert theme.metadata["related_themes"] == ["Gold"]


def test_a_theme_keeps_its_words() -> None:
    value = {
        "symbols": ["MARA", "RIOT"],
        "description": "Those who mine.",
        "selection_criteria": {"min": 1},
        "related_themes": '["Gold Miners", "clean_energy"]',
    }
    group = read(value, "theme_definition", "crypto_miners", name="Crypto Mining")
    assert group.description == "Those who mine."
    assert group.metadata["name"] == "Crypto Mining"
    assert group.metadata["selection_criteria"] == {"min": 1}
    assert group.metadata["related_themes"] == ["Gold Miners", "clean_energy"]


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("2025-12-05", dt.date(2025, 12, 5)),
        ("2025-12-05T23:30:00-05:00", dt.date(2025, 12, 6)),
        ("2025-12-05 06:30:00", dt.date(2025, 12, 5)),
        ("Dec 05, 2025", dt.date(2025, 12, 5)),
        (1764916200, dt.date(2025, 12, 5)),
        ("1764916200000", dt.date(2025, 12, 5)),
        ("2125-01-01", dt.date(2026, 6, 1)),
        ("yesterday", dt.date(2026, 6, 1)),
        (None, dt.date(2026, 6, 1)),
        (True, dt.date(2026, 6, 1)),
    ],
)
def test_an_entry_is_dated_by_what_it_says_else_by_when_it_was_written(
    value: Any, date: dt.date
) -> None:
    group = read({"holdings": ["AAPL"], "last_updated": value})
    assert group.snapshot is not None
    assert group.snapshot.as_of == date


def test_a_count_that_does_not_fit_is_told() -> None:
    assert read({"holdings": ["A", "B"], "total_holdings": 504}).notes == [
        "says 504 holdings and lists 2"
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from(["AAPL", "holdings", "symbols", "60%", "7203.T", "[1]", '{"a":1}']),
    lambda inner: st.lists(inner, max_size=5)
    | st.dictionaries(
        st.sampled_from(["holdings", "symbols", "symbol", "weight", " Weight % ", "industries"])
        | st.text(max_size=5),
        inner,
        max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


@given(JSON, st.sampled_from(["etf_holdings", "theme_definition", "sector_industry_map"]))
def test_any_value_is_read_and_accounted_for_or_refused(value: Any, kind: str) -> None:
    try:
        group = read(value, kind, "KEY")
    except LegacyEntryError:
        return
    json.dumps(group.metadata)
    if group.snapshot is None:
        assert kind == "sector_industry_map"
        return
    receipt = group.snapshot.receipt
    assert receipt is not None
    assert receipt.rows[Category.MEMBER] == len(group.snapshot.refs) > 0
    symbols = [reason for reason in group.refused if not reason.startswith("the weight of ")]
    assert receipt.rows[Category.REJECTED] == len(symbols)
    again = read(json.dumps(value), kind, "KEY")
    assert again.snapshot is not None
    assert again.snapshot.refs == group.snapshot.refs


def test_the_catalogue_is_the_shipped_one(catalog: Catalog) -> None:
    assert catalog.reading_digest == CATALOG.reading_digest
