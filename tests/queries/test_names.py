"""The name of a stock: that of its own reports, not of another stock that had its ticker."""

from __future__ import annotations

import datetime as dt

import pytest

from samples import make_fund, make_printed
from stockgroups.analytics.attributes import describe_stocks
from stockgroups.model import Alias, Ref
from stockgroups.queries.identified import find_name
from stockgroups.queries.named import search
from stockgroups.queries.related import find_related
from stockgroups.record.apply import apply
from stockgroups.store import Store

ALTERA = Ref("ALTR", name="ALTERA CORP", cusip="021441100")
ALTAIR = Ref("ALTR", name="ALTAIR ENGINEERING INC", cusip="021369103")
BARE = Ref("ALTR")
FORMER = "ALTR-201412"


@pytest.fixture
def reused(store: Store) -> Store:
    """Two stocks of one ticker; the earlier one is recorded last, at the end without a name."""
    apply(store, [], aliases=[Alias("ALTR", dt.date(2017, 11, 1), None, "a test")])
    for fund, day, ref in (
        ("NEW", dt.date(2023, 1, 3), ALTAIR),
        ("OLD", dt.date(2014, 12, 1), ALTERA),
        ("OLD", dt.date(2014, 12, 31), BARE),
        ("OLD", dt.date(2016, 1, 4), Ref("KO", name="COCA-COLA CO")),
    ):
        apply(store, [make_fund(fund, make_printed(day, {ref: 1.0}))])
    return store


def test_a_ticker_of_two_stocks_has_the_name_of_each(reused: Store) -> None:
    expected = {"ALTR": "ALTAIR ENGINEERING INC", FORMER: "ALTERA CORP"}
    assert {symbol: find_name(reused, symbol) for symbol in expected} == expected
    assert {one.key: one.name for one in search(reused, "ALTR")} == expected
    described = describe_stocks(reused, expected)
    assert {symbol: one.name for symbol, one in described.items()} == expected
    assert {s: find_related(reused, s).names for s in expected} == {
        symbol: (name,) for symbol, name in expected.items()
    }


def test_a_name_or_an_identifier_finds_the_stock_that_had_it(reused: Store) -> None:
    for text, symbol in (
        ("altera", FORMER),
        ("altair", "ALTR"),
        ("021441100", FORMER),
        ("021369103", "ALTR"),
    ):
        assert [one.key for one in search(reused, text)] == [symbol], text
