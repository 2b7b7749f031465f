"""Invesco's two layouts: who the fund is, classes of shares, cash, the date under the table."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest

from readers.builders import CATALOG, others_of, read, receipt_of, weights_of
from stockgroups.errors import (
    AmbiguousFileError,
    EmptyFileError,
    NoDateError,
    TruncatedFileError,
    UnsupportedFileError,
    WrongFundError,
)
from stockgroups.model import Category
from stockgroups.readers import read_holdings

OLDER = (
    "Fund Ticker,Security Identifier,Holding Ticker,Shares/Par Value,MarketValue,Weight,Name,"
    "Class of Shares,Sector,Date"
)
OLDER_LINES = [
    'QQQ,037833100,AAPL ,"1,000","500,000.00",50.000,Apple Inc,Common Stock,IT,09/24/2025',
    'QQQ,N07059210,ASML ,"500","300,000.00",30.000,ASML Holding NV,'
    "American Depository Receipt - NY,IT,09/24/2025",
    'QQQ,722304102,PDD ,"400","100,000.00",10.000,PDD Holdings Inc,American Depository Receipt,'
    "Retail,09/24/2025",
    'QQQ,084670702,BRK/B ,"300","97,000.00",9.700,Berkshire Hathaway Inc,Common Stock,X,09/24/2025',
    'QQQ,CASHUSD00,-USD-,"1,000","1,000.00",0.100,Pending Dividends,,,09/24/2025',
    'QQQ,CASHUSD01,-,"1,500","1,500.00",0.150,Cash/Receivables/Payables,Currency,,09/24/2025',
    'QQQ,NQZ5,NQZ5,"1","500.00",0.050,NASDAQ 100 E-MINI,Index Future,,09/24/2025',
]
NEWER = "Ticker,Company,Share/ Par,% TNA,Class of shares,CUSIP,Market value"
NEWER_LINES = [
    '"NVDA","NVIDIA Corp","600.00","60.00%","Common Stock","67066G104","$60,000.00"',
    '"TSM","Taiwan Semiconductor","300.00","35.00%","ADR","874039100","$35,000"',
    '"AMT","American Tower","40.00","4.00%","Real Estate Investment Trust","03027X100","$4,000.00"',
    '"AGPXX","Invesco Government","500.00","0.50%","Money Market Fund, Taxable","825252885","$500"',
    '"--","SECURITIES LENDING","1.00","0.00%","Uninvestible Cash","BNYMLEND","$0.01"',
    '"--","Some Bank SA","9.00","0.10%","Swap Common Stock","--","$100.00"',
    '"USDPDV","USD Pending Dividends","0.00","--","Currency","--","$400.00"',
]


def _csv(header: str, lines: list[str]) -> bytes:
    return "\r\n".join([header, *lines]).encode()


def test_the_older_layout() -> None:
    result = read_holdings(_csv(OLDER, OLDER_LINES), "download.csv", CATALOG)
    snapshot = result.snapshot
    assert (result.fund, result.format, snapshot.issuer) == ("QQQ", "invesco", "Invesco")
    assert snapshot.as_of == dt.date(2025, 9, 24)
    assert receipt_of(snapshot).as_of_from == "the content"
    assert weights_of(snapshot) == {"AAPL": 0.5, "ASML": 0.3, "PDD": 0.1, "BRK.B": 0.097}
    assert [ref.cusip for ref in snapshot.refs][:2] == ["037833100", "N07059210"]
    assert snapshot.shares == (1000, 500, 400, 300)
    assert others_of(snapshot) == {
        "Pending Dividends": Category.CASH,
        "Cash/Receivables/Payables": Category.CASH,
        "NASDAQ 100 E-MINI": Category.DERIVATIVE,
    }
    assert receipt_of(snapshot).unknown_columns == ()
    assert "US listing" in receipt_of(snapshot).notes[0]


def test_the_older_layout_with_other_labels_and_saved_again() -> None:
    header = OLDER.replace("Weight", "PercentageOfFund").replace("Date", "PositionDate")
    lines = [
        line.replace("09/24/2025", "24-Sep-25").replace("037833100", "37833100") + ",,"
        for line in OLDER_LINES
    ]
    snapshot = read(_csv(f"{header},,", lines), "QQQ.csv")
    assert snapshot.as_of == dt.date(2025, 9, 24)
    assert snapshot.refs[0].cusip == "037833100"
    assert receipt_of(snapshot).printed_weight == pytest.approx(1)


def test_the_newer_layout() -> None:
    snapshot = read(
        b"\xef\xbb\xbf" + _csv(NEWER, [*NEWER_LINES, "", "# as of 2026-08-28"]),
        "QQQ_holdings.csv",
    )
    assert (snapshot.source, snapshot.as_of) == ("invesco", dt.date(2026, 8, 28))
    total = 60_000 + 35_000 + 4_000 + 500 + 0.01 + 100 + 400
    assert weights_of(snapshot) == pytest.approx(
        {"NVDA": 60_000 / total, "TSM": 35_000 / total, "AMT": 4_000 / total}
    )
    assert others_of(snapshot) == {
        "Invesco Government": Category.CASH,
        "SECURITIES LENDING": Category.CASH,
        "Some Bank SA": Category.DERIVATIVE,
        "USD Pending Dividends": Category.CASH,
    }
    assert receipt_of(snapshot).unit == "percent"


@pytest.mark.parametrize(
    "printed",
    [
        "Ordinary Shares",
        "Limited Partnership",
        "LIMITED  PARTNERSHIP UNIT",
        "Tracking Stock",
        "Depositary Receipt",
        "American Depositary Receipt",
        "ADR",
        "Preferred Stock",
        "REIT",
        "Unit",
        "Common Shares of Beneficial Interest",
        "Preference",
        "Savings Share",
        "NVDR",
    ],
)
def test_a_class_of_listed_shares(printed: str) -> None:
    line = f'"ABC","Abc Inc","1.00","0.01%","{printed}","594918104","$10.00"'
    snapshot = read(_csv(NEWER, [*NEWER_LINES, line]), "QQQ_2026-08-28.csv")
    assert snapshot.symbols == ("NVDA", "TSM", "AMT", "ABC")
    assert receipt_of(snapshot).unknown_classes == ()


@pytest.mark.parametrize(
    ("printed", "category", "unknown"),
    [
        ("Warrant", Category.UNLISTED, ()),
        ("Right", Category.UNLISTED, ()),
        ("Exchange Traded Fund", Category.OTHER, ()),
        ("Corporate Bond", Category.OTHER, ()),
        ("Total Return Swap", Category.DERIVATIVE, ()),
        ("Global Depositary Receipt", Category.UNRESOLVED, ()),  # it trades abroad, who knows where
        ("GDR", Category.UNRESOLVED, ()),
        # Classes that no list has, by a word of theirs.
        ("INDEX OPTIONS", Category.DERIVATIVE, ()),
        ("Equity Futures", Category.DERIVATIVE, ()),
        ("Forward Currency Contract", Category.DERIVATIVE, ()),
        ("TOTAL_RETURN_SWAP", Category.DERIVATIVE, ()),
        ("Stock Purchase Rights", Category.UNLISTED, ()),
        ("U.S. Treasury Bills", Category.CASH, ()),
        ("Repurchase Agreement", Category.CASH, ()),
        ("Foreign Currency", Category.CASH, ()),
        ("Senior Floating Rate Notes", Category.OTHER, ()),
        ("Open-End Fund", Category.OTHER, ()),
        ("Moon Shares", Category.OTHER, ("Moon Shares",)),
        ("Cash Equities", Category.OTHER, ("Cash Equities",)),
        ("Mortgage REIT", Category.OTHER, ("Mortgage REIT",)),
        ("Listed Equity / Funds", Category.OTHER, ("Listed Equity / Funds",)),
    ],
)
def test_a_class_of_something_else(
    printed: str, category: Category, unknown: tuple[str, ...]
) -> None:
    line = f'"ABC","Abc Inc","1.00","0.01%","{printed}","594918104","$10.00"'
    snapshot = read(_csv(NEWER, [*NEWER_LINES, line]), "QQQ_2026-08-28.csv")
    assert others_of(snapshot)["Abc Inc"] is category
    assert receipt_of(snapshot).unknown_classes == unknown


def test_a_global_receipt_with_the_code_of_its_market() -> None:
    line = '"SMSN LN","Samsung","1.00","0.01%","GDR","796050888","$10.00"'
    snapshot = read(_csv(NEWER, [*NEWER_LINES, line]), "QQQ_2026-08-28.csv")
    assert snapshot.symbols[-1] == "SMSN.XLON"


def test_the_newer_layout_without_its_date() -> None:
    data = _csv(NEWER, NEWER_LINES)
    with pytest.raises(NoDateError):
        read(data, "QQQ_holdings.csv")
    assert read(data, "QQQ_2026-08-28.csv").as_of == dt.date(2026, 8, 28)
    with pytest.raises(AmbiguousFileError, match="fund"):
        read(data, "holdings_2026-08-28.csv")


def test_a_foreign_line_has_no_bare_symbol() -> None:
    lines = [
        OLDER_LINES[0],
        OLDER_LINES[1].replace("ASML ", "ASML NA"),
        OLDER_LINES[2].replace("PDD ", "SAAB B "),
        OLDER_LINES[3].replace("BRK/B ", "7203"),
    ]
    snapshot = read(_csv(OLDER, lines), "QQQ.csv")
    assert snapshot.symbols == ("AAPL", "ASML.XAMS")
    # `SAAB B` has a CUSIP, by which it is recorded; its B is no market's code.
    assert set(others_of(snapshot).values()) == {Category.REJECTED, Category.UNRESOLVED}


def test_an_identifier_tells_that_a_line_is_abroad() -> None:
    roche = "QQQ,{},ROG ,1,1.00,0.000,Roche,Common Stock,Health Care,09/24/2025"
    snapshot = read(_csv(OLDER, [*OLDER_LINES, roche.format("7110388")]), "QQQ.csv")
    ref = snapshot.refs[-1]
    assert (ref.symbol, ref.ticker, ref.sedol, ref.cusip) == (None, "ROG", "7110388", None)
    # Companies abroad have such CUSIPs, and trade in New York unless the fund is one of the world.
    assert "ROG" in read(_csv(OLDER, [*OLDER_LINES, roche.format("H69293217")]), "QQQ.csv").symbols
    nestle = roche.replace("ROG ", "NESN ").format("CH0038863350")
    world = [*OLDER_LINES[:2], roche.format("H69293217"), nestle]
    snapshot = read(_csv(OLDER, world), "QQQ.csv", accept={"weights"})
    assert [ref.known_as for ref in snapshot.refs] == [
        *("AAPL", "CH0038863350", "CUSIP N07059210", "CUSIP H69293217"),
    ]


def test_an_unknown_class_is_no_stock() -> None:
    line = OLDER_LINES[0].replace("AAPL ", "XYZ ").replace("Common Stock", "Structured Note")
    snapshot = read(_csv(OLDER, [*OLDER_LINES[1:], line]), "QQQ.csv")
    assert others_of(snapshot)["Apple Inc"] is Category.OTHER


@pytest.mark.parametrize("weight", ["100.000", ""])
def test_a_row_of_sums_is_of_no_fund_and_no_date(weight: str) -> None:
    total = f'Total,,,,"1,000,000.00",{weight},,,,Total'
    snapshot = read(_csv(OLDER, [*OLDER_LINES, total]), "QQQ.csv")
    assert weights_of(snapshot) == weights_of(read(_csv(OLDER, OLDER_LINES), "QQQ.csv"))


def test_refusals() -> None:
    other = [line.replace("QQQ,", "QQQM,") for line in OLDER_LINES[:2]]
    with pytest.raises(AmbiguousFileError, match="more than one fund: QQQ, QQQM"):
        read(_csv(OLDER, OLDER_LINES + other), "QQQ.csv")
    later = [line.replace("09/24", "09/25") for line in OLDER_LINES[:2]]
    with pytest.raises(AmbiguousFileError, match="more than one date"):
        read(_csv(OLDER, OLDER_LINES + later), "QQQ.csv")
    with pytest.raises(WrongFundError, match="SPY"):
        read(_csv(OLDER, OLDER_LINES), "SPY.csv")
    with pytest.raises(EmptyFileError):
        read(_csv(OLDER, []), "QQQ.csv")
    with pytest.raises(TruncatedFileError, match="cut"):
        read(_csv(OLDER, OLDER_LINES)[:-40], "QQQ.csv")
    bonds = "Fund Ticker,Security Identifier,Name,CouponRate,PercentageOfFund,PositionDate"
    with pytest.raises(UnsupportedFileError, match="bonds"):
        read(_csv(bonds, ["BKLN,12345,A Loan,5.0,100.0,09/24/2025"]), "BKLN.csv")


def _dollars(text: str) -> float:
    return float(text.replace("$", "").replace(",", ""))


@pytest.mark.parametrize("date", ["2023-01-13", "2025-09-24"])
def test_the_real_older_files(holdings: Path, date: str) -> None:
    path = holdings / "invesco" / f"QQQ_{date}.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    total = sum(_dollars(row["MarketValue"]) for row in rows)
    expected = {row["Holding Ticker"].strip(): _dollars(row["MarketValue"]) / total for row in rows}
    result = read_holdings(path, path.name, CATALOG)
    assert (result.fund, result.snapshot.as_of) == ("QQQ", dt.date.fromisoformat(date))
    assert weights_of(result.snapshot) == pytest.approx(expected, abs=1e-6)
    assert receipt_of(result.snapshot).lines == ()


def test_the_real_newer_file(holdings: Path) -> None:
    path = next((holdings / "_transcribed").glob("invesco_PSI_*.csv"))
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Market value"]]
    total = sum(_dollars(row["Market value"]) for row in rows)
    expected = {
        row["Ticker"]: _dollars(row["Market value"]) / total
        for row in rows
        if row["Class of shares"] == "Common Stock"
    }
    snapshot = read(path.read_bytes(), path.name)
    assert snapshot.as_of == dt.date(2026, 8, 28)
    assert weights_of(snapshot) == pytest.approx(expected, abs=1e-6)
    assert receipt_of(snapshot).rows[Category.CASH] == 3


OF_2018 = "FundTicker,SecurityNum,HoldingsTicker,Shares,MarketValue,Weight,Name,Sector,Date"


def test_the_layout_of_2018_has_no_class_of_shares() -> None:
    lines = [
        'QQQ,023135106,AMZN ,"3",600.00,60.0,Amazon.com Inc,Consumer Discretionary,05/14/2018',
        'QQQ,20030N101,CMCSA ,"10",398.00,39.8,Comcast Corp,Consumer Discretionary,05/14/2018',
        'QQQ,825252885,AGPXX ,"1",1.00,0.1,Invesco Government & Agency Portfolio,,05/14/2018',
        'QQQ,CASHUSD00,-USD-,"1",1.00,0.1,Cash Component,,05/14/2018',
    ]
    for labels in (OF_2018, OF_2018.replace("HoldingsTicker", "Holding Ticker")):
        result = read_holdings(_csv(labels, lines), "QQQ_holdings.csv", CATALOG)
        assert (result.fund, result.format) == ("QQQ", "invesco")
        assert result.snapshot.as_of == dt.date(2018, 5, 14)
        assert weights_of(result.snapshot) == {"AMZN": 0.6, "CMCSA": 0.398}
        assert set(others_of(result.snapshot).values()) == {Category.CASH}
        assert receipt_of(result.snapshot).unknown_columns == ()
    with pytest.raises(WrongFundError):
        read(_csv(OF_2018, lines), "VTI_holdings.csv")
    with pytest.raises(UnsupportedFileError, match="bonds"):
        read(_csv(OF_2018.replace("HoldingsTicker,", ""), lines), "QQQ.csv")


def test_what_has_a_maturity_is_a_bond_whatever_its_ticker() -> None:
    header = (
        "Fund Ticker,Security Identifier,Holding Ticker,Name,PercentageOfFund,Shares/Par Value,"
        "Market Value,CouponRate,MaturityDate,Rating,PositionDate"
    )
    lines = [
        'BSCX,037833100,AAPL,Apple Inc,50.0,"5,000","500.00",--,--,--,08/21/2026',
        'BSCX,00206R102,T,AT&T Inc,50.0,"5,000","500.00",4.1,02/15/2028,Baa2,08/21/2026',
    ]
    snapshot = read(_csv(header, lines), "BSCX.csv")
    assert snapshot.symbols == ("AAPL",)
    [line] = receipt_of(snapshot).lines
    assert (line.category, line.reason) == (Category.OTHER, "a bond due 02/15/2028")
    assert receipt_of(snapshot).unknown_columns == ()
