"""ARK's CSV: the market by CUSIP, SEDOL and Bloomberg's codes; private holdings; legal text."""

from __future__ import annotations

import csv
import datetime as dt
import re
from pathlib import Path

import pytest

from readers.builders import CATALOG, others_of, read, receipt_of, to_csv, weights_of
from stockgroups.errors import (
    AmbiguousFileError,
    EmptyFileError,
    GuardError,
    TruncatedFileError,
    WrongFundError,
)
from stockgroups.model import Category
from stockgroups.readers import read_holdings

LABELS = ["date", "fund", "company", "ticker", "cusip", "shares", "market value ($)", "weight (%)"]


def _line(
    name: str, ticker: str, cusip: str, weight: float, *, shares: str = "1,000", date: str = ""
) -> list[str]:
    """A row of a fund of a million dollars; weight in percent."""
    day = date or "08/18/2026"
    value = f"${10_000 * weight:,.2f}"
    return [day, "ARKK", name, ticker, cusip, shares, value, f"{weight:.2f}%"]


LINES = [
    _line("TESLA INC", "TSLA", "88160R101", 40),
    _line("ADVANCED MICRO DEVICES", "AMD", "007903107", 20),
    _line("TAKEDA PHARMACEUTIC-SP ADR", "TAK UN", "874060205", 10),
    _line("GARMIN LTD", "GRMN U", "H2906T109", 5),
    _line("ROCKET LAB", "RKLB UQ", "773121108", 5),
    _line("AIRBUS SE", "AIR", "4012250", 4),
    _line("KOMATSU LTD", "6301 JP", "6496584", 4),
    _line("TENCENT HOLDINGS", "700 HK", "BMMV2K8", 3),
    _line("NOWHERE AG", "NOW QQ", "B0WNLY7", 2),
    _line("OPENAI GROUP PBC SERIES C", "", "PPOPENAIC", 2),
    _line("BRERA HOLDINGS PLC-CL B", "", "G13311132", 1),
    _line("BRERA HOLDINGS PLC WTS", "", "BREADUMMY", 1),
    _line("GOLDMAN FS TRSY OBLIG INST 468", "", "X9USDGSFT", 1, shares="10,000"),
    _line("ISRAELI SHEKEL CASH", "", "", 1, shares="10,000"),
    _line("UNKNOWN BALANCE", "", "", 1, shares="10,000"),
    _line("CM LIFE SCIENCES II -CW27", "SLGCW", "83444K113", 0),
    _line("ORGANOVO HOLDINGS INC", "ONVO ", "68620A203", 0),
]
LINES[-1][6] = "$12.00"
LEGAL = [
    ['"Investors should consider ""risks"".\nNo bank guarantees them."'],
]
WEIGHTS = {
    "TSLA": 0.4,
    "AMD": 0.2,
    "TAK": 0.1,
    "GRMN": 0.05,
    "RKLB": 0.05,
    "6301.XTKS": 0.04,
    "0700.XHKG": 0.03,
    "ONVO": 0.000012,
}


def _csv(lines: list[list[str]], labels: list[str] = LABELS) -> bytes:
    quoted = [[f'"{cell}"' if "," in cell else cell for cell in line] for line in lines]
    return "\r\n".join(",".join(line) for line in [labels, *quoted, *LEGAL]).encode()


def test_where_a_line_is_listed() -> None:
    result = read_holdings(_csv(LINES), "ARK_INNOVATION_ETF_ARKK_HOLDINGS.csv", CATALOG)
    snapshot, receipt = result.snapshot, receipt_of(result.snapshot)
    assert (result.fund, result.format) == ("ARKK", "ark")
    assert (snapshot.as_of, receipt.as_of_from) == (dt.date(2026, 8, 18), "the content")
    assert weights_of(snapshot) == pytest.approx(WEIGHTS, rel=1e-4)
    assert others_of(snapshot) == {
        "AIRBUS SE": Category.UNRESOLVED,
        "NOWHERE AG": Category.UNRESOLVED,
        "OPENAI GROUP PBC SERIES C": Category.UNLISTED,
        "BRERA HOLDINGS PLC-CL B": Category.UNRESOLVED,
        "BRERA HOLDINGS PLC WTS": Category.UNLISTED,
        "GOLDMAN FS TRSY OBLIG INST 468": Category.CASH,
        "ISRAELI SHEKEL CASH": Category.CASH,
        "UNKNOWN BALANCE": Category.OTHER,
        "CM LIFE SCIENCES II -CW27": Category.UNLISTED,
    }
    reasons = {line.ticker: line.reason for line in receipt.lines}
    assert reasons["AIR"] == "no exchange; known by SEDOL 4012250"
    assert reasons["NOW QQ"].startswith("unknown exchange 'QQ'; known by")
    assert (receipt.basis, receipt.unit) == ("market value", "percent")
    assert receipt.unknown_columns == ()
    refs = {ref.symbol: ref for ref in snapshot.refs}
    assert (refs["TAK"].ticker, refs["TAK"].cusip, refs["TAK"].sedol) == (
        "TAK UN",
        "874060205",
        None,
    )
    assert (refs["6301.XTKS"].ticker, refs["6301.XTKS"].cusip, refs["6301.XTKS"].sedol) == (
        "6301 JP",
        None,
        "6496584",
    )


@pytest.mark.parametrize(
    ("ticker", "printed", "symbol"),
    [
        ("AMD", "7903107", "AMD"),  # a CUSIP whose zeros a spreadsheet dropped
        ("AMZN", "23135106", "AMZN"),
        ("AAPL", "3.7833E+07", "AAPL"),  # a CUSIP that a spreadsheet took for a number
        ("ROG", "7.11E+06", None),  # perhaps a SEDOL
        ("AIR", "361105", None),  # AAR Corp, 000361105: its digits fit a SEDOL's check too
        ("X", "540528", None),  # a SEDOL without its zero: HSBC
        ("X", "4012250", None),
        ("X", "B0WNLY7", None),
        ("X", "IL0011762130", "IL0011762130"),  # an ISIN tells no market
        ("X", "", None),
        ("BRK/B", "084670702", "BRK.B"),
    ],
)
def test_what_stands_in_the_place_of_the_cusip(
    ticker: str, printed: str, symbol: str | None
) -> None:
    lines = [_line("TESLA INC", "TSLA", "88160R101", 60), _line("OTHER", ticker, printed, 40)]
    assert read(_csv(lines), "ARKK.csv").symbols == ("TSLA", *([symbol] if symbol else []))


@pytest.mark.parametrize("date", ["2026-08-18", "18-Aug-26", "8/18/2026"])
@pytest.mark.parametrize("blank", ["", " "])
def test_spellings_of_headers_and_dates(date: str, blank: str) -> None:
    labels = [*LABELS[:6], f"market value{blank}($)", f"weight{blank}(%)"]
    lines = [
        _line("TESLA INC", "TSLA", "88160R101", 60, date=date),
        _line("ADVANCED MICRO DEVICES", "AMD", "007903107", 40, date=date),
    ]
    snapshot = read(_csv(lines, labels), "ARKK.csv")
    assert snapshot.as_of == dt.date(2026, 8, 18)
    assert weights_of(snapshot) == {"TSLA": 0.6, "AMD": 0.4}
    assert receipt_of(snapshot).unknown_columns == ()


def test_saved_by_a_spreadsheet() -> None:
    assert weights_of(read(to_csv([LABELS, *LINES, *LEGAL]), "ARKK.csv")) == pytest.approx(
        WEIGHTS, rel=1e-4
    )


def test_refusals() -> None:
    whole = _csv(LINES)
    with pytest.raises(WrongFundError):
        read(whole, "ARK_GENOMIC_REVOLUTION_ETF_ARKG_HOLDINGS.csv")
    with pytest.raises(TruncatedFileError):
        read(whole[: whole.index(b"68620A203")], "ARKK.csv")
    with pytest.raises(GuardError):
        read(_csv(LINES[2:]), "ARKK.csv")
    with pytest.raises(EmptyFileError):
        read(_csv([]), "ARKK.csv")
    with pytest.raises(AmbiguousFileError, match="fund: ARKG, ARKK"):
        read(_csv([*LINES, ["08/18/2026", "ARKG", *LINES[0][2:]]]), "ARKK.csv")
    with pytest.raises(AmbiguousFileError, match="date"):
        read(_csv([*LINES, ["08/19/2026", *LINES[0][1:]]]), "ARKK.csv")


@pytest.mark.parametrize(
    ("name", "fund", "as_of", "members"),
    [
        ("ARKG_HOLDINGS_2021-10-28_with-footer", "ARKG", dt.date(2021, 10, 28), 51),
        ("ARKK_HOLDINGS_2024-06-04_with-footer", "ARKK", dt.date(2024, 6, 4), 35),
        ("ARKK_HOLDINGS_2026-08-18", "ARKK", dt.date(2026, 8, 18), 43),
    ],
)
def test_the_real_files(holdings: Path, name: str, fund: str, as_of: dt.date, members: int) -> None:
    path = holdings / "ark" / f"ARK_INNOVATION_ETF_{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["fund"]]
    values = [float(re.sub("[$,]", "", row["market value ($)"])) for row in rows]
    stocks = {
        row["ticker"].split()[0]: value / sum(values)
        for row, value in zip(rows, values, strict=True)
        if row["ticker"] and value
    }
    result = read_holdings(path, path.name, CATALOG)
    snapshot, receipt = result.snapshot, receipt_of(result.snapshot)
    assert (result.fund, snapshot.as_of, snapshot.member_count) == (fund, as_of, members)
    assert weights_of(snapshot) == pytest.approx(stocks, abs=1e-6)
    assert receipt.rows_read == len(rows)
    assert receipt.rows[Category.REJECTED] == receipt.rows[Category.OTHER] == 0
    assert receipt.unknown_columns == ()


def test_a_share_with_a_futures_ticker_and_money_with_a_currency_for_its_identifier() -> None:
    lines = [
        _line("HP INC", "HPQ", "40434L105", 90),
        _line("HENKEL AG & CO KGAA VOR-PREF", "HEN3", "5076705", 7),
        _line("ADYEN NV", "", "BZ1HM42", 0.5),
        _line("TCS GROUP HOLDING -REG S", "", "87238U203", 0.5),
        _line("JAPANESE YEN", "", "CCTJPY", 1),
        _line("E-MINI S&P", "ESZ1", "", 1),
    ]
    snapshot = read(_csv(lines), "ARKK.csv")
    assert weights_of(snapshot) == pytest.approx({"HPQ": 0.9})
    assert others_of(snapshot) == {
        "HENKEL AG & CO KGAA VOR-PREF": Category.UNRESOLVED,
        "ADYEN NV": Category.UNRESOLVED,
        "TCS GROUP HOLDING -REG S": Category.UNRESOLVED,
        "JAPANESE YEN": Category.CASH,
        "E-MINI S&P": Category.DERIVATIVE,
    }
    reasons = [line.reason for line in receipt_of(snapshot).lines]
    assert reasons[:4] == [
        "no exchange; known by SEDOL 5076705",
        "no ticker; known by SEDOL BZ1HM42",
        "no ticker; known by CUSIP 87238U203",
        "currency JPY",
    ]


def test_a_sedol_that_a_fund_made_up_names_no_stock() -> None:
    lines = [_line("HP INC", "HPQ", "40434L105", 99), _line("A REMNANT", "", "9016989", 1)]
    assert others_of(read(_csv(lines), "ARKK.csv")) == {"A REMNANT": Category.UNLISTED}


def test_weights_of_other_rows_are_told_where_the_values_contradict_them() -> None:
    weights = [25, 18, 14, 11, 9, 7, 5, 4, 3, 2, 1.5, 0.5]
    lines = [
        _line(f"COMPANY {at}", f"C{chr(65 + at)}", f"{at:08d}0", weight)
        for at, weight in enumerate(weights)
    ]
    assert len(read(to_csv([LABELS, *lines, *LEGAL]), "ARKK.csv").symbols) == len(lines)
    for line, weight in zip(lines, [*weights[1:], weights[0]], strict=True):
        line[7] = f"{weight:.2f}%"
    with pytest.raises(GuardError, match="to other rows"):
        read_holdings(to_csv([LABELS, *lines, *LEGAL]), "ARKK.csv", CATALOG)
