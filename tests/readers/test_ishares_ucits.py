"""iShares UCITS: fund by the file's name, one ticker on several exchanges, the German notation."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest

from readers.builders import (
    CATALOG,
    ishares_csv,
    ishares_rows,
    others_of,
    read,
    receipt_of,
    spreadsheetml_rows,
    spreadsheetml_workbook,
    weights_of,
)
from stockgroups.errors import (
    AmbiguousFileError,
    EmptyFileError,
    NoDateError,
    TruncatedFileError,
    WrongFundError,
)
from stockgroups.model import Category
from stockgroups.readers import read_holdings

HEADER = (
    "Issuer Ticker,Name,Asset Class,Weight (%),Price,Nominal,Market Value,Notional Value,Sector,"
    "ISIN,Exchange,Location,Market Currency"
)


def _line(
    ticker: str, name: str, weight: float, isin: str, exchange: str, kind: str = "Equity"
) -> str:
    value = f"{10_000 * weight:,.2f}"
    shares = f"{1_000 * weight:,.2f}"
    cells = (
        ticker,
        name,
        kind,
        f"{weight:.2f}",
        "10.00",
        shares,
        value,
        value,
        "Communication",
        isin,
        exchange,
        "Nowhere",
        "EUR",
    )
    return ",".join(f'"{cell}"' for cell in cells)


LINES = [
    _line("T", "AT&T INC", 30, "US00206R1023", "New York Stock Exchange Inc."),
    _line("T", "TELUS CORP", 20, "CA87971M1032", "Toronto Stock Exchange"),
    _line("NOVO B", "NOVO NORDISK B", 15, "DK0062498333", "Omx Nordic Exchange Copenhagen A/S"),
    _line("BAM.A", "BROOKFIELD A", 10, "CA1125851040", "Toronto Stock Exchange"),
    _line("BRKB", "BERKSHIRE HATHAWAY B", 10, "US0846707026", "New York Stock Exchange Inc."),
    _line("5", "HSBC HOLDINGS", 9, "GB0005405286", "Hong Kong Exchanges And Clearing Ltd"),
    _line("XYZ", "SOMEWHERE ELSE", 2, "DE0007164600", "Bourse De Nulle Part"),
    _line("EUR", "EUR CASH", 3, "-", "-", "Cash"),
    _line("VGU1", "EURO STOXX 50 SEP 21", 0, "DE000C4FMQL5", "Eurex Deutschland", "Futures"),
    _line("BRITIN", "BRITANNIA BOND", 1, "INE216A08027", "-", "Fixed Income"),
]


def _csv(lines: list[str], header: str = HEADER, as_of: str = "30/Aug/2021") -> bytes:
    first = f'Fund Holdings as of,"{as_of}"'
    return "\r\n".join(["\ufeff" + first, "\xa0", header, *lines, "\xa0"]).encode()


def test_the_exchange_makes_the_symbol() -> None:
    result = read_holdings(_csv(LINES), "SWDA_holdings.csv", CATALOG)
    snapshot = result.snapshot
    assert (result.fund, result.fund_name, result.format) == ("SWDA", None, "ishares_ucits")
    assert snapshot.as_of == dt.date(2021, 8, 30)
    assert weights_of(snapshot) == pytest.approx(
        {
            "T": 0.3,
            "T.XTSE": 0.2,
            "NOVO-B.XCSE": 0.15,
            "BAM-A.XTSE": 0.1,
            "BRK.B": 0.1,
            "0005.XHKG": 0.09,
        }
    )
    assert others_of(snapshot) == {
        "SOMEWHERE ELSE": Category.REJECTED,
        "EUR CASH": Category.CASH,
        "EURO STOXX 50 SEP 21": Category.DERIVATIVE,
        "BRITANNIA BOND": Category.OTHER,
    }
    assert (snapshot.refs[1].isin, snapshot.refs[1].currency) == ("CA87971M1032", "EUR")
    assert snapshot.shares is not None
    assert snapshot.shares[0] == 30_000
    assert receipt_of(snapshot).unknown_columns == ()


def test_stocks_at_next_to_nothing_are_members_and_told() -> None:
    large = _line("VTBR", "BANK OF MOSCOW", 1, "RU000A0JP5V6", "Standard-Classica-Forts")
    large = large.replace('"1,000.00"', '"90,000,000.00"')  # at 0.0001 a share
    remnant = _line("1228", "LIQUIDATED LTD", 0, "-", "Hong Kong Exchanges And Clearing Ltd")
    remnant = remnant.replace('"0.00","10.00","0.00","0.00"', '"0.00","0.00","900.00","0.05"')
    snapshot = read(_csv([*LINES[:-1], large, remnant]), "EIMI_holdings.csv")
    assert {"VTBR.MISX", "1228.XHKG"} <= set(snapshot.symbols)
    assert "VTBR.MISX, 1228.XHKG" in receipt_of(snapshot).notes[-1]


def test_the_layout_without_isins_and_without_a_preamble() -> None:
    header = (
        "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Nominal,Price,"
        "Location,Exchange,Market Currency,Duration"
    )
    lines = [
        f"{header},",
        "SAP,SAP,IT,Equity,60.00,60.00,60.00,2,30,Germany,Xetra,EUR,-,",
        "SAP,SAPUTO,Staples,Equity,40.00,40.00,40.00,2,20,Canada,Toronto Stock Exchange,CAD,-,",
    ]
    snapshot = read("\n".join(lines).encode(), "XYZA_2024-05-31.csv")
    assert snapshot.source == "ishares_ucits"
    assert weights_of(snapshot) == {"SAP.XETR": 0.6, "SAP.XTSE": 0.4}
    assert receipt_of(snapshot).unknown_columns == ("Duration",)
    assert receipt_of(snapshot).as_of_from == "the file's name"


CURRENT = (
    "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Shares,Price,Location,"
    "Exchange,Market Currency"
)
CURRENT_LINES = [
    '"NVDA","NVIDIA CORP","Information Technology","Equity","714’117’546.00","60.00",'
    '"714’117’545.90","5’745’113","124.30","United States","NASDAQ","USD"',
    '"ROP","ROCHE PS PAR AG","Health Care","Equity","464’176’404.90","39.00","464’176’404.90",'
    '"2’112’929","335.50","Switzerland","SIX Swiss Exchange","CHF"',
    '"CHF","CHF CASH","Cash and/or Derivatives","Cash","11’901’959.10","1.00","11’901’959.10",'
    '"11’901’959","100.00","Switzerland","-","CHF"',
]


@pytest.mark.parametrize(
    "above",
    [
        ['Fund Holdings as of,"09/Jul/2026"', "\xa0"],
        ["iShares Core MSCI World UCITS ETF", 'Fund Holdings as of,"09/Jul/2026"', ""],
        [
            "iShares Core MSCI World UCITS ETF",
            'Inception Date,"25/Sep/2009"',
            'Fund Holdings as of,"09/Jul/2026"',
            "",
        ],
    ],
    ids=["as-of line", "name", "name and inception"],
)
def test_the_current_layout(above: list[str]) -> None:
    typed = CURRENT.replace("Name,", "Name,Type,")
    typed_lines = [
        line.replace('","', '","EQUITY","', 2).replace('"EQUITY","', '"', 1)
        for line in CURRENT_LINES[:2]
    ]
    for header, lines in (
        (CURRENT, CURRENT_LINES),
        (CURRENT.replace("Shares", "Nominal"), CURRENT_LINES),
        (CURRENT + ",ISIN,SEDOL,CUSIP", [f'{line},"-","-","-"' for line in CURRENT_LINES]),
        (typed, [*typed_lines, CURRENT_LINES[2].replace('"CHF CASH",', '"CHF CASH","CASH",')]),
    ):
        result = read_holdings(_lines(*above, header, *lines), "SWDA_holdings.csv", CATALOG)
        assert (result.fund, result.format) == ("SWDA", "ishares_ucits")
        assert result.snapshot.as_of == dt.date(2026, 7, 9)
        assert weights_of(result.snapshot) == pytest.approx(
            {"NVDA": 0.6, "ROP.XSWX": 0.39}, abs=1e-4
        )
        assert receipt_of(result.snapshot).unknown_columns == ()
    named = read_holdings(_lines(*above, CURRENT, *CURRENT_LINES), "SWDA.csv", CATALOG).fund_name
    assert (named is not None) == (len(above) > 2)


def test_a_name_on_the_first_line_has_to_be_the_file_names_fund() -> None:
    above = ["iShares Core MSCI World UCITS ETF", 'Fund Holdings as of,"09/Jul/2026"', ""]
    with pytest.raises(WrongFundError):
        read(_lines(*above, CURRENT, *CURRENT_LINES), "EIMI_holdings.csv")
    assert (
        read_holdings(_lines(*above, CURRENT, *CURRENT_LINES), "fund.csv", CATALOG).fund == "SWDA"
    )


def _lines(*lines: str) -> bytes:
    return "\ufeff".encode() + "\n".join([*lines, "\xa0"]).encode()


@pytest.mark.parametrize(
    ("as_of", "stock"), [("26/févr./2026", "Actions"), ("26/feb/2026", "Aandelen")]
)
def test_sites_that_print_english_labels_over_their_own_language(as_of: str, stock: str) -> None:
    lines = [
        f'"NVDA","NVIDIA CORP","IT","{stock}","60\xa0000\xa0000,35","60,00","1,00","1,00","1,00",'
        '"Etats-Unis","NASDAQ","USD"',
        f'"ROP","ROCHE","Santé","{stock}","40\xa0000\xa0000,35","40,00","1,00","1,00","1,00",'
        '"Suisse","SIX Swiss Exchange","CHF"',
    ]
    snapshot = read(_lines(f'Fund Holdings as of,"{as_of}"', "", CURRENT, *lines), "XYZA.csv")
    assert snapshot.as_of == dt.date(2026, 2, 26)
    assert weights_of(snapshot) == pytest.approx({"NVDA": 0.6, "ROP.XSWX": 0.4})


def test_the_workbook_has_the_date_above_the_name() -> None:
    above = [
        ["09-Jul-2026"],
        ["iShares Core MSCI World UCITS ETF"],
        ["Inception Date", "25/Sept/2009"],
        ["Fund Holdings as of", "09/Jul/2026"],
        ["Shares Outstanding", "6’804’638.00"],
        [],
    ]
    rows = [next(csv.reader([line])) for line in CURRENT_LINES]
    header = CURRENT.replace("Shares", "Nominal").replace("Ticker", "Issuer Ticker").split(",")
    sheet = spreadsheetml_rows([*above, header, *rows])
    result = read_holdings(spreadsheetml_workbook(sheet).encode(), "fund.xls", CATALOG)
    assert (result.fund, result.format) == ("SWDA", "ishares_ucits")
    assert result.snapshot.as_of == dt.date(2026, 7, 9)
    assert result.snapshot.symbols == ("NVDA", "ROP.XSWX")


def test_a_us_file_is_none_of_these() -> None:
    snapshot = read(ishares_csv(ishares_rows({"AAPL": 60, "MSFT": 40})), "IWV_holdings.csv")
    assert snapshot.source == "ishares_us"


@pytest.mark.parametrize(
    ("as_of", "day"),
    [("8/30/2021", dt.date(2021, 8, 30)), ("30/08/2021", dt.date(2021, 8, 30)), ("5/9/2021", None)],
)
def test_a_date_of_the_english_site_that_a_spreadsheet_rewrote(
    as_of: str, day: dt.date | None
) -> None:
    if day is None:
        with pytest.raises(NoDateError, match="may be 2021-05-09 or 2021-09-05"):
            read(_csv(LINES, as_of=as_of), "SWDA_holdings.csv")
    else:
        assert read(_csv(LINES, as_of=as_of), "SWDA_holdings.csv").as_of == day


def test_refusals() -> None:
    whole = _csv(LINES)
    with pytest.raises(TruncatedFileError):
        read(whole[: len(whole) // 2], "SWDA_holdings.csv")
    with pytest.raises(AmbiguousFileError, match="fund"):
        read(whole, "holdings_2021-08-30.csv")
    with pytest.raises(EmptyFileError, match="without a table"):
        read(b'Fund Holdings as of,"-"\n\xc2\xa0\n', "SWDA_holdings.csv")
    with pytest.raises(EmptyFileError, match="no date"):
        read(_csv(LINES, as_of="-"), "SWDA_holdings.csv")
    with pytest.raises(EmptyFileError, match="no rows"):
        read(_csv([]), "SWDA_holdings.csv")


@pytest.mark.parametrize(("fund", "members"), [("SWDA", 1559), ("EIMI", 2988)])
def test_the_real_files(holdings: Path, fund: str, members: int) -> None:
    path = next((holdings / "ishares_ucits").glob(f"{fund}_*.csv"))
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = file.readlines()
    rows = [row for row in csv.DictReader(lines[2:]) if row["Name"]]
    values = [float(row["Market Value"].replace(",", "")) for row in rows]
    stocks = {
        (row["Issuer Ticker"], row["ISIN"].strip("-")): value / sum(values)
        for row, value in zip(rows, values, strict=True)
        if row["Asset Class"] == "Equity"
    }
    result = read_holdings(path, path.name, CATALOG)
    snapshot, receipt = result.snapshot, receipt_of(result.snapshot)
    assert (result.fund, snapshot.as_of) == (fund, dt.date(2021, 8, 30))
    unlisted = [line for line in receipt.lines if line.category is Category.UNLISTED]
    assert sum(line.weight or 0.0 for line in unlisted) < 0.0001
    assert snapshot.weights is not None
    weights = {
        (ref.ticker or "", ref.isin or ""): weight
        for ref, weight in zip(snapshot.refs, snapshot.weights, strict=True)
    }
    gone = stocks.keys() - weights.keys()
    assert {ticker for ticker, _ in gone} == {line.ticker or "-" for line in unlisted}
    assert weights == pytest.approx({key: stocks[key] for key in stocks.keys() - gone}, abs=1e-6)
    assert len(weights) == members
    assert receipt.unknown_columns == ()


@pytest.mark.parametrize(
    ("pattern", "name", "members"), [("CHSPI_*", "CHSPI.csv", 201), ("EMUM_*", "EMUM.xls", 121)]
)
def test_the_real_files_of_the_current_layout(
    holdings: Path, pattern: str, name: str, members: int
) -> None:
    path = next((holdings / "ishares_ucits").glob(pattern))
    for file_name in (name, path.name):
        result = read_holdings(path, file_name, CATALOG)
        assert (result.fund, result.format) == (Path(name).stem, "ishares_ucits")
        assert result.snapshot.as_of == dt.date(2026, 7, 9)
        receipt = receipt_of(result.snapshot)
        assert receipt.rows[Category.REJECTED] == 0
        assert receipt.rows[Category.MEMBER] == members
