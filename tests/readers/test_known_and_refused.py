"""Files that are known for what they are and hold nothing to load: each says what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from readers.builders import read
from stockgroups.errors import UnrecognisedFileError, UnsupportedFileError

NPORT = """<edgarSubmission xmlns="http://www.sec.gov/edgar/nport" xmlns:com="a">
<formData><genInfo><seriesName>SOME FUND</seriesName></genInfo></formData></edgarSubmission>"""


def test_other_xml_is_unrecognised() -> None:
    with pytest.raises(UnrecognisedFileError, match="XML"):
        read(NPORT.replace("edgar/nport", "edgar/thirteenf").encode(), "primary_doc.xml")


DIRECTORY = "a symbol directory, not holdings; load it with `stockgroups load-directory FILE`"
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
    "VWRP_2026-06-30.csv": (
        "Ticker,Holding name,% of market value,Sector,Region,Market value,Shares\n"
        'ROP,Roche Holding AG,100%,Pharmaceuticals,CH,"US$3,362.80",100\n',
        "1 of its 1 stocks are not from the United States",
    ),
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
    for text in ('{"fields": ["a"], "data": []}', "Symbol,Name,Colour\nABCD,Abcd,1\n"):
        with pytest.raises(UnrecognisedFileError):
            read(text.encode(), "ABCD_2026-07-02.json")


@pytest.mark.parametrize(
    ("folder", "words"),
    [
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


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n", "a Git LFS pointer"),
        (
            '{"0":{"cik_str":1,"ticker":"AAPL","title":"Apple"}}',
            "a register of the SEC, not holdings",
        ),
        (
            '{"fields":["cik","seriesId","classId","symbol"],"data":[[1,"S1","C1","ABCDX"]]}',
            "a register of the SEC, not holdings",
        ),
        (
            "<SEC-DOCUMENT>1.txt : 20260212\n<SEC-HEADER>\nCONFORMED SUBMISSION TYPE:\tN-CEN\n",
            "a register of the SEC, not holdings",
        ),
        ("ACCESSION_NUMBER\tISSUER_NAME\tPERCENTAGE\n1\tA\t2\n", "load-nport FILE"),
        ('{"ticker": "BBH", "rows": [{"Weight": "1%"}]}', "its keys are ticker, rows, Weight"),
        ("<?xml version='1.0'?><edgar><form>D</form></edgar>", "its elements are edgar, form"),
        ("SYMBOL,NAME OF COMPANY,FACE VALUE\nA,B,1\n", "load-universe FILE --universe KEY"),
        ("On trading, by me\nWords\nof (Date, Ticker, Exchange) data:\n", "no table of holdings"),
        ("20170715,AAPL,30303M102\n20170716,AAPL,30303M103\n", "no table of holdings"),
        ("Ticker,Name,Incept. Date\nIVV,iShares,2000\n", "a list of an issuer's funds"),
        ("Date,Open,High,Low,Close\n2026-07-01,1,1,1,1\n", "a history of prices"),
        ("SETTLEMENT DATE|CUSIP|SYMBOL|PRICE\n20190102|G3157S106|ESV|1\n", "load-directory FILE"),
        (
            "Name,Ticker,Identifier,Weight,Held\nApple,AAPL,037833100,100,1\n",
            "most like the format ssga_us, which also has Shares Held",
        ),
        # In another language nothing is like it; the issuer that it names is known.
        (
            "iShares Core DAX\n\nTicker del emisor,Nombre,Peso (%)\nSAP,SAP,60\n",
            "it names iShares, whose formats (ishares_json, ishares_ucits, ishares_us) have other",
        ),
        ("AMUNDI\nUbsidy,Nombre,Peso\nSAP,SAP,60\n", "whose formats (amundi, amundi_json) have"),
        ("iShares or Amundi\nTicker del emisor,Nombre\nSAP,SAP\n", "Ticker del emisor, Nombre;"),
    ],
)
def test_what_a_file_is_instead(text: str, told: str) -> None:
    with pytest.raises((UnrecognisedFileError, UnsupportedFileError)) as caught:
        read(text.encode(), "SPY_2026-07-02.csv")
    assert told in str(caught.value)
