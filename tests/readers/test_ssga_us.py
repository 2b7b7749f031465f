"""State Street's US workbook: as downloaded, and saved again."""

from __future__ import annotations

import datetime as dt
import html

import pytest

from readers.biff_files import Cell as OldCell
from readers.biff_files import biff_workbook
from readers.builders import (
    CATALOG,
    SPY,
    SSGA_LABELS,
    others_of,
    read,
    receipt_of,
    ssga_row,
    ssga_rows,
    ssga_xlsx,
    to_csv,
    weights_of,
)
from stockgroups.errors import EmptyFileError, GuardError
from stockgroups.model import Category
from stockgroups.readers import read_holdings

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
    assert "every line was read as a US listing" in receipt_of(result.snapshot).notes[0]


def test_blank_rows_and_legal_text_end_the_table() -> None:
    legal = [[""] * 8] * 90 + [["Past performance is no guide, 2023."], ["", "MORE", "TEXT"]]
    snapshot = read(ssga_xlsx([*ROWS, *legal]))
    assert receipt_of(snapshot).rows_read == 3


def test_no_data_for_that_day() -> None:
    with pytest.raises(EmptyFileError, match="no date"):
        read(ssga_xlsx(ROWS, as_of="-"))


@pytest.mark.parametrize("as_of", ["As of: 10-Jan-2023", "As of 10-Jan-2023", "10-Jan-2023"])
def test_the_words_before_the_date_vary(as_of: str) -> None:
    assert read(ssga_xlsx(ROWS, as_of=as_of)).as_of == dt.date(2023, 1, 10)
    with pytest.raises(EmptyFileError, match="no rows"):
        read(ssga_xlsx([]))


def test_a_table_that_is_cut() -> None:
    with pytest.raises(GuardError, match=r"1 row sum to 60\.1235 instead of 100"):
        read(ssga_xlsx(ROWS[:1]))


def test_tickers_of_2021_have_a_country_and_money_its_identifier() -> None:
    rows = [
        ssga_row("AAPL", "Apple Inc.", 90.0, identifier="03783310"),
        ssga_row("SU-CA", "Suncor Energy", 5.0, identifier="86722410", currency="CAD"),
        ssga_row("GIB.A-CA", "CGI Inc. Class A", 1.0, identifier="12532H10", currency="CAD"),
        ssga_row("SHOP-US", "Shopify Inc.", 1.0, identifier="82509L10"),
        ssga_row("NDA-SE", "Nordea", 1.0, sedol="BYZF9J9", identifier="-", currency="SEK"),
        ssga_row("EVO-SE", "Evolution", 0.5, sedol="-", identifier="-", currency="SEK"),
        ssga_row("CASH_USD", "U.S. Dollar", 0.5, identifier="CASH_USD", sedol="-"),
        ssga_row("CASH_CAD", "Canadian Dollar", 0.5, identifier="-", sedol="-", currency="CAD"),
        ssga_row(
            "964WKM90", "STATE STREET INSTITUTIONAL LIQ", 0.4, identifier="964WKM90", sedol="-"
        ),
        ssga_row("12345678", "SOMETHING ELSE", 0.1, identifier="12345678", sedol="-"),
    ]
    snapshot = read(ssga_xlsx(rows, ticker="KOMP"), "holdings-daily-us-en-komp.xlsx")
    assert weights_of(snapshot) == {"AAPL": 0.9, "SU.XTSE": 0.05, "GIB-A.XTSE": 0.01, "SHOP": 0.01}
    assert snapshot.refs[1].ticker == "SU-CA"
    assert others_of(snapshot) == {
        "Nordea": Category.UNRESOLVED,
        "Evolution": Category.REJECTED,
        "U.S. Dollar": Category.CASH,
        "Canadian Dollar": Category.CASH,
        "STATE STREET INSTITUTIONAL LIQ": Category.CASH,
        "SOMETHING ELSE": Category.OTHER,
    }
    reasons = {line.name: line.reason for line in receipt_of(snapshot).lines}
    assert reasons["Nordea"] == "a line in 'SEK' without an exchange; known by SEDOL BYZF9J9"


def test_stocks_without_an_exchange_are_recorded_and_no_members() -> None:
    rows = [
        ssga_row("AAPL", "Apple Inc.", 40.0),
        ssga_row("NOVN", "Novartis", 60.0, sedol="7103065", identifier="-", currency="CHF"),
    ]
    snapshot = read(ssga_xlsx(rows, ticker="SPDW"), "holdings-daily-us-en-spdw.xlsx")
    assert weights_of(snapshot) == {"AAPL": 0.4}
    assert (snapshot.refs[1].symbol, snapshot.refs[1].sedol) == (None, "7103065")
    assert snapshot.weights == (0.4, 0.6)
    (line,) = receipt_of(snapshot).lines
    assert (line.reason, line.weight) == (
        "a line in 'CHF' without an exchange; known by SEDOL 7103065",
        0.6,
    )


def test_the_layout_until_2019() -> None:
    about = [["Fund Name:", SPY], ["Ticker Symbol:", "SPY"], ["Holdings:", "As of 29-Mar-2019"], []]
    labels = ["Name", "Identifier", "Weight", "Sector", "Shares Held"]
    rows: list[list[OldCell]] = [
        ["Apple Inc.", "AAPL", 60.5, "Information Technology", 100.0],
        ["Berkshire Hathaway Inc. Class B", "BRK.B", 39.0, "Financials", 50.0],
        ["SSI US GOV MONEY MARKET CLASS", "924QSGII3", 0.5, "Unassigned", 7.0],
        ["Cash_USD", "CASH_USD", 0.0, "Unassigned", 1.0],
    ]
    legal = [[], ["Past performance is not a guarantee of future results. " * 3]]
    data = biff_workbook([*about, labels, *rows, *legal])
    snapshot = read(data, "SPY_All_Holdings.xls")
    assert (snapshot.source, snapshot.as_of) == ("ssga_us", dt.date(2019, 3, 29))
    assert weights_of(snapshot) == {"AAPL": 0.605, "BRK.B": 0.39}
    assert set(others_of(snapshot).values()) == {Category.CASH}
    assert [ref.cusip for ref in snapshot.refs] == [None, None]


@pytest.mark.parametrize(
    "page", ["{}", "<!DOCTYPE html><html><body><p>Holdings</p>{}</body></html>"]
)
def test_a_table_of_html_under_the_name_of_a_workbook(page: str) -> None:
    cells = [[html.escape(str(cell)) for cell in row] for row in ssga_rows(ROWS)]
    lines = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in cells]
    table = "<table border=1>" + "".join(lines) + "</table>"
    snapshot = read(page.format(table).encode(), "holdings-daily-us-en-spy.xls")
    whole = read(ssga_xlsx(ROWS), "holdings-daily-us-en-spy.xlsx")
    assert (snapshot.as_of, snapshot.refs) == (whole.as_of, whole.refs)
    assert snapshot.weights == whole.weights
