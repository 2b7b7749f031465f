"""Files that are known for what they are and hold nothing to load: each says what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from sources.builders import Cell, read, to_csv, workbook
from stockgroups.errors import UnrecognisedFileError, UnsupportedFileError

UCITS_LABELS = (
    "ISIN",
    "SEDOL",
    "Security Name",
    "Currency",
    "Number of Shares",
    "Percent of Fund",
    "Sector Classification",
)
UCITS_ROWS: list[tuple[Cell, ...]] = [
    ("Fund Name:", "Some S&P® U.S. Financials Select Sector UCITS ETF (Acc)"),
    ("ISIN:", "IE0000000001"),
    ("Ticker Symbol:", "ZZZZ GY"),
    ("Holdings As Of:", "16-Jul-2026"),
    (),
    UCITS_LABELS,
    ("US46625H1005", "2190385", "JPMorgan Chase & Co.", "USD", 255570.0, 99.48, "Financials"),
    ("Unassigned", "Unassigned", "U.S. Dollar", "USD", 873073.0, "-", "Unassigned"),
]
NPORT = """<edgarSubmission xmlns="http://www.sec.gov/edgar/nport" xmlns:com="a">
<formData><genInfo><seriesName>SOME FUND</seriesName></genInfo></formData></edgarSubmission>"""


@pytest.mark.parametrize("data", [workbook([UCITS_ROWS]), to_csv(UCITS_ROWS)])
def test_state_streets_ucits_files(data: bytes) -> None:
    with pytest.raises(UnsupportedFileError, match=r"UCITS ETF.*ZZZZ GY.*no tickers.*US site"):
        read(data, "holdings_XLF_2026-07-16.xlsx")
    with pytest.raises(UnsupportedFileError, match="a State Street UCITS fund"):
        read(to_csv(UCITS_ROWS[5:]), "XLF_2026-07-16.csv")


@pytest.mark.parametrize(
    "start", ["", '<?xml version="1.0"?>', '\n<?xml version="1.0"?>\n<!-- -->']
)
def test_nport(start: str) -> None:
    with pytest.raises(UnsupportedFileError, match="N-PORT is recognised and not read yet"):
        read((start + NPORT).encode(), "primary_doc.xml")


def test_other_xml_is_unrecognised() -> None:
    with pytest.raises(UnrecognisedFileError, match="XML"):
        read(NPORT.replace("edgar/nport", "edgar/thirteenf").encode(), "primary_doc.xml")


DIRECTORY = "a symbol directory, not holdings; load it with `stockgroups load-directory`"
LISTS = {
    "nasdaqlisted.txt": (
        "Symbol|Security Name|Market Category|Test Issue|Financial Status|Round Lot Size|ETF\n"
        "ABCD|Abcd, Inc. - Common Stock|Q|N|N|100|N\nFile Creation Time: 0721202521:31||||||\n",
        DIRECTORY,
    ),
    "nasdaqtraded.txt": (
        "Nasdaq Traded|Symbol|Security Name|Listing Exchange|ETF|Test Issue|CQS Symbol\r\n"
        "Y|ABCD|Abcd Corporation|N|N|N|ABCD\r\n",
        DIRECTORY,
    ),
    "company_tickers_exchange.json": (
        '{"fields":["cik","name","ticker","exchange"],"data":[[1,"Abcd","AB-C","NYSE"]]}',
        DIRECTORY,
    ),
    "nyse_full_tickers.json": (
        '[\n {"symbol": "ABCD", "name": "Abcd", "lastsale": "$1.00", "marketCap": "1.00"}\n]',
        DIRECTORY,
    ),
    "constituents.csv": (
        'Symbol,Name,,\nABCD,"Abcd, Inc.",,\n',
        "index constituents without a fund",
    ),
    "sp500.csv": (
        "Symbol,Security,GICS Sector,GICS Sub-Industry\nABCD,Abcd,Energy,Coal\n",
        "index constituents without a fund",
    ),
    "start_end.csv": ("ticker,start_date,end_date\nABCD,2000-06-05,\n", "members by date"),
    "by_date.csv": ('date,tickers\n2000-06-05,"ABCD,EFGH"\n', "members by date"),
    "2026.yaml": ("---\nyear: 2026\ntickers_on_Jan_1:\n  - ABCD\n", "members by date"),
    "changes.csv": ('date,add,remove\n2019-01-18,"ABCD","EFGH"\n', "an index's changes"),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_that_are_no_holdings(name: str) -> None:
    text, words = LISTS[name]
    with pytest.raises(UnsupportedFileError) as caught:
        read(text.encode(), name)
    assert words in str(caught.value)
    assert caught.value.remedy


def test_other_json_and_other_tables_are_unrecognised() -> None:
    for text in ('{"fields": ["a"], "data": []}', "Symbol,Name,Price\nABCD,Abcd,1\n"):
        with pytest.raises(UnrecognisedFileError):
            read(text.encode(), "ABCD_2026-07-02.json")


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        ("ssga_ucits", "no tickers"),
        ("sec/nport", "N-PORT"),
        ("sec", "a symbol directory"),
        ("nasdaqtrader", "a symbol directory"),
        ("nasdaq_screener", "a symbol directory"),
        ("pit/index-constituents", "index constituents"),
        ("pit/n100", "members by date"),
    ],
)
def test_the_real_files(holdings: Path, folder: str, words: str) -> None:
    paths = [path for path in (holdings / folder).iterdir() if path.is_file()]
    assert paths
    for path in paths:
        with pytest.raises(UnsupportedFileError, match=words):
            read(path.read_bytes(), path.name)
