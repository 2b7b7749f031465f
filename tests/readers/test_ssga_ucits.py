"""State Street's UCITS workbooks: ISINs and SEDOLs, no tickers, namesakes of US funds."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from readers.builders import (
    Cell,
    others_of,
    read,
    receipt_of,
    to_csv,
    weights_of,
    workbook,
)
from stockgroups.errors import UnsupportedFileError, WrongFundError
from stockgroups.model import Category

LABELS = (
    *("ISIN", "SEDOL", "Security Name", "Currency", "Number of Shares", "Percent of Fund"),
    *("Trade Country Name", "Local Price", "Sector Classification", "Industry Classification"),
    "Base Market Value",
)
NAME = "Some S&P® U.S. Financials Select Sector UCITS ETF (Acc)"
NONE = ("Unassigned", "Unassigned")


def _stock(isin: str, sedol: str, name: str, weight: float, value: float) -> tuple[Cell, ...]:
    place = ("United States", 100.0, "Financials", "Banks")
    return (isin, sedol, name, "USD", value / 100, weight, *place, value)


ROWS: list[tuple[Cell, ...]] = [
    ("Fund Name:", NAME),
    ("ISIN:", "IE0000000001"),
    ("Ticker Symbol:", "ZZZZ GY"),
    ("Holdings As Of:", "16-Jul-2026"),
    (),
    LABELS,
    _stock("US46625H1005", "2190385", "JPMorgan Chase & Co.", 60.0, 5970.0),
    _stock("IE00B4BNMY34", "B4BNMY3", "Accenture Plc Class A", 35.0, 3480.0),
    _stock("Unassigned", "B0WNLY7", "A line without an ISIN", 5.0, 500.0),
    (*NONE, "EMINI TECH SEP26", "USD", 2.0, "-", "None", 360090.0, *NONE, 720180.0),
    (*NONE, "Danish Krone", "DKK", 35.0, "-", "Denmark", 1.0, *NONE, 5.0),
    (*NONE, "Korean Won", "KRW", 9000.0, "-", "Korea", 1.0, *NONE, 5.0),
    (*NONE, "CyberArk Software Ltd.", "USD", 9.0, "-", "United States", 45.0, *NONE, 0.0),
    (*NONE, "U.S. Dollar", "USD", 40.0, "-", "United States", 1.0, *NONE, 40.0),
    (),
    ("Marketing Communication. For institutional / professional investors use only.",),
]


@pytest.mark.parametrize("data", [workbook([ROWS]), to_csv(ROWS)])
def test_members_are_known_by_their_isins(data: bytes) -> None:
    snapshot = read(data, "holdings.xlsx")
    assert snapshot.as_of == dt.date(2026, 7, 16)
    assert weights_of(snapshot) == {"US46625H1005": 0.597, "IE00B4BNMY34": 0.348}
    assert snapshot.refs[1][1:7] == (
        *(None, "Accenture Plc Class A", None, "IE00B4BNMY34", "B4BNMY3", None),
    )
    assert snapshot.sectors == ("Financials",) * 3
    assert others_of(snapshot) == {
        "A line without an ISIN": Category.UNRESOLVED,
        "EMINI TECH SEP26": Category.DERIVATIVE,  # its value is what it is on
        "Danish Krone": Category.CASH,
        "Korean Won": Category.CASH,
        "CyberArk Software Ltd.": Category.OTHER,  # taken over, and no value is left
        "U.S. Dollar": Category.CASH,
    }
    receipt = receipt_of(snapshot)
    assert (receipt.unnamed, receipt.to_dict()["unnamed"]) == (2, 2)
    assert (receipt.unknown_columns, receipt.suspicions) == ((), ())


def test_a_namesake_is_not_the_fund_of_the_files_name() -> None:
    with pytest.raises(WrongFundError, match=r"says XLF, its content .*UCITS ETF.*ZZZZ"):
        read(to_csv(ROWS), "holdings_XLF_2026-07-16.xlsx")
    with pytest.raises(UnsupportedFileError, match="without the lines that name the fund"):
        read(to_csv(ROWS[5:]), "XLF_2026-07-16.csv")


@pytest.mark.parametrize(("fund", "members"), [("ZPDF", 76), ("ZPDT", 74)])
def test_the_real_files(holdings: Path, fund: str, members: int) -> None:
    former = {"ZPDF": "XLF", "ZPDT": "XLK"}[fund]
    (path,) = holdings.glob(f"ssga_ucits/{former}*2026-07-16.xlsx")
    snapshot = read(path.read_bytes(), f"{fund}.xlsx")
    receipt = receipt_of(snapshot)
    assert snapshot.member_count == receipt.unnamed == members
    assert receipt.weights is not None
    assert sum(receipt.weights.values()) == pytest.approx(1)
    assert (receipt.basis, receipt.unknown_columns) == ("market value", ())
