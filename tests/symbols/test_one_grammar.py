"""One grammar at every door: lists, histories and old entries read a symbol alike, or refuse it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

import pytest

from stockgroups.catalog import load_catalog
from stockgroups.errors import StockgroupsError
from stockgroups.migration.legacy import EntryHeader, read_entry
from stockgroups.model import Category
from stockgroups.readers import read_holdings
from stockgroups.readers.lists.histories import read_history

CATALOG = load_catalog()
FILLERS = ["AAPL", "MSFT", "GE", "IBM"]

Door = Callable[[str], "set[str]"]


def read_list(text: str) -> set[str]:
    """What a list of symbols makes of the text."""
    data = "\n".join(["symbol", *FILLERS, f'"{text}"']).encode()
    snapshot = read_holdings(data, "MINE_2026-07-02.csv", CATALOG).snapshot
    assert snapshot.receipt is not None
    assert snapshot.receipt.rows_read == len(FILLERS) + 1
    return set(snapshot.symbols) - set(FILLERS)


def read_past(text: str) -> set[str]:
    """What a history of members makes of it."""
    data = f"ticker,start_date,end_date\n{text},2020-01-01,\n".encode()
    return set(read_history(data, "past.csv", CATALOG).tickers)


def read_old_entry(text: str) -> set[str]:
    """What the migration of an old entry makes of it."""
    header = EntryHeader(1, "etf_holdings", "SPY", "SPY", "TEST", None, 100)
    group = read_entry(header, json.dumps([*FILLERS, text]), CATALOG, dt.date(2026, 7, 3))
    assert group.snapshot is not None
    found = set(group.snapshot.symbols) - set(FILLERS)
    assert len(found) + len(group.refused) == 1
    return found


def read_or_refuse(door: Door, text: str) -> set[str]:
    """The symbols, none where the door refuses."""
    try:
        return door(text)
    except StockgroupsError:
        return set()


READ = {
    "brk.b": "BRK.B",
    "BRK_B": "BRK.B",
    "BRK-B.US": "BRK.B",
    "TSLA.US": "TSLA",
    "TSLA:US": "TSLA",
    "TSLA US": "TSLA",
    "$TSLA": "TSLA",
    "NASDAQ:TSLA": "TSLA",
    "TSLA:NASDAQ": "TSLA",
    "TSLA.XNAS": "TSLA",
    "GORO.NYSE": "GORO",
    "NYSE:BRK.B": "BRK.B",
    "TSLA.OQ": "TSLA",
    "XTKS:7203": "7203.XTKS",
    "7203.T": "7203.XTKS",
    "7203.XTKS": "7203.XTKS",
    "700.HK": "0700.XHKG",
    "00700.HK": "0700.XHKG",
    "00700.XHKG": "0700.XHKG",
    "700.XHKG": "0700.XHKG",
    "NOVO-B.CO": "NOVO-B.XCSE",
    "ABR-PD": "ABR.PRD",
}
REFUSED = (
    "US.TSLA",
    "XNAS.TSLA",
    "BTC.USDT",
    "BTC-USD",
    "TSLA.FOOO",
    "MC.PA",
    "BP.L",
    "BMW.F",
    "XOM.N",
    "TSLA.O",
    "DELL.K",
    "NESN.S",
    "NPN.J",
    "ES=F",
    "TSLA250117C00150000",
    "US0378331005",
)


def test_an_exchange_beside_a_ticker_decides_its_code() -> None:
    data = (
        b"symbol,name,exchange,weight\n"
        b"GE.N,GE,NYSE,40\nTSLA.O,Tesla,NASDAQ,40\nNESN.S,Nestle,SIX Swiss Exchange,20\n"
    )
    read = read_holdings(data, "FUND_2026-07-01.csv", CATALOG).snapshot
    assert set(read.symbols) == {"GE", "TSLA", "NESN.XSWX"}
    header = EntryHeader(1, "etf_holdings", "SPY", "SPY", "TEST", None, 100)
    old = json.dumps([{"symbol": "GE.N", "exchange": "NYSE"}])
    group = read_entry(header, old, CATALOG, dt.date(2026, 7, 3))
    assert group.snapshot is not None
    assert group.snapshot.symbols == ("GE",)


@pytest.mark.parametrize("door", [read_list, read_past, read_old_entry])
@pytest.mark.parametrize("text", READ)
def test_a_spelling_means_one_stock_everywhere(door: Door, text: str) -> None:
    assert door(text) == {READ[text]}


@pytest.mark.parametrize("door", [read_list, read_past, read_old_entry])
@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_stock_or_may_be_two_is_no_member_anywhere(door: Door, text: str) -> None:
    assert read_or_refuse(door, text) == set()


@pytest.mark.parametrize("text", ["USD", "CASH_USD"])
def test_cash_is_no_stock_of_an_old_entry(text: str) -> None:
    header = EntryHeader(1, "etf_holdings", "SPY", "SPY", "TEST", None, 100)
    listed = [{"symbol": "AAPL", "name": "Apple"}, text]
    group = read_entry(header, json.dumps(listed), CATALOG, dt.date(2026, 7, 3))
    assert group.snapshot is not None
    assert group.snapshot.symbols == ("AAPL",)
    assert group.refused == [f"{text!r}: cash by its ticker"]
    receipt = group.snapshot.receipt
    assert receipt is not None
    assert receipt.rows[Category.REJECTED] == 1


def test_what_programs_print_for_nothing_is_blank() -> None:
    header = EntryHeader(1, "etf_holdings", "SPY", "SPY", "TEST", None, 100)
    listed = ["AAPL", "NULL", "#N/A", "nan", "None", None, ""]
    group = read_entry(header, json.dumps(listed), CATALOG, dt.date(2026, 7, 3))
    assert group.snapshot is not None
    assert (group.snapshot.symbols, group.refused) == (("AAPL",), [])
