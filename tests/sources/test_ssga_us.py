"""State Street's US workbook: as downloaded, and saved again."""

from __future__ import annotations

import datetime as dt

import pytest

from sources.builders import (
    CATALOG,
    SPY,
    SSGA_LABELS,
    read,
    receipt_of,
    ssga_row,
    ssga_rows,
    ssga_xlsx,
    to_csv,
    weights_of,
)
from stockgroups.errors import EmptyFileError, TruncatedFileError
from stockgroups.sources import read_holdings

ROWS = [
    ssga_row("AAPL", "APPLE INC", 60.123456, shares=2.97057744e8),
    ssga_row("BRK.B", "BERKSHIRE HATHAWAY INC CL B", 39.5, identifier="084670702", sector="Fin"),
    ssga_row("-", "US DOLLAR", 0.376544, identifier="999USDZ92", sedol="-"),
]


def test_a_file_as_downloaded() -> None:
    result = read_holdings(ssga_xlsx(ROWS), "holdings-daily-us-en-spy.xlsx", CATALOG)
    snapshot = result.snapshot
    assert (result.fund, result.fund_name, result.format) == ("SPY", SPY, "ssga_us")
    assert snapshot.as_of == dt.date(2023, 1, 10)
    assert weights_of(snapshot) == {"AAPL": 0.60123456, "BRK.B": 0.395}
    assert snapshot.shares == (297057744.0, 1000.0)
    assert snapshot.sectors == (None, "Fin")
    assert snapshot.net_assets is None
    apple = snapshot.refs[0]
    assert (apple.cusip, apple.isin, apple.sedol) == ("037833100", None, "2046251")
    assert (apple.exchange, apple.currency) == (None, "USD")
    receipt = receipt_of(snapshot)
    assert (receipt.rows_read, receipt.unit, receipt.basis) == (3, "percent", "printed")


def test_cells_may_be_text_or_numbers() -> None:
    as_text = [
        ssga_row("AAPL", "APPLE INC", "60.123456", shares="2.97057744E8", identifier=37833100.0),
        *ROWS[1:],
    ]
    snapshot, original = read(ssga_xlsx(as_text)), read(ssga_xlsx(ROWS))
    assert snapshot.weights == original.weights
    assert snapshot.shares == original.shares
    assert snapshot.refs[0].cusip == "037833100"


def test_an_isin_is_told_from_a_cusip() -> None:
    (ref,) = read(ssga_xlsx([ssga_row("LIN", "LINDE PLC", 100, identifier="IE000S9YS762")])).refs
    assert (ref.cusip, ref.isin) == (None, "IE000S9YS762")


def test_saved_again_as_csv() -> None:
    again = read(to_csv(ssga_rows(ROWS)))
    original = read(ssga_xlsx(ROWS))
    assert again.refs == original.refs
    assert again.weights == original.weights
    assert again.as_of == original.as_of


def test_saved_again_without_preamble_and_columns() -> None:
    labels = [*SSGA_LABELS[:5], "Shares Held"]
    rows = [[*row[:5], row[6]] for row in ROWS]
    data = to_csv(ssga_rows(rows, ticker=None, labels=labels))
    result = read_holdings(data, "spy_2023-09_csv-from-excel.csv", CATALOG)
    assert result.fund == "SPY"
    assert result.snapshot.as_of == dt.date(2023, 9, 30)
    assert result.snapshot.symbols == ("AAPL", "BRK.B")
    assert result.snapshot.sectors is None
    assert "every line was taken for a US listing" in receipt_of(result.snapshot).notes[0]


def test_blank_rows_and_legal_text_end_the_table() -> None:
    legal = [[""] * 8] * 90 + [["Past performance is no guide, 2023."], ["", "MORE", "TEXT"]]
    snapshot = read(ssga_xlsx([*ROWS, *legal]))
    assert receipt_of(snapshot).rows_read == 3


def test_no_data_for_that_day() -> None:
    with pytest.raises(EmptyFileError, match="no date"):
        read(ssga_xlsx(ROWS, as_of="-"))
    with pytest.raises(EmptyFileError, match="no rows"):
        read(ssga_xlsx([]))


def test_a_table_that_is_cut() -> None:
    with pytest.raises(TruncatedFileError, match=r"1 row sum to 60\.1235 instead of 100"):
        read(ssga_xlsx(ROWS[:1]))
