"""The Select Sector SPDRs' index lists: the sentence above the table, weights with signs."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest

from readers.builders import CATALOG, read, receipt_of, weights_of
from stockgroups.errors import (
    AmbiguousFileError,
    EmptyFileError,
    GuardError,
    NoDateError,
    TruncatedFileError,
    WrongFundError,
)
from stockgroups.readers import read_holdings

SENTENCE = "Index Holdings and weightings as of 6:03 PM ET 02/03/2025,,,,,,,"
HEADER = "Symbol,Company Name,Index Weight,Last,Change,%Change,Volume,52 Week Range"
LINES = [
    "BRK.b,Berkshire Hathaway B,60.12%,482.53,+0.65,+0.08%,2.81 M,382.53 - 572.53",
    '"JPM","JPMorgan Chase, Inc.",30.00%,248.18,-5.69,-1.05%,5.82 M,138.06 - 330.63',
    "V,Visa Inc,9.87%,351.87,-0.28,-0.18%,7.69 M,243.13 - 368.72",
]


def _csv(*, first: str = SENTENCE, header: str = HEADER, lines: list[str] = LINES) -> bytes:
    return "\n".join(["\ufeff" + first, header, *lines]).encode()


def test_the_index_list() -> None:
    result = read_holdings(_csv(), "index-holdings-xlf.csv", CATALOG)
    snapshot, receipt = result.snapshot, receipt_of(result.snapshot)
    assert (result.fund, result.format) == ("XLF", "select_sector")
    assert snapshot.as_of == dt.date(2025, 2, 3)
    assert weights_of(snapshot) == {"BRK.B": 0.6012, "JPM": 0.3, "V": 0.0987}
    assert (receipt.basis, receipt.unit, receipt.unknown_columns) == ("printed", "percent", ())
    assert "index" in receipt.notes[0]
    assert snapshot.shares is None


def test_the_fund_above_the_table_counts() -> None:
    first = "Financial Select Sector SPDR Fund (XLF),,,,,,,"
    assert read_holdings(_csv(first=first), "list_2025-02-03.csv", CATALOG).fund == "XLF"
    with pytest.raises(WrongFundError):
        read(_csv(first=first), "index-holdings-xlv_2025-02-03.csv")


def test_saved_again_with_fractions_and_new_columns() -> None:
    header = HEADER.replace("Volume", "Shares Held")
    lines = [
        line.replace("60.12%", "0.6012").replace("30.00%", "0.3").replace("9.87%", "0.0987")
        for line in LINES
    ]
    snapshot = read(_csv(header=header, lines=lines), "XLF.csv")
    assert weights_of(snapshot)["V"] == 0.0987
    assert receipt_of(snapshot).unknown_columns == ("Shares Held",)


def test_refusals() -> None:
    with pytest.raises(AmbiguousFileError, match="fund"):
        read(_csv(), "index-holdings.csv")
    with pytest.raises(NoDateError):
        read(_csv(first=",,,,,,,"), "index-holdings-xlf.csv")
    with pytest.raises(GuardError):
        read(_csv(lines=LINES[1:]), "index-holdings-xlf.csv")
    with pytest.raises(GuardError):  # one percent, not the whole
        read(_csv(lines=[LINES[0].replace("60.12%", "1.00%")]), "index-holdings-xlf.csv")
    with pytest.raises(TruncatedFileError, match="cut"):
        read(_csv()[:-30], "index-holdings-xlf.csv")
    with pytest.raises(EmptyFileError):
        read(_csv(lines=[]), "index-holdings-xlf.csv")


@pytest.mark.parametrize(
    ("fund", "as_of", "members"),
    [("xlc", dt.date(2023, 9, 26), 23), ("xlv", dt.date(2025, 2, 3), 61)],
)
def test_the_real_files(holdings: Path, fund: str, as_of: dt.date, members: int) -> None:
    path = next((holdings / "sectorspdrs").glob(f"*{fund}*.csv"))
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file.readlines()[1:]))
    expected = {row["Symbol"].upper(): float(row["Index Weight"].strip("%")) / 100 for row in rows}
    result = read_holdings(path, path.name, CATALOG)
    assert (result.fund, result.snapshot.as_of) == (fund.upper(), as_of)
    assert weights_of(result.snapshot) == pytest.approx(expected, abs=1e-6)
    assert len(expected) == members
