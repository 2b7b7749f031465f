"""UBS's workbooks of constituents: ISINs, no tickers, and the date in the footer alone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from readers.builders import Cell, read, receipt_of, to_csv, weights_of, workbook
from stockgroups.errors import AmbiguousFileError

NAME = "UBS Some ETF CHF dis"
ROWS: list[tuple[Cell, ...]] = [
    (NAME,),
    ("ISIN: : CH0000000001",),
    (),
    (),
    ("Securities", "ISIN", "Sedol Code", "Currency", "Price", "Weight %"),
    ("LINDT-REG", "CH0010570759", "5962309", "CHF", "99,600.00", 60.51194),
    ("LINDT-PC", "CH0010570767", "5962280", "CHF", 720.0, 38.7),
    (),
    ("This overview shows the portfolio positions.",),
    ("Source: UBS AG, 07.07.2026",),
    (),
    ("For marketing and information purposes by UBS. UBS funds under Swiss law.",),
]


@pytest.mark.parametrize("data", [workbook([ROWS]), to_csv(ROWS)])
def test_members_are_known_by_their_isins(data: bytes) -> None:
    snapshot = read(data, "SPMCHA.xls")
    assert snapshot.as_of == dt.date(2026, 7, 7)
    assert weights_of(snapshot) == {"CH0010570759": 0.6051194, "CH0010570767": 0.387}
    assert snapshot.refs[0].sedol == "5962309"
    receipt = receipt_of(snapshot)
    assert (receipt.unnamed, receipt.unknown_columns, receipt.suspicions) == (2, (), ())
    with pytest.raises(AmbiguousFileError, match="UBS Some ETF"):
        read(data, "CH0000000001.xls")  # the fund's ISIN is no ticker


def test_the_real_file(holdings: Path) -> None:
    (path,) = (holdings / "ubs").iterdir()
    snapshot = read(path.read_bytes(), "SPMCHA.xls")
    assert (snapshot.as_of, snapshot.member_count) == (dt.date(2026, 7, 7), 79)
    assert sum(filter(None, snapshot.weights or ())) == pytest.approx(0.992199)
