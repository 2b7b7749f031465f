"""Lists that people keep, and the tables that only look like one."""

from __future__ import annotations

import datetime as dt

import pytest

from readers.builders import CATALOG, others_of, read, receipt_of, weights_of
from stockgroups.errors import (
    EmptyFileError,
    GuardError,
    TruncatedFileError,
    UnrecognisedFileError,
    UnsupportedFileError,
)
from stockgroups.model import Category
from stockgroups.readers import read_holdings

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


def test_a_word_for_sums_that_may_be_a_ticker_is_one_unless_its_figure_is_the_sum() -> None:
    assert read(b"symbol\naapl\nsum\nko", NAME).symbols == ("AAPL", "SUM", "KO")
    lines = [b"symbol,weight", b"AAPL,.4", b"KO,.3", b"PG,.2", b"XOM,.1"]
    assert read(b"\n".join([*lines, b"sum,1"]), NAME).symbols == ("AAPL", "KO", "PG", "XOM")
    lines[-1] = b"sum,.1"
    assert read(b"\n".join(lines), NAME).symbols == ("AAPL", "KO", "PG", "SUM")


def test_identifiers_without_symbols_are_recorded_and_no_members() -> None:
    """The heaviest weighs as much as all others, and is no row of sums."""
    rows = ["037833100,,.5", "594918104,,.2", "88160R101,,.1", ",2046251,.1", "037833101,,.1"]
    snapshot = read("\n".join(["cusip,sedol,weight", *rows]).encode(), NAME, accept=["rejected"])
    assert [(ref.symbol, ref.cusip, ref.sedol) for ref in snapshot.refs] == [
        (None, "037833100", None),
        (None, "594918104", None),
        (None, "88160R101", None),
        (None, None, "2046251"),
    ]
    assert snapshot.weights == (0.5, 0.2, 0.1, 0.1)
    assert (snapshot.symbols, snapshot.member_count) == ((), 0)
    assert [line.reason for line in receipt_of(snapshot).lines] == [
        "no ticker; known by CUSIP 037833100",
        "no ticker; known by CUSIP 594918104",
        "no ticker; known by CUSIP 88160R101",
        "no ticker; known by SEDOL 2046251",
        "no ticker, and no valid identifier of a share",
    ]


def test_an_isin_without_a_symbol_is_a_member() -> None:
    assert weights_of(read(b"isin,weight\nUS0378331005,1\n", NAME)) == {"US0378331005": 1.0}


def test_a_cusip_that_contradicts_the_isin_leaves_a_stock_unresolved_or_is_noted() -> None:
    text = "ticker,isin,cusip,weight\n,US0378331005,594918104,60\nKO,US1912161007,037833100,40\n"
    snapshot = read(text.encode(), NAME)
    assert [(ref.symbol, ref.isin, ref.cusip) for ref in snapshot.refs] == [
        ("KO", "US1912161007", "037833100"),
        (None, "US0378331005", "594918104"),
    ]
    receipt = receipt_of(snapshot)
    reason = "its ISIN US0378331005 contains the CUSIP 037833100, and its CUSIP is 594918104"
    assert [(line.category, line.reason) for line in receipt.lines] == [
        (Category.UNRESOLVED, reason)
    ]
    noted = f"2 lines with identifiers of two securities; first: line 2: {reason}"
    assert noted in receipt.notes
    usual = "ticker,isin,cusip,weight\nAAPL,US0378331005,037833100,60\nKO,,191216100,40\n"
    assert not receipt_of(read(usual.encode(), NAME)).notes


@pytest.mark.parametrize("label", ["cusip", "identifier"])
def test_a_sedol_among_cusips_is_one(label: str) -> None:
    text = f"ticker,{label},weight\nROG,7110388,50\nAMD,7903107,50\n"
    refs = read(text.encode(), NAME).refs
    assert [(ref.symbol, ref.cusip, ref.sedol) for ref in refs] == [
        ("AMD", "007903107", None),
        (None, None, "7110388"),
    ]


HEADERS = [
    "symbol,name,weight\nAAPL,Apple Inc.,60\nMSFT,Microsoft,40\n",
    "name,WEIGHT (%),Ticker\nApple Inc.,60%,AAPL\nMicrosoft,40%,MSFT\n",
    "symbol,weight,shares\nAAPL,.6,6\nMSFT,.4,4\n",
    "Ticker;Gewicht\nAAPL;60,0\nMSFT;40,0\n",
    ",Stock_Symbol,weightPct,Rank\n0,AAPL,60,1\n1,MSFT,40,2\n",
    "Symbol\tMarket Value\tQty\nAAPL\t600\t6\nMSFT\t400\t4\n",
    "isin,SEDOL,FIGI,CUSIP,ticker,value,price\nUS0378331005,2046251,,037833100,AAPL,6,1\n"
    "US5949181045,,,594918104,MSFT,4,1\n",
    "Exchange,Ticker,Currency,Weighting\nNASDAQ,AAPL,USD,60\nNASDAQ,MSFT,USD,40\n",
]


@pytest.mark.parametrize("text", HEADERS)
def test_columns_in_any_order_and_spelling(text: str) -> None:
    snapshot = read(text.encode(), NAME)
    assert weights_of(snapshot) == {"AAPL": 0.6, "MSFT": 0.4}
    assert receipt_of(snapshot).unknown_columns == ()


def test_what_else_a_list_tells_is_kept() -> None:
    text = "Date,Fund,CUSIP,Symbol,Name,Shares,Sector\n2026-07-02,myf,037833100,AAPL,Apple,3,Tech\n"
    result = read_holdings(text.encode(), "anything.csv", CATALOG)
    ref = result.snapshot.refs[0]
    assert (result.fund, result.snapshot.as_of) == ("MYF", dt.date(2026, 7, 2))
    assert (ref.symbol, ref.name, ref.cusip) == ("AAPL", "Apple", "037833100")
    assert (result.snapshot.shares, result.snapshot.sectors) == ((3.0,), ("Tech",))


def test_a_list_without_weights_is_a_list() -> None:
    for text in ("symbol,isin\nAAPL,US0378331005\n", "date,symbol\n2026-07-02,AAPL\n"):
        snapshot = read(text.encode(), NAME)
        assert (snapshot.symbols, snapshot.weights) == (("AAPL",), None)


def test_a_refusal_shows_the_columns() -> None:
    with pytest.raises(UnrecognisedFileError) as refused:
        read("Symbol,Weight,Colour\u202e,Size\nAAPL,1,red,big\n".encode(), NAME)
    assert "its columns are Symbol, Weight, Colour\\u202e, Size" in str(refused.value)
    assert "a list of a fund has no columns Colour\\u202e, Size" in str(refused.value)
    with pytest.raises(UnrecognisedFileError, match=r"are c0, c1, .* c11 and 88 more"):
        read((",".join(f"c{n}" for n in range(100)) + "\n").encode() * 2, NAME)


def test_a_title_above_a_list_is_refused_with_its_remedy() -> None:
    table = "symbol,weight\nAAPL,50\nMSFT,50\n"
    with pytest.raises(UnrecognisedFileError, match="remove the lines above line 2") as refused:
        read(f"My favourites\n{table}".encode(), NAME)
    assert "nothing above its labels" in str(refused.value)
    assert weights_of(read(table.encode(), NAME))


def test_rows_that_do_not_fit() -> None:
    snapshot = read(
        b"symbol,name,weight\nAAPL,Apple,60\n\nMSFT,Microsoft,40,x\nNVDA,Nvidia,40\nSource: me\n",
        NAME,
    )
    assert weights_of(snapshot) == {"AAPL": 0.6, "NVDA": 0.4}
    assert others_of(snapshot) == {"MSFT,Microsoft,40,x": Category.REJECTED}
    with pytest.raises(TruncatedFileError, match="ends inside its last row"):
        read(b"symbol,weight\nAAPL,99.9\nMSF", NAME)
    for cut in (b"MSFT,Micro", b"MSF"):
        with pytest.raises(TruncatedFileError, match="line 3: the last row is cut"):
            read(b"symbol,name,weight\nAAPL,Apple,100\n" + cut, NAME)


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
        "symbol,name,weight,colour\nAAPL,Apple,1,red\n",
        "symbol,weight,opt-in\nAAPL,1,2020-01-02\n",
        "a remark\nsymbol,weight\nAAPL,1\n",
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


@pytest.mark.parametrize("word", ["null", "error\n", "OK"])
def test_a_word_that_a_site_answers_is_no_list_of_one_stock(word: str) -> None:
    with pytest.raises(UnrecognisedFileError, match=f"only the word {word.strip()}"):
        read(word.encode(), NAME)
    assert read(f"symbol\n{word}".encode(), NAME).symbols == (word.strip().upper(),)


def test_an_empty_list() -> None:
    with pytest.raises(EmptyFileError):
        read(b"symbol,weight\n", NAME)


def test_a_local_ticker_beside_a_foreign_sedol_is_no_us_stock() -> None:
    text = (
        b"symbol,name,SEDOL,weight\nAAPL,Apple,2046251,60\nMC,LVMH,4061412,30\nBA,BAE,263494,10\n"
    )
    snapshot = read(text, NAME)
    assert snapshot.symbols == ("AAPL",)
    assert others_of(snapshot) == {"LVMH": Category.UNRESOLVED, "BAE": Category.UNRESOLVED}
    placed = text.replace(b"MC,", b"MC.XPAR,").replace(b"BA,", b"BA.XLON,")
    assert read(placed, NAME).symbols == ("AAPL", "MC.XPAR", "BA.XLON")
    assert read(placed, NAME).refs[2].sedol == "0263494"
    misprinted = read(text.replace(b"4061412", b"1061412"), NAME)
    assert misprinted.symbols == ("AAPL",)
    assert others_of(misprinted)["LVMH"] == Category.REJECTED


def test_a_list_of_foreign_stocks_says_where_they_are_listed_or_has_isins() -> None:
    text = b"Ticker,Name,SEDOL,Shares Held\nMC,LVMH,4061412,7\nABBN,ABB,7108899,1\n"
    with pytest.raises(UnsupportedFileError, match=r"a column `exchange`, or after each symbol"):
        read(text, NAME)
    text = (
        b"Ticker,Name,ISIN,Weight\nMC,LVMH,FR0000121014,60\nAIR,Airbus,NL0000235190,15\n"
        b"OR,L'Oreal,FR0000120321,25\n"
    )
    snapshot = read(text, NAME)
    assert weights_of(snapshot) == {
        "FR0000121014": 0.6,
        "NL0000235190": 0.15,
        "FR0000120321": 0.25,
    }
    assert snapshot.refs[0].ticker == "MC"
    assert receipt_of(snapshot).unnamed == 3


def test_companies_of_havens_trade_in_new_york() -> None:
    text = b"symbol,isin,weight\nBG,BMG169621056,60\nXP,KYG982391099,40\n"
    assert read(text, NAME).symbols == ("BG", "XP")


def test_an_issuers_file_without_a_reader_is_not_told_to_lose_its_columns() -> None:
    text = (
        b"% of Net Assets,Ticker,Name,SEDOL,Market Price ($),Shares Held\n1,MC,LVMH,4061412,7,1\n"
    )
    with pytest.raises(UnrecognisedFileError) as refused:
        read(text, NAME)
    assert "take" not in str(refused.value)


@pytest.mark.parametrize(
    ("exchanges", "notes"),
    [
        (("", "", ""), ("1 line without a currency, unlike other lines; first: line 3",)),
        ((",exchange", ",Nasdaq", ",New York"), ()),
    ],
)
def test_a_blank_currency_is_told_where_no_exchange_places_the_line(
    exchanges: tuple[str, str, str], notes: tuple[str, ...]
) -> None:
    label, first, second = exchanges
    text = (
        f"symbol,weight,isin,currency{label}\nAAPL,50,US0378331005,USD{first}\n"
        f"XOM,50,US30231G1022,{second}\n"
    )
    assert receipt_of(read(text.encode(), NAME)).notes == notes


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [("XPAR", ("AAPL.XPAR", "ALMEX.XPAR", "ALMXX.XPAR")), ("NASDAQ", ("AAPL",))],
)
def test_five_letters_that_end_in_x_are_a_fund_in_the_united_states_alone(
    exchange: str, expected: tuple[str, ...]
) -> None:
    rows = ["AAPL,Apple,98", "ALMEX,Some SA,1", "ALMXX,Other SA,1"]
    text = "\n".join(["symbol,name,weight,exchange", *(f"{row},{exchange}" for row in rows)])
    assert read(text.encode(), NAME).symbols == expected


def test_a_ticker_of_capitals_and_lower_case_letters_is_noted_in_a_list() -> None:
    listed = read(b"symbol,weight\nAAPL,60\nMsfT,20\nbrk.b,10\nBRKa,5\nBF.b,5\n", NAME)
    assert listed.symbols == ("AAPL", "MSFT", "BRK.B", "BRK.A", "BF.B")
    assert "1 ticker with capitals and lower-case letters; first: line 3: MsfT" in (
        receipt_of(listed).notes
    )
