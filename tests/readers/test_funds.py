"""Which fund a file is of."""

from __future__ import annotations

import pytest

from readers.builders import CATALOG, ishares_csv, ishares_rows, ssga_row, ssga_xlsx
from stockgroups.errors import AmbiguousFileError, WrongFundError
from stockgroups.readers import claimed_fund, read_holdings

TWO = ishares_rows({"AAPL": 60.0, "MSFT": 40.0})
SPY_ROWS = [ssga_row("AAPL", "APPLE INC", 60.0), ssga_row("MSFT", "MICROSOFT CORP", 40.0)]


@pytest.mark.parametrize(
    ("name", "ticker"),
    [
        ("IVV_2025-10-16.csv", "IVV"),
        ("holdings-daily-us-en-spy_2025-02-07.xlsx", "SPY"),
        ("ARK_INNOVATION_ETF_ARKK_HOLDINGS_2026-08-18.csv", "ARKK"),
        ("xlre_2025Q4_no-preamble_excel-resaved.xlsx", "XLRE"),
        ("EEM_2025-01_no-preamble.csv", "EEM"),
        ("spy_2023-09_csv-from-excel.csv", "SPY"),
        ("ishares_ZZQ_2026-10-01_original data.csv", "ZZQ"),
        ("zzq_holdings (1).csv", "ZZQ"),
        ("ZZQ20260102.csv", "ZZQ"),
        ("ZZQ_CH0237935652_2026-07-09_swiss.csv", "ZZQ"),
        ("CSP1_holdings.csv", "CSP1"),
        ("SXR8_holdings.csv", "SXR8"),
        ("IS3N_holdings.csv", "IS3N"),
        ("holdings-en-gb_ZZQ.json", "ZZQ"),
        ("holdings-en-gb.json", None),
        ("holdings_de_CH.csv", None),
        ("SP500_list.csv", None),
        ("Q4_report-2.csv", None),
        ("CH0130595124_2026-07-07_xlsx-named.xls", None),
        ("VTI versus SPY.csv", None),
        ("holdings_2026-01-02.csv", None),
        ("AAA_BBB.csv", None),
        ("2026-01-02.csv", None),
    ],
)
def test_the_fund_that_a_name_claims(name: str, ticker: str | None) -> None:
    assert claimed_fund(name, CATALOG) == ticker


def test_the_contents_ticker_comes_first() -> None:
    assert read_holdings(ssga_xlsx(SPY_ROWS), "download.xlsx", CATALOG).fund == "SPY"


def test_the_full_name_is_looked_up_in_the_catalogue() -> None:
    result = read_holdings(ishares_csv(TWO, name="iSHARES Russell 3000® ETF"), "x.csv", CATALOG)
    assert (result.fund, result.fund_name) == ("IWV", "iSHARES Russell 3000® ETF")


def test_a_fund_that_the_catalogue_does_not_know_takes_the_names_ticker() -> None:
    data = ishares_csv(TWO, name="iShares Something New ETF")
    result = read_holdings(data, "ZZQ_2026-07-02.csv", CATALOG)
    assert (result.fund, result.fund_name) == ("ZZQ", "iShares Something New ETF")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (ssga_xlsx(SPY_ROWS), "XLK_2023-01-10.xlsx"),
        (ishares_csv(TWO), "IWM_2026-07-02.csv"),
        (ishares_csv(TWO), "ZZQ_2026-07-02.csv"),  # in capitals: somebody meant a ticker
        (ishares_csv(TWO, name="iShares Something New ETF"), "IWV_2026-07-02.csv"),
    ],
)
def test_content_and_name_that_disagree_are_refused(data: bytes, name: str) -> None:
    with pytest.raises(WrongFundError, match="the file's name says"):
        read_holdings(data, name, CATALOG)


def test_a_word_of_the_name_is_no_claim_against_the_content() -> None:
    assert read_holdings(ishares_csv(TWO), "mine.csv", CATALOG).fund == "IWV"


@pytest.mark.parametrize("name", ["holdings_2026-07-02.csv", "AAA_BBB_2026-07-02.csv"])
def test_nothing_says_which_fund(name: str) -> None:
    with pytest.raises(AmbiguousFileError, match="TICKER_DATE"):
        read_holdings(ishares_csv(TWO, name=None), name, CATALOG)


def test_a_printed_ticker_that_is_none_is_refused() -> None:
    with pytest.raises(AmbiguousFileError, match="not a fund's ticker"):
        read_holdings(ssga_xlsx(SPY_ROWS, ticker="ZPDF GY"), "x.xlsx", CATALOG)


@pytest.mark.parametrize("name", ["CSP1_2021-08-30.csv", "USA_2026-07-02.csv", "FUND 20260702.csv"])
def test_a_name_of_a_ticker_and_a_date_is_of_that_fund(name: str) -> None:
    assert claimed_fund(name, CATALOG) == name[:4].rstrip("_ ")


def test_an_isin_in_the_name_is_the_fund_of_the_catalogue() -> None:
    assert claimed_fund("Constituent_US46137V3574.xlsx", CATALOG) == "RSP"
