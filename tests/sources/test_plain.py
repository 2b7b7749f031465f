"""Lists that people keep, and the tables that only look like one."""

from __future__ import annotations

import datetime as dt

import pytest

from sources.builders import CATALOG, others_of, read, receipt_of, weights_of
from stockgroups.errors import (
    EmptyFileError,
    GuardError,
    UnrecognisedFileError,
    UnsupportedFileError,
)
from stockgroups.model import Category
from stockgroups.sources import read_holdings

NAME = "MINE_2026-07-02.csv"


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("AAPL\nMSFT\n", ("AAPL", "MSFT")),
        ("symbol\nAAPL\nMSFT", ("AAPL", "MSFT")),
        ("Ticker\r\nbrk/b\r\n\r\nBRKB US\r\n", ("BRK.B",)),
        ("\ufeffSymbol,\nAAPL,\n,\n7203.XTKS,\n", ("AAPL", "7203.XTKS")),
        ("aapl\nAAPL.XNAS\nbf-b\nMOGA", ("AAPL", "BF.B", "MOG.A")),
    ],
)
def test_symbols_in_any_spelling(text: str, symbols: tuple[str, ...]) -> None:
    snapshot = read(text.encode(), NAME)
    assert snapshot.symbols == symbols
    assert snapshot.weights is None
    assert receipt_of(snapshot).basis == "none"


def test_weights_may_be_percents_or_fractions() -> None:
    expected = {"AAPL": 0.6, "MSFT": 0.4}
    assert weights_of(read(b"AAPL,0.6\nMSFT,0.4", NAME)) == expected
    assert weights_of(read(b"symbol,weight\nAAPL,60\nMSFT,40", NAME)) == expected
    assert weights_of(read(b"ticker,Weight (%)\nAAPL,60 %\nMSFT,40 %", NAME)) == expected


def test_fund_and_date_come_from_the_name() -> None:
    result = read_holdings(b"AAPL\n", NAME, CATALOG)
    assert (result.fund, result.fund_name, result.format) == ("MINE", None, "plain")
    assert result.snapshot.as_of == dt.date(2026, 7, 2)
    assert result.snapshot.issuer is None


def test_a_symbol_without_a_weight_is_a_member_without_a_weight() -> None:
    assert weights_of(read(b"AAPL,0.6\nMSFT,0.4\nNEW,", NAME))["NEW"] is None


def test_lines_that_are_no_symbols_are_told() -> None:
    snapshot = read(
        b"symbol,weight\nAAPL,0.6\nMSFT,0.3\nUSD,0.1\nwhat?,0\nAAA.XQQQ,0\na,b,c\n", NAME
    )
    assert snapshot.symbols == ("AAPL", "MSFT")
    assert others_of(snapshot) == {
        "USD": Category.CASH,
        "what?": Category.REJECTED,
        "AAA.XQQQ": Category.REJECTED,
        "a,b,c": Category.REJECTED,
    }


def test_weights_that_sum_to_nothing_known_ask_back() -> None:
    with pytest.raises(GuardError, match="sum to 7, neither near 1 nor near 100"):
        read(b"AAPL,4\nMSFT,3", NAME)
    assert weights_of(read(b"AAPL,4\nMSFT,3", NAME, accept={"weights"})) == {
        "AAPL": 0.04,
        "MSFT": 0.03,
    }


@pytest.mark.parametrize(
    "text",
    [
        "Symbol,Name\nAAPL,Apple Inc\n",
        "AAPL,Apple Inc\n",
        "symbol,name\n",
        "ticker,start_date,end_date\nA,2000-06-05,\n",
        "date,add,remove\n2019-01-18,TFX,PCG\n",
        "symbol,weight,name\nAAPL,1,Apple\n",
        "Symbol|Security Name\nA|Agilent\n",
        "AAPL;0.5;MSFT\n",
        "AAPL:0.5\n",
        "nothing that anybody would call a list\n",
        "AAPL\n\nfooter: 2 rows\n",
    ],
)
def test_tables_that_say_something_else_are_no_lists(text: str) -> None:
    with pytest.raises((UnrecognisedFileError, UnsupportedFileError)):
        read(text.encode(), NAME)


def test_cash_is_a_stock_where_there_are_no_weights() -> None:
    assert read(b"CASH\nUSD\nAAPL\n", NAME).symbols == ("CASH", "AAPL")
    snapshot = read(b"cash,0.1\nCASH_USD,0.2\nCASH.XNAS,0.3\nAAPL,0.4\n", NAME)
    assert snapshot.symbols == ("CASH", "AAPL")
    (ambiguous, cash) = receipt_of(snapshot).lines
    assert (ambiguous.category, cash.category) == (Category.REJECTED, Category.CASH)
    assert "write CASH_USD or CASH.XNAS" in ambiguous.reason


def test_an_empty_list() -> None:
    with pytest.raises(EmptyFileError):
        read(b"symbol,weight\n", NAME)
