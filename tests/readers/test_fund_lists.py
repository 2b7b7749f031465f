"""Which fund a filing is of: the SEC's list of classes, N-CEN reports, and what they make."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from data_sets import fund_list, write_tables
from stockgroups.errors import (
    NoDateError,
    SourceError,
    TruncatedFileError,
    UnrecognisedFileError,
)
from stockgroups.readers.directories import FundList, read_reference
from stockgroups.readers.sec.fund_register import FundRegister
from stockgroups.readers.sec.funds import LIST, REPORT, FundClass
from stockgroups.readers.sec.nport import FilingHeader

DAY = dt.date(2026, 7, 2)
REPORT_XML = """<?xml version="1.0"?><edgarSubmission xmlns="http://www.sec.gov/edgar/ncen">
<headerData><filerInfo><cik>0001496608</cik></filerInfo></headerData><formData><registrantInfo>
<registrantFullName>Some Active ETFs, Inc.</registrantFullName></registrantInfo>
<managementInvestmentQuestion><mgmtInvFundName>Some Fund</mgmtInvFundName>
<mgmtInvSeriesId>S000000001</mgmtInvSeriesId><sharesOutstandings>
<sharesOutstanding sharesOutstandingClassName="A" sharesOutstandingClassId="C000000001"
 sharesOutstandingTickerSymbol="N/A"/></sharesOutstandings>
<fundTypes><fundType>Exchange-Traded Fund</fundType></fundTypes></managementInvestmentQuestion>
<managementInvestmentQuestion><mgmtInvFundName>Other</mgmtInvFundName>
<mgmtInvSeriesId>S000000002</mgmtInvSeriesId><sharesOutstandings>
<sharesOutstanding sharesOutstandingClassId="C000000002" sharesOutstandingTickerSymbol="OTHAX"/>
<sharesOutstanding sharesOutstandingClassId="C000000003" sharesOutstandingTickerSymbol="OTHIX"/>
</sharesOutstandings><fundTypes><fundType>N/A</fundType></fundTypes>
</managementInvestmentQuestion>
<exchangeTradedFund><fundName>Some Fund</fundName><etfSeriesId>S000000001</etfSeriesId>
<securityExchanges><securityExchange fundExchange="ARCX" fundsTickerSymbol="SOME"/>
</securityExchanges></exchangeTradedFund></formData></edgarSubmission>"""


def report(xml: str = REPORT_XML) -> bytes:
    return (
        "<SEC-DOCUMENT>0001410368-26-010918.txt : 20260212\n<SEC-HEADER>\n"
        "ACCESSION NUMBER:\t0001410368-26-010918\nCONFORMED SUBMISSION TYPE:\tN-CEN\n"
        "CONFORMED PERIOD OF REPORT:\t20251130\nFILED AS OF DATE:\t20260212\n</SEC-HEADER>\n"
        f"<DOCUMENT>\n<TEXT>\n<XML>\n{xml}\n</XML>\n</TEXT>\n<TEXT>&nbsp;"
    ).encode()


def read(folder: Path, data: bytes, name: str, as_of: dt.date | None = None) -> FundList:
    (folder / name).write_bytes(data)
    found = read_reference(folder / name, name, as_of=as_of)
    assert isinstance(found, FundList)
    return found


def test_the_list_of_classes(tmp_path: Path) -> None:
    data = fund_list(
        (2110, "S000000001", "C000000001", "SOME"),
        (2110, "S000000002", "C000000002", "othax"),
        (2110, "S000000002", "C000000003", "n/a"),
        (2110, "S000000002", "C000000004", "(NWAKX)"),
        (0, "S000000002", "C000000005", "OTHIX"),
        (2110, "S1", "C000000006", "OTHCX"),
    )
    found = read(tmp_path, data, "company_tickers_mf_2026-07-02.json")
    assert (found.source, found.as_of) == (LIST, DAY)
    assert found.account() == {"read": 6, "listed": 2, "without_ticker": 1, "rejected": 3}
    assert found.classes[1] == FundClass(2110, "S000000002", "C000000002", "OTHAX")
    assert [one.reason for one in found.rejected] == [
        "'(NWAKX)' is not a ticker",
        "'0' is not a CIK",
        "'S1' is not the number of a series",
    ]
    with pytest.raises(NoDateError, match="the day of the download"):
        read(tmp_path, data, "company_tickers_mf.json")
    assert read(tmp_path, data, "company_tickers_mf.json", DAY).as_of_from == "--as-of"
    for damaged in (data[:-9], data.replace(b'"data"', b'"data": [], "data"', 1)):
        assert damaged != data
        with pytest.raises(TruncatedFileError):
            read(tmp_path, damaged, "company_tickers_mf_2026-07-02.json")


def test_a_report_of_a_registrant(tmp_path: Path) -> None:
    found = read(tmp_path, report(), "n-cen.txt")
    assert (found.source, str(found.as_of)) == (REPORT, "2025-11-30")
    told = {"registrant": "Some Active ETFs, Inc."}
    etf = FundClass(1496608, "S000000001", "C000000001", "SOME", "Some Fund", is_etf=True, **told)
    other = FundClass(1496608, "S000000002", "C000000002", "OTHAX", "Other", is_etf=False, **told)
    assert found.classes == (etf, other, other._replace(class_id="C000000003", ticker="OTHIX"))
    for xml, error in [
        (REPORT_XML[:-30], TruncatedFileError),
        (REPORT_XML.replace("?>", '?><!DOCTYPE a [<!ENTITY b "c">]>', 1), UnrecognisedFileError),
        ("<a/>", SourceError),
    ]:
        with pytest.raises(error):
            read(tmp_path, report(xml), "n-cen.txt")


def test_a_quarter_of_reports(tmp_path: Path) -> None:
    write_tables(
        tmp_path / "2026q1_ncen.zip",
        {
            "REGISTRANT": [
                ("ACCESSION_NUMBER", "CIK", "REGISTRANT_NAME"),
                ("a", "0001496608", "Trust"),
            ],
            "FUND_REPORTED_INFO": [
                ("FUND_ID", "ACCESSION_NUMBER", "FUND_NAME", "SERIES_ID", "IS_ETF", "IS_ETMF"),
                ("a_1", "a", "Some Fund", "S000000001", "Y", "N"),
                ("a_2", "a", "Other", "S000000002", "N", "N"),
                ("a_3", "a", "Trust", "", "Y", ""),
            ],
            "SHARES_OUTSTANDING": [
                ("FUND_ID", "CLASS_NAME", "CLASS_ID", "TICKER"),
                ("a_1", "A", "C000000001", "SOME"),
                ("a_2", "A", "C000000002", "OTHAX"),
            ],
        },
    )
    data = (tmp_path / "2026q1_ncen.zip").read_bytes()
    found = read(tmp_path, data, "2026q1_ncen.zip")
    assert str(found.as_of) == "2026-03-31"
    assert [one[1:4] for one in found.classes] == [
        ("S000000001", "C000000001", "SOME"),
        ("S000000002", "C000000002", "OTHAX"),
        (None, None, None),
    ]
    assert [one.is_etf for one in found.classes] == [True, False, True]


def header(series: str | None, cik: int = 1, **told: object) -> FilingHeader:
    return FilingHeader("NPORT-P", cik, "T", series, "F", DAY, **told)  # type: ignore[arg-type]


def klass(
    series: str | None, n: int, ticker: str | None, cik: int = 1, *, is_etf: bool | None = None
) -> FundClass:
    return FundClass(cik, series, f"C{n:09d}", ticker, is_etf=is_etf)


S1, S2, S3, S4 = (f"S00000000{n}" for n in range(1, 5))


def test_the_ticker_of_a_series() -> None:
    older = DAY - dt.timedelta(days=200)
    register = FundRegister(
        [
            *((LIST, DAY, klass(S1, n, t)) for n, t in [(1, "VTSAX"), (9, "VTI"), (2, "VITSX")]),
            (LIST, DAY, klass(S2, 3, "OTHAX")),
            (LIST, DAY, klass(S3, 4, "IBIT", cik=7)),
            (REPORT, DAY, klass(S2, 3, "OTHAX", is_etf=False)),
            (REPORT, DAY, klass(S4, 5, "LATE", is_etf=True)),
            (LIST, older, klass(S1, 1, "WRONG")),
            (LIST, older, klass("S000000009", 8, "VTI")),
        ],
        companies=[(884394, "SPY"), (5, "ADX"), (6, "TWO"), (6, "TWO.WS"), (8, "IBIT")],
        flags={"SPY": True, "TWO": True, "TWO.WS": False},
        etfs={"LATE"},
    )
    found = {series: register.find(header(series))[:3] for series in (S1, S2, S4, "S000000008")}
    assert found == {
        S1: ("VTI", "VTI", True),
        S2: ("OTHAX", "OTHAX", False),
        S4: ("LATE", "LATE", True),
        "S000000008": ("S000000008", None, False),
    }
    taken = register.find(header("S000000009"))
    assert (taken.ticker, taken.why) == (None, f"its ticker was VTI, which {S1} has today")
    contradicted = register.find(header(S3, cik=7))
    assert contradicted.ticker is None
    assert "assigns IBIT to the registrant 8" in contradicted.why
    assert register.find(header(None, 884394))[:3] == ("SPY", "SPY", True)
    assert register.find(header(None, 5))[:3] == ("ADX", "ADX", False)
    assert register.find(header(None, 6))[:3] == ("TWO", "TWO", True)
    assert register.find(header(None, 9))[:3] == ("CIK0000000009", None, False)
    told = register.find(header("S000000008", tickers=("NEWT",)))
    assert (told.key, told.is_etf) == ("NEWT", True)


def test_the_real_files(holdings: Path) -> None:
    paths = [*(holdings / "sec" / "tickers").glob("*_mf_*"), *(holdings / "sec/ncen").iterdir()]
    if not paths:
        pytest.skip("no lists of funds in the folder")
    for path in paths:
        found = read_reference(path, path.name)
        assert isinstance(found, FundList)
        account = found.account()
        assert (
            account["read"] == account["listed"] + account["without_ticker"] + account["rejected"]
        )
        assert account["rejected"] <= 4, found.rejected
        assert account["listed"] >= 22
