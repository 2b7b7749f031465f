"""Where an entry belongs, and how its value is taken out of its wrappings."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migration.printed_entries import CATALOG, TODAY, header, read
from stockgroups.catalog import Catalog
from stockgroups.errors import LegacyEntryError
from stockgroups.migration.legacy import (
    LARGEST_VALUE,
    place_entry,
    read_entry,
)
from stockgroups.model import Category


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
        ({"key": "A\x01B"}, "is not a valid name of a group"),
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
        (7, "is a number and not an object"),
        (True, "is a truth value and not an object"),
        ("certainly no JSON", "a text that is not JSON"),
        (json.dumps(json.dumps(json.dumps(json.dumps(json.dumps("x"))))), "JSON within JSON texts"),
        ({"description": "x"}, "has no members: they are missing"),
        ({"holdings": None}, "has no members: they are null"),
        ({"holdings": []}, "has no members: they are empty"),
        ({"holdings": ["", None, " "]}, "has no members: they are empty"),
        ({"holdings": 7}, "are a number and not a list"),
        ({"holdings": ["A"] * 100_001}, "lists 100,001 elements, more than any group"),
        ('{"holdings": [{"symbol": "A", "name": "\\ud800"}]}', "half of a surrogate pair"),
        ('{"holdings": ["A"], "note": "a\\u0000b"}', "the character NUL"),
        ('{"holdings": ["A"], "note": 1e400}', "a number that is too large"),
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
        "declares 504 holdings and lists 2"
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
