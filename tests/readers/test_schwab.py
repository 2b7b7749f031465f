"""Schwab's CSV: exchanges as MICs, no asset classes, and no sector on what is no stock."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest

from readers.builders import CATALOG, others_of, read, receipt_of, to_csv, weights_of
from stockgroups.errors import (
    AmbiguousFileError,
    EmptyFileError,
    GuardError,
    TruncatedFileError,
)
from stockgroups.model import Category
from stockgroups.readers import read_holdings

LABELS = [
    "As-Of-Date",
    "Symbol",
    "Quantity",
    "Percent of Assets",
    "Name",
    "BBG FIGI",
    "Country",
    "Currency",
    "Exchange",
    "Exchange (fx) Rate",
    "Market Currency",
    "Sector",
]


def _line(
    symbol: str,
    name: str,
    weight: str,
    *,
    exchange: str = "XNYS",
    sector: str = "Health Care",
    figi: str = "BBG000000001",
    country: str = "US",
    currency: str = "USD",
) -> list[str]:
    fx = ["USD", exchange, "1.0000000000", currency]
    return ["2025-10-17", symbol, "1000.0000000000", weight, name, figi, country, *fx, sector]


LINES = [
    _line("ABBV", "ABBVIE INC", "60.0000000000"),
    _line("AMCR", "AMCOR PLC", "20.0000000000", country="GB", sector="Materials"),
    _line("CWENA", "CLEARWAY ENERGY INC CLASS A", "10.0000000000", sector="Utilities"),
    _line("7203", "TOYOTA MOTOR CORP", "8.0000000000", exchange="XTKS", currency="JPY"),
    _line("NEWC", "NEWCOMER INC", "", exchange="XNGS"),
    _line("GONE", "DELISTED INC", "0.0100000000", exchange="OTC"),
    _line("2200964D", "CONTRA SOMETHING", "0.0000000000", sector=""),
    _line("GVMXX", "SSC GOVERNMENT MM GVMXX", "1.0000000000", exchange="XNAS", sector=""),
    _line("USD", "US DOLLAR", "0.9000000000", exchange="OTC", sector="", figi=""),
    _line("XYZ", "SOMETHING ELSE", "0.1000000000", sector=""),
    _line("FAZ5", "S&P MID 400 EMINI DEC 25", "-0.0100000000", exchange="OTC", sector=""),
]
LEGAL = [
    [],
    [],
    ["Holdings may include collateral, and may change."],
    ["No recommendation."],
]


def _csv(lines: list[list[str]], labels: list[str] = LABELS) -> bytes:
    return "\n".join(",".join(line) for line in [labels, *lines]).encode()


def test_what_has_no_sector_is_no_stock() -> None:
    result = read_holdings(_csv([*LINES, *LEGAL]), "SCHD_FundHoldings.csv", CATALOG)
    snapshot, receipt = result.snapshot, receipt_of(result.snapshot)
    assert (result.fund, result.format) == ("SCHD", "schwab")
    assert (snapshot.as_of, receipt.as_of_from) == (dt.date(2025, 10, 17), "the content")
    assert weights_of(snapshot) == {
        "ABBV": 0.6,
        "AMCR": 0.2,
        "CWEN.A": 0.1,
        "7203.XTKS": 0.08,
        "NEWC": None,
    }
    assert others_of(snapshot) == {
        "DELISTED INC": Category.REJECTED,
        "CONTRA SOMETHING": Category.UNLISTED,
        "SSC GOVERNMENT MM GVMXX": Category.CASH,
        "US DOLLAR": Category.CASH,
        "SOMETHING ELSE": Category.OTHER,
        "S&P MID 400 EMINI DEC 25": Category.DERIVATIVE,
    }
    assert (receipt.basis, receipt.unit) == ("printed", "percent")
    assert receipt.unknown_columns == ()
    assert snapshot.sectors is not None
    assert snapshot.sectors[1] == "Materials"
    assert snapshot.shares == (1000,) * 5
    ref = snapshot.refs[3]
    assert (ref.ticker, ref.figi, ref.exchange, ref.currency) == (
        "7203",
        "BBG000000001",
        "XTKS",
        "JPY",
    )


def test_saved_by_a_spreadsheet() -> None:
    dated = [["17-Oct-25", *line[1:]] for line in LINES]
    snapshot = read(to_csv([LABELS, *dated, *LEGAL]), "SCHD.csv")
    assert snapshot.as_of == dt.date(2025, 10, 17)
    assert len(snapshot.refs) == 5


def test_without_its_date_and_with_another_column() -> None:
    lines = [[*line[1:], "x"] for line in LINES]
    snapshot = read(_csv(lines, [*LABELS[1:], "LEI"]), "SCHD_2025-10-17.csv")
    assert receipt_of(snapshot).as_of_from == "the file's name"
    assert receipt_of(snapshot).unknown_columns == ("LEI",)


def test_refusals() -> None:
    whole = _csv(LINES)
    with pytest.raises(TruncatedFileError, match="cut"):
        read(whole[:-60], "SCHD.csv")
    with pytest.raises(GuardError, match="sum to"):
        read(_csv(LINES[1:]), "SCHD.csv")
    with pytest.raises(EmptyFileError):
        read(_csv(LEGAL), "SCHD.csv")
    with pytest.raises(AmbiguousFileError, match="fund"):
        read(whole, "FundHoldings.csv")
    with pytest.raises(AmbiguousFileError, match="date"):
        read(_csv([*LINES, ["2025-10-20", *LINES[0][1:]]]), "SCHD.csv")


def test_the_real_file(holdings: Path) -> None:
    path = holdings / "schwab" / "SCHD_2025-10-17_FundHoldings.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Symbol"]]
    stocks = {row["Symbol"]: float(row["Percent of Assets"]) / 100 for row in rows if row["Sector"]}
    stocks["CWEN.A"] = stocks.pop("CWENA")
    result = read_holdings(path, path.name, CATALOG)
    assert (result.fund, result.snapshot.as_of) == ("SCHD", dt.date(2025, 10, 17))
    assert weights_of(result.snapshot) == pytest.approx(stocks, abs=1e-6)
    assert receipt_of(result.snapshot).rows_read == len(rows)
    assert receipt_of(result.snapshot).rows[Category.REJECTED] == 0
    assert receipt_of(result.snapshot).unknown_columns == ()


def test_a_file_without_the_text_behind_its_table_may_be_cut() -> None:
    told = "after the last row is missing"
    whole, cut = read(_csv([*LINES, *LEGAL]), "SCHD.csv"), read(_csv(LINES), "SCHD.csv")
    assert not any(told in note for note in receipt_of(whole).notes)
    assert any(told in note for note in receipt_of(cut).notes)
    padded = [[*text, ",,,,,"] for text in LEGAL]
    saved = read(_csv([*LINES, *padded]).replace(b",", b";"), "SCHD.csv")
    assert not any(told in note for note in receipt_of(saved).notes)


def test_symbols_of_bonds_are_no_tickers() -> None:
    """`T` is AT&T's ticker, and Schwab's symbol of Treasury notes, which have a maturity."""
    bonds = [
        [*_line("T", "US TREASURY NOTE", "30.0", sector="Treasury"), "4.125", "2031-08-31"],
        [*_line("WIT", "US TREASURY BILL", "9.0", sector="Treasury"), "0.0", "10/15/2025"],
    ]
    lines = [[*LABELS, "Coupon Rate", "Maturity Date"], *([*line, "", ""] for line in LINES[:1])]
    text = "\n".join(",".join(line) for line in [*lines, *bonds])
    snapshot = read(text.encode(), "SCHZ_FundHoldings_2025-10-17.CSV", accept={"weights"})
    assert snapshot.symbols == ("ABBV",)
    assert others_of(snapshot) == {
        "US TREASURY NOTE": Category.OTHER,
        "US TREASURY BILL": Category.CASH,
    }
    assert receipt_of(snapshot).unknown_columns == ()
