"""CUSIPs that lack a character: check digits that files leave off, zeros that spreadsheets drop."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import cusip

from readers.builders import (
    ISHARES_LABELS,
    ishares_row,
    read,
    ssga_row,
    ssga_xlsx,
    workbook,
)
from stockgroups.symbols.identifiers import complete_cusips

WHOLE = ["037833100", "084670702", "594918104", "67066G104", "G0750C108"]

bodies = st.text("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", min_size=8, max_size=8).filter(
    lambda body: bool(body.strip("0"))
)


def _cusips_read(identifiers: list[str]) -> list[str | None]:
    tickers = ["AAPL", "BRK.B", "MSFT", "NVDA", "AXTA"]
    weight = 100 / len(identifiers)
    rows = [
        ssga_row(ticker, f"{ticker} INC", weight, identifier=identifier)
        for ticker, identifier in zip(tickers, identifiers, strict=False)
    ]
    rows.append(ssga_row("-", "US DOLLAR", 0.0, identifier="999USDZ92", sedol="-"))
    return [ref.cusip for ref in read(ssga_xlsx(rows)).refs]


def test_a_file_without_check_digits_though_its_cash_has_nine_characters() -> None:
    assert _cusips_read([text[:8] for text in WHOLE]) == WHOLE


def test_zeros_that_were_lost_beside_cusips_that_are_whole() -> None:
    assert _cusips_read([text.lstrip("0") for text in WHOLE]) == WHOLE


def test_zeros_that_every_row_lost() -> None:
    assert complete_cusips(["37833100", "84670702"]) == ["037833100", "084670702"]


def test_zeros_that_were_lost_in_a_file_without_check_digits() -> None:
    assert _cusips_read([text[:8].lstrip("0") for text in WHOLE]) == WHOLE


@pytest.mark.parametrize("text", ["3.07E+108", "37833109", "37833-10", "٣٧٨٣٣١٠٠", "", None])
def test_what_cannot_be_completed_stays_as_it_was_printed(text: str | None) -> None:
    assert complete_cusips([text, "594918104"]) == [text, "594918104"]


def test_a_number_that_a_spreadsheet_broke_tells_nothing_of_the_others() -> None:
    printed = [text[:8] for text in WHOLE]
    assert complete_cusips(["3.07E+108", *printed]) == ["3.07E+108", *WHOLE]


def test_a_sedol_is_not_made_a_cusip() -> None:
    fits_both = "2000008"  # 002000008 has the check digit of a CUSIP
    assert complete_cusips([fits_both, "594918104"]) == [fits_both, "594918104"]
    assert complete_cusips(["2046251", "2588173"]) == ["2046251", "2588173"]


@given(st.lists(bodies, min_size=1))
def test_what_a_file_lacks_comes_back(texts: list[str]) -> None:
    whole = [body + cusip.calc_check_digit(body) for body in texts]
    assert complete_cusips(whole) == whole
    lost = [text.lstrip("0") for text in whole]
    for text, completed in zip(whole, complete_cusips([*lost, "594918104"]), strict=False):
        assert completed in {text, text.lstrip("0")}
        assert completed == text or len(text.lstrip("0")) == 7


def test_a_cusip_that_a_spreadsheet_made_a_number_rejects_no_stock() -> None:
    labels = [*ISHARES_LABELS[:7], "Shares", "CUSIP", "ISIN", *ISHARES_LABELS[8:]]
    sheet: list[list[str | float]] = [list(labels)]
    for ticker, value, cusip_cell, isin in (
        ("EB", 30.0, 2.9975e113, "US29975E1091"),
        ("CROX", 970.0, 227046109.0, "US2270461096"),
    ):
        row: dict[str, str | float] = {**ishares_row(ticker, ticker, value, value / 10)}
        row |= {"Shares": value, "CUSIP": cusip_cell, "ISIN": isin}
        sheet.append([row[label] for label in labels])
    snapshot = read(workbook([sheet]), "IWM_2021-05-14.xlsx")
    assert snapshot.symbols == ("EB", "CROX")
    assert [ref.cusip for ref in snapshot.refs] == ["2.9975e+113", "227046109"]
    assert [ref.isin for ref in snapshot.refs] == ["US29975E1091", "US2270461096"]
