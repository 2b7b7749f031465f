"""What declared issuers refuse, each with its true reason; what they read is golden output."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from readers.builders import CATALOG, others_of, read, receipt_of
from stockgroups.errors import (
    EmptyFileError,
    GuardError,
    StockgroupsError,
    TruncatedFileError,
    UnrecognisedFileError,
    UnsupportedFileError,
    WrongFundError,
)
from stockgroups.model import Category
from stockgroups.readers import read_funds, read_holdings
from stockgroups.suspicions import Guard

GOLDEN = Path(__file__).parent / "golden"


def changed(name: str, change: Callable[[Any], object]) -> bytes:
    """A golden file of JSON with one change in it."""
    value = json.loads((GOLDEN / name).read_text(encoding="utf-8"))
    change(value)
    return json.dumps(value).encode()


def _points(value: Any) -> Any:
    holdings = value["componentsByNameMap"]["holdings"]
    return holdings["containersByNameMap"]["all"]["dataPointsByNameMap"]


def _empty(value: Any) -> None:
    for name, point in _points(value).items():
        if name != "asOfDate":
            point["value"] = None


CASES: dict[str, tuple[str, Callable[[Any], object], type[StockgroupsError], str]] = {
    "Invesco cuts the list": (
        "QQQ_dng-holdings.json",
        lambda v: v.update(totalNumberOfHoldings=101),
        GuardError,
        "it holds 7 of 101 positions",
    ),
    "Invesco answers with another fund": (
        "QQQ_dng-holdings.json",
        lambda v: v.update(cusip="46137V357"),
        WrongFundError,
        "name says QQQ, its content 46137V357 .RSP.",
    ),
    "Invesco answers with a fund that is not in the catalogue": (
        "QQQ_dng-holdings.json",
        lambda v: v.update(cusip="46138G649"),
        WrongFundError,
        "name says QQQ, its content 46138G649",
    ),
    "J.P. Morgan knows no such fund": (
        "JEPX_product-data.json",
        lambda v: v.update(fundData=None),
        EmptyFileError,
        "is null",
    ),
    "J.P. Morgan cuts the list": (
        "JEPX_product-data.json",
        lambda v: v["fundData"]["dailyHoldingsAll"]["data"].__delitem__(slice(2, None)),
        GuardError,
        "it holds 2 of 6 positions",
    ),
    "iShares has no data for the day and says hasData": (
        "product-data.json",
        _empty,
        EmptyFileError,
        "its columns are null",
    ),
    "iShares' columns are torn": (
        "product-data.json",
        lambda v: _points(v)["ticker"]["value"].pop(),
        TruncatedFileError,
        "from 5 to 6",
    ),
    "iShares sends another component": (
        "product-data.json",
        lambda v: v["componentsByNameMap"].clear(),
        UnrecognisedFileError,
        "without the component holdings",
    ),
    "Amundi lists the collateral of a swap": (
        "MWOX_amundi.json",
        lambda v: v["products"][0]["characteristics"].update(
            FUND_REPLICATION_METHODOLOGY="Indirect(Swap Based)"
        ),
        UnsupportedFileError,
        r"by swaps .Indirect.Swap Based.*collateral",
    ),
    "Amundi's catalogue": (
        "MWOX_amundi.json",
        lambda v: (
            v["products"].append({"composition": {"compositionData": []}})
            or v["products"][0]["composition"].update(compositionData=[])
        ),
        UnsupportedFileError,
        "a list of 2 funds without their compositions",
    ),
    "Amundi cuts the list": (
        "MWOX_amundi.json",
        lambda v: v["products"][0]["composition"].update(totalNumberOfInstruments=1285),
        GuardError,
        "it holds 4 of 1,285 positions",
    ),
    "Amundi has no composition": (
        "MWOX_amundi.json",
        lambda v: v["products"][0].update(composition={"compositionData": []}),
        EmptyFileError,
        "without its composition",
    ),
    "Xtrackers prints another table": (
        "XDWX_2026-07-08_holdings.json",
        lambda v: v["tables"][0]["columns"].pop(2),
        UnrecognisedFileError,
        "without ISINs and weights",
    ),
    "VanEck's table is cut": (
        "table_2026-07-08.json",
        lambda v: v.update(totalRows=27),
        GuardError,
        "it holds 3 of 27 positions",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_refused(case: str) -> None:
    name, change, error, words = CASES[case]
    with pytest.raises(error, match=words):
        read(changed(name, change), name)


def test_a_workbook_of_amundi_that_lists_collateral() -> None:
    text = (GOLDEN / "MEUX_amundi.csv").read_text(encoding="utf-8")
    swaps = text.replace("Replication method,Physical", "Replication method,Synthetic")
    with pytest.raises(UnsupportedFileError, match="by swaps"):
        read(swaps.encode(), "MEUX.csv")


def test_first_trust_counts_its_holdings() -> None:
    text = (GOLDEN / "FTXX_holdings.html").read_text(encoding="utf-8")
    cut = text.replace("(excluding cash): 5", "(excluding cash): 50")
    with pytest.raises(GuardError, match="it holds 6 of 50 positions"):
        read(cut.encode(), "FTXX.html")


def test_a_world_fund_of_vanguards_british_site_is_refused() -> None:
    text = (GOLDEN / "VUSX_2026-05-31.csv").read_text(encoding="utf-8")
    world = text.replace(",US,", ",CH,", 2)
    with pytest.raises(UnsupportedFileError, match="2 of its 3 stocks are not from the Unit"):
        read(world.encode(), "VWRX_2026-05-31.csv")


REAL = {
    "amundi/LU0908500753_Core-Stoxx-Europe-600_2026-07-08.xlsx": ("MEUD.xlsx", 613, 616),
    "ubs/CH0130595124_2026-07-07_xlsx-named.xls": ("SPMCHA.xls", 79, 79),
    "xtrackers/holdings-en-gb_excerpt.json": ("XDWD_2026-05-01.json", 4, 5),
    "_transcribed/vaneck_BBH_holdings_27-rows_length-exact.json": ("BBH_2026-07-08.json", 25, 27),
    "_transcribed/jpmorgan_JEPI_product-data_2026-07-08_excerpt.json": ("JEPI.json", 2, 2),
    "_transcribed/invesco_RSP_dng-holdings_2026-07-07_excerpt.json": ("RSP.json", 2, 2),
    "_transcribed/globalx_QYLD_full-holdings_2026-07-08_excerpt.csv": ("QYLD.csv", 2, 4),
    "_transcribed/firsttrust_FTCS_holdings_2026-07-08_excerpt.html": ("FTCS.html", 2, 3),
    "amundi/core_msci_world_physical_first-15-of-1285.json": ("MWRD.json", 15, 15),
}
"""Named after their funds: the members, and the rows."""


def test_the_real_files(holdings: Path) -> None:
    for path, (name, members, rows) in REAL.items():
        data = (holdings / path).read_bytes()
        accept = ("weights", "truncated") if "excerpt" in path or "first-15" in path else ()
        snapshot = read_holdings(data, name, CATALOG, accept=accept).snapshot
        receipt = receipt_of(snapshot)
        assert (snapshot.member_count, receipt.rows_read) == (members, rows), path
        assert not receipt.unknown_columns, path


def test_a_list_of_proshares_without_net_other_assets_is_cut() -> None:
    lines = (GOLDEN / "psdlyhld_short.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    cut = "".join(line for line in lines if "NET OTHER" not in line)
    blank = "".join(lines).replace('-,"700,000.00"', '"700,000.00",-')
    for damaged in (cut, blank):
        with pytest.raises(GuardError, match=r"the row NET OTHER ASSETS, .*is missing or has no"):
            read(damaged.encode(), "psdlyhld_short.csv")


@pytest.mark.parametrize(
    ("ticker", "price", "members"),
    [("Cash", "1", ("BRK.B",)), ("CASH", "1", ("BRK.B",)), ("CASH", "2", ("BRK.B", "CASH"))],
)
def test_cash_is_money_where_a_unit_is_worth_one(
    ticker: str, price: str, members: tuple[str, ...]
) -> None:
    """Elsewhere it is the ticker of Pathward."""
    text = (GOLDEN / "SPXL_direxion.csv").read_text(encoding="utf-8")
    units = f"{500_000 // int(price)}"
    damaged = text.replace(
        ",,DREYFUS GOVT CASH MAN INS,500000,1,",
        f",{ticker},DREYFUS GOVT CASH MAN INS,{units},{price},",
    )
    assert damaged != text
    assert read(damaged.encode(), "SPXL_direxion.csv").symbols == members


MONEY_FUND = "the ticker of a money market fund"
MUTUAL_FUND = "the ticker of a mutual fund"
MIXED = "capitals and lower-case letters in its ticker"


@pytest.mark.parametrize(
    ("ticker", "reason"),
    [
        ("ftixx", MONEY_FUND),
        ("FTIXx", MONEY_FUND),
        ("FTIXX US", MONEY_FUND),
        ("FTAWX", MUTUAL_FUND),
        ("FTIwX", MUTUAL_FUND),
        ("FTIXi", MIXED),
        ("FTIx", MIXED),
        ("fTIX", MIXED),
    ],
)
def test_a_damaged_ticker_makes_no_stock_of_a_money_fund(ticker: str, reason: str) -> None:
    text = (GOLDEN / "SOXL_direxion.csv").read_text(encoding="utf-8").replace("FTIXX", ticker)
    (reading,) = read_funds(text.encode(), "SOXL.csv", CATALOG, accept=frozenset(Guard))
    assert reading.result is not None
    assert reading.result.snapshot.symbols == ("NVDA", "AVGO")
    assert reason in {line.reason for line in receipt_of(reading.result.snapshot).lines}


def test_a_money_fund_that_has_lost_its_flag_is_no_stock() -> None:
    """In a file whose other rows are stocks, and have no class either."""
    text = (GOLDEN / "BOTX_daily.csv").read_text(encoding="utf-8")
    assert read(text.replace(",1,Y", ",1,").encode(), "BOTX.csv").symbols == ("NVDA", "6861.XTKS")
    damaged = read(text.replace("FGXXX", "FGXX").replace(",1,Y", ",1,").encode(), "BOTX.csv")
    assert damaged.symbols == ("NVDA", "6861.XTKS", "FGXX")
    assert "shares worth exactly 1" in receipt_of(damaged).notes[0]


@pytest.mark.parametrize("ticker", ["FTIX", "FTIXA", "FTIXr", "AAPL"])
def test_a_stock_worth_one_a_share_is_told_without_asset_classes(ticker: str) -> None:
    text = (GOLDEN / "SOXL_direxion.csv").read_text(encoding="utf-8").replace("FTIXX", ticker)
    damaged = read(text.encode(), "SOXL.csv")
    assert damaged.symbols[:2] == ("NVDA", "AVGO")
    assert receipt_of(damaged).notes == (
        f"1 member has shares worth exactly 1, as cash and money funds have: {damaged.symbols[2]}",
    )


def test_net_other_assets_under_a_ticker_are_cash() -> None:
    text = (GOLDEN / "psdlyhld_short.csv").read_text(encoding="utf-8")
    damaged = text.replace("TQQQ,UltraPro QQQ,-,-,NET", "-,UltraPro QQQ,TQQQ,-,NET")
    assert damaged != text
    assert read(damaged.encode(), "psdlyhld_short.csv").symbols == ("AAPL",)


@pytest.mark.parametrize("sedol", ["=cmd|' /C calc'!A0", "ROCHE", "7110389"])
def test_a_line_whose_sedol_is_none_is_no_us_stock(sedol: str) -> None:
    """`ROP` is Roche's ticker here, and Roper's in New York: only the SEDOL tells which."""
    text = (GOLDEN / "qyld_full-holdings_20260708.csv").read_text(encoding="utf-8")
    damaged = text.replace("7110388", sedol)
    assert damaged != text
    snapshot = read(damaged.encode(), "qyld_full-holdings_20260708.csv")
    assert "ROP" not in snapshot.symbols
    assert receipt_of(snapshot).rows[Category.REJECTED] == 1


def test_a_line_without_an_asset_class_is_told_where_others_have_one() -> None:
    text = (GOLDEN / "QQQ_dng-holdings.json").read_text(encoding="utf-8")
    stock = '   "securityTypeName": "Common Stock",\n'
    damaged = read(text.replace(stock, "", 1).encode(), "QQQ_dng-holdings.json")
    assert receipt_of(read(text.encode(), "QQQ_dng-holdings.json")).notes == ()
    (note,) = receipt_of(damaged).notes
    assert note == ("1 line without an asset class, taken as stocks by ticker; first: line 1")


def test_a_bond_under_its_issuers_ticker_is_known_by_its_cusip() -> None:
    """The bond that its issuer calls MSFT stays one when its class is lost."""
    text = (GOLDEN / "QQQ_dng-holdings.json").read_text(encoding="utf-8")
    bond = '   "securityTypeName": "Corporate Bond",\n'
    damaged = read(text.replace(bond, "").encode(), "QQQ_dng-holdings.json")
    assert damaged.symbols == read(text.encode(), "QQQ_dng-holdings.json").symbols
    assert others_of(damaged)["Microsoft Corp"] == Category.OTHER


def test_a_line_without_a_currency_is_told_where_others_have_one() -> None:
    """A line in euros became a US listing when its currency was lost."""
    text = (GOLDEN / "JEPX_product-data.json").read_text(encoding="utf-8")
    whole = read(text.encode(), "JEPX_product-data.json")
    damaged = read(
        text.replace('     "currencyCode": "EUR",\n', "").encode(), "JEPX_product-data.json"
    )
    assert set(damaged.symbols) - set(whole.symbols) == {"SAP"}
    assert receipt_of(whole).notes == ()
    (note,) = receipt_of(damaged).notes
    assert note == "1 line without a currency, unlike other lines; first: line 5"


@pytest.mark.parametrize(
    "others", ["", "10/1/2026 12:00:00 AM,SPXS,AAPL,APPLE,1,1,100,037833100,100\n"]
)
def test_a_line_without_a_fund_is_told_where_others_have_one(others: str) -> None:
    """The cash of a row whose cells changed places became a stock of the fund's own ticker."""
    head = "TradeDate,AccountTicker,StockTicker,SecurityDescription,Shares,Price,MarketValue,Cusip,"
    rows = "HoldingsPercent\n10/1/2026 12:00:00 AM,SPXL,BRKB,BERKSHIRE,1000,1,600,084670702,60.0\n"
    cash = "10/1/2026 12:00:00 AM,SPXL,,DREYFUS GOVT CASH MAN INS,200,2,400,,40.0\n"
    for text, notes in (
        (cash, ()),
        (
            cash.replace("SPXL,,", ",SPXL,"),
            ("1 line without a fund, unlike other lines; first: line 3",),
        ),
    ):
        data = (head + rows + text + others).encode()
        found = {
            one.fund: one.result
            for one in read_funds(data, "direxion.csv", CATALOG, accept=frozenset(Guard))
        }
        result = found["SPXL"]
        assert result is not None
        assert receipt_of(result.snapshot).notes == notes


def test_an_object_with_a_key_twice_is_damaged() -> None:
    """Python takes the last value, other programs the first."""
    text = (GOLDEN / "QQQ_dng-holdings.json").read_text(encoding="utf-8")
    damaged = text.replace('   "coupon": 3.3,\n', '   "securityTypeName": "Common Stock",\n')
    with pytest.raises(TruncatedFileError, match="the key securityTypeName occurs twice"):
        read(damaged.encode(), "QQQ_dng-holdings.json")


def test_a_country_tells_where_no_currency_does() -> None:
    labels = (
        "Ticker,Security Description,Security Type,Shares/Par,Market Value,% of Net Assets,Country"
    )
    rows = [
        "AAPL,APPLE INC,DOMESTIC COMMON STOCK,100,2000,20,United States",
        "ROG,ROCHE HOLDING AG,FOREIGN COMMON STOCK,100,7000,70,Switzerland",
        "7203 JP,TOYOTA MOTOR CORP,FOREIGN COMMON STOCK,100,1000,10,Japan",
    ]
    snapshot = read("\n".join(["As of Date: 07/08/2026", labels, *rows]).encode(), "JGLX.csv")
    assert snapshot.symbols == ("AAPL", "7203.XTKS")
    assert [line.reason for line in receipt_of(snapshot).lines] == ["no exchange"]


@pytest.mark.parametrize("sedol", ["7.11E+06", "7.110388E+06"])
@pytest.mark.parametrize(
    ("header", "lines", "name"),
    [
        (
            "Fund Ticker,Security Identifier,Holding Ticker,MarketValue,Weight,Name,Date",
            [
                "QQQ,037833100,AAPL,90.00,90.0,Apple,07/23/2026",
                "QQQ,{},ROG,10.00,10.0,Roche,07/23/2026",
            ],
            "QQQ.csv",
        ),
        (
            "Date,Account,StockTicker,CUSIP,SecurityName,Shares,Price,MarketValue,Weightings",
            [
                "06/24/2026,ZZZZ,AAPL,037833100,Apple,1,90,90.00,90%",
                "06/24/2026,ZZZZ,ROG,{},Roche,1,10,10.00,10%",
            ],
            "ZZZZ.csv",
        ),
    ],
    ids=["invesco", "tidal"],
)
def test_a_sedol_that_a_spreadsheet_took_for_a_number_is_no_cusip(
    header: str, lines: list[str], name: str, sedol: str
) -> None:
    """`ROG` is Roche, and Rogers in New York: with the SEDOL, the market was lost too."""
    snapshot = read("\n".join([header, *lines]).format(sedol).encode(), name)
    assert snapshot.symbols == ("AAPL",)
    [line] = receipt_of(snapshot).lines
    assert line.reason == f"no exchange, and its SEDOL {sedol} is invalid"


@pytest.mark.parametrize("date", ["07/08/2026", "as of 07/08/2026", "7/8/2026 16:00"])
def test_words_may_stand_before_a_date_and_a_time_behind_it(date: str) -> None:
    text = (GOLDEN / "qyld_full-holdings_20260708.csv").read_text(encoding="utf-8")
    printed = "Fund Holdings Data as of 07/08/2026"
    assert printed in text
    snapshot = read(text.replace(printed, f"Fund Holdings Data as of {date}").encode(), "qyld.csv")
    assert snapshot.as_of == dt.date(2026, 7, 8)
