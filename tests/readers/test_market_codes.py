"""Markets by the code behind a ticker, which those of a country can share."""

from __future__ import annotations

from readers.builders import CATALOG, read
from stockgroups.model import Category
from stockgroups.symbols import list_abroad

HEADER = "Date,Account,StockTicker,CUSIP,SecurityName,Shares,Price,MarketValue,Weightings"


def test_a_code_of_several_markets_places_what_its_ticker_tells() -> None:
    lines = [
        "600519 CH,BP3R2F1,Kweichow Moutai,1,10,10.00,10%",
        "300750 CH,BHQPSY7,Contemporary Amperex,1,10,10.00,10%",
        "2594 C2,BD5CQ69,BYD,1,10,10.00,10%",
        "601318 C1,BP3R284,Ping An,1,10,10.00,10%",
        "247540 KQ,BJ321P8,EcoPro BM,1,10,10.00,10%",
        "000660 KS,6450267,SK hynix,1,10,10.00,10%",
        "2408 TT,6450268,Nanya Technology,1,5,5.00,5%",
        "7203 JT,6900643,Toyota Motor,1,10,10.00,10%",
        "MU,595112103,Micron Technology,1,25,25.00,25%",
    ]
    text = "\n".join([HEADER, *(f"06/24/2026,ZZZZ,{line}" for line in lines), ""])
    result = read(text.encode(), "ZZZZ.csv")
    assert [ref.symbol for ref in result.refs if ref.symbol] == [
        "600519.XSHG",
        "300750.XSHE",
        "002594.XSHE",
        "601318.XSHG",
        "247540.XKOS",
        "7203.XTKS",
        "MU",
    ]
    receipt = result.receipt
    assert receipt is not None
    reasons = {line.ticker: (line.category, line.reason) for line in receipt.lines}
    assert reasons["000660 KS"] == (
        Category.UNRESOLVED,
        "the code 'KS' means XKRX or XKOS; known by SEDOL 6450267",
    )
    assert reasons["2408 TT"] == (
        Category.REJECTED,
        "the code 'TT' means XTAI or ROCO, and its SEDOL 6450268 is invalid",
    )


def test_every_row_keeps_its_own_texts_where_all_are_recorded() -> None:
    lines = ["000660 KS,6450267,SK hynix,1,40,40.00,40%", "MU,595112103,Micron,1,60,60.00,60%"]
    text = "\n".join([HEADER, *(f"06/24/2026,ZZZZ,{line}" for line in lines), ""])
    result = read(text.encode(), "ZZZZ.csv")
    told = [(ref.symbol, ref.name, ref.cusip, ref.sedol) for ref in result.refs]
    assert told == [("MU", "Micron", "595112103", None), (None, "SK hynix", None, "6450267")]
    assert result.weights == (0.6, 0.4)


def test_people_may_write_such_codes() -> None:
    exchanges = CATALOG.exchanges
    assert list_abroad("600519 CH Equity", exchanges) == ["600519.XSHG"]
    assert list_abroad("000001 CH", exchanges) == ["000001.XSHE"]
    assert list_abroad("430047 CH", exchanges) == []
    assert list_abroad("247540 kq", exchanges) == ["247540.XKOS"]
    assert list_abroad("TECK/B CN", exchanges) == []


def test_money_under_a_ticker_is_money_where_its_whole_name_says_so() -> None:
    lines = [
        "PFFD,70459X107,Cash Offset,-1,1,-1.00,0%",
        "CASH,59100U108,Pathward Financial,1,40,40.00,40%",
        "MU,595112103,Micron Technology,1,61,61.00,60%",
    ]
    text = "\n".join([HEADER, *(f"06/24/2026,ZZZZ,{line}" for line in lines), ""])
    result = read(text.encode(), "ZZZZ.csv")
    assert [ref.symbol for ref in result.refs if ref.symbol] == ["CASH", "MU"]


def test_cash_beside_the_ticker_of_a_bank_is_money_by_its_whole_name() -> None:
    for name in ("CASH AND OTHER ASSETS", "Cash & Cash Equivalents", "CASH & OTHER"):
        lines = [f"CASH,,{name},2,20,40.00,40%", "MU,595112103,Micron Technology,1,60,60.00,60%"]
        text = "\n".join([HEADER, *(f"06/24/2026,ZZZZ,{line}" for line in lines), ""])
        assert read(text.encode(), "ZZZZ.csv").symbols == ("MU",)
