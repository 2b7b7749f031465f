"""Directory files as a whole: recognised, dated, bounded, refused."""

import datetime as dt
import json
from pathlib import Path

import pytest

from directory_files import make_listed, make_screener, make_tickers, make_traded
from stockgroups.errors import (
    AmbiguousFileError,
    EmptyFileError,
    NoDateError,
    OversizedFileError,
    SourceError,
    TruncatedFileError,
    UnrecognisedFileError,
)
from stockgroups.readers.directories import LAYOUTS, read_directory
from stockgroups.readers.directories import directory as directories
from stockgroups.readers.directories import read as reading
from stockgroups.readers.directories.directory import Content

APPLE = (320193, "Apple Inc.", "AAPL", "Nasdaq")
GIVEN = dt.date(2026, 3, 4)


def test_the_content_dates_it_then_the_caller_then_the_name() -> None:
    tickers = make_tickers(APPLE)
    assert read_directory(make_traded(["A"]), "x_2020-01-01.txt", as_of=GIVEN).as_of == dt.date(
        2026, 5, 12
    )
    assert read_directory(tickers, "x.json", as_of=GIVEN).as_of == GIVEN
    with pytest.raises(AmbiguousFileError, match=f"2020-01-01 by the file's name, but {GIVEN}"):
        read_directory(tickers, "x_2020-01-01.json", as_of=GIVEN)
    assert read_directory(tickers, "x_2020-01-01.json").as_of == dt.date(2020, 1, 1)
    with pytest.raises(NoDateError, match=r"x\.json: no as-of date .*--as-of"):
        read_directory(tickers, "x.json")


def test_a_date_in_the_content_that_is_none_is_passed_over() -> None:
    data = make_traded(["A"], created="1352202609:17")
    assert read_directory(data, "x_2020-01-01.txt").as_of == dt.date(2020, 1, 1)
    with pytest.raises(NoDateError):
        read_directory(data, "x.txt")


@pytest.mark.parametrize(
    "data",
    [
        make_traded(["A", "AA"], created=None),
        make_traded(["A", "AA"])[:-20],
        make_traded(["A", "AA"]) + b"Y|AAA|",
        make_traded([], created=None),
        make_tickers(APPLE)[:-3],
        make_screener({"symbol": "A"})[:-1],
        make_tickers(APPLE).replace(b"{", b'{"data": [], ', 1),
    ],
    ids=["no footer", "footer cut", "more behind it", "header alone", "sec", "screener", "twice"],
)
def test_what_is_cut_is_refused(data: bytes) -> None:
    with pytest.raises(TruncatedFileError, match="download it again"):
        read_directory(data, "x_2026-05-12.txt")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<!DOCTYPE html><html></html>", "an HTML page, not a symbol"),
        (b"<?xml version='1.0'?><a/>", "XML, not a symbol"),
        (
            b'<?xml version="1.0"?>\n<edgarSubmission xmlns="http://www.sec.gov/edgar/nport"/>',
            "an N-PORT filing, not a symbol",
        ),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            "a workbook in SpreadsheetML, not a symbol",
        ),
        (b"Ticker,Name,Weight\nAAPL,Apple,6.5\n", "known are nasdaqtraded"),
        (b'{"error": "not found"}', "not a known"),
        (b'{"fields": ["cik", "name"], "data": []}', "not a known"),
        (b'[{"symbol": "A"}]', "not a known"),
        (b"[]", "not a known"),
        (b'{"data": {"rows": 7}}', "not a known"),
        (b"\xff\xfeS\0y\0", "UTF-8"),
        (b"[" * 200_000, "nested deeper"),
    ],
)
def test_other_files_are_not_taken_for_directories(data: bytes, words: str) -> None:
    with pytest.raises(UnrecognisedFileError, match=words):
        read_directory(data, "x_2026-05-12.txt")


@pytest.mark.parametrize("data", [b"", b" \n", make_traded([]), make_tickers()])
def test_a_list_of_nothing_is_refused(data: bytes) -> None:
    with pytest.raises(EmptyFileError):
        read_directory(data, "x_2026-05-12.txt")


def test_a_file_beyond_the_limits_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make_listed(["AAPL", "MSFT"])
    path = tmp_path / "nasdaqlisted.txt"
    path.write_bytes(data)
    monkeypatch.setattr(reading, "MAX_FILE_BYTES", len(data))
    assert len(read_directory(path, path.name).listings) == 2
    monkeypatch.setattr(reading, "MAX_FILE_BYTES", len(data) - 1)
    for source in (path, data):
        with pytest.raises(OversizedFileError):
            read_directory(source, path.name)
    monkeypatch.setattr(reading, "MAX_FILE_BYTES", len(data))
    monkeypatch.setattr(directories, "MAX_ENTRIES", 1)
    with pytest.raises(OversizedFileError, match="1 entries"):
        read_directory(data, path.name)


def test_a_file_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        read_directory(tmp_path / "none.txt", "none.txt")


def test_the_second_of_one_symbol_is_rejected_with_the_line_of_the_first() -> None:
    directory = read_directory(make_traded(["A", "B", "A"]), "x.txt")
    assert [listing.symbol for listing in directory.listings] == ["A", "B"]
    assert [(e.line, e.reason) for e in directory.rejected] == [
        (4, "a duplicate of A, listed as 'A' on line 2")
    ]


def test_texts_that_no_database_takes_are_rejected_and_told_readably() -> None:
    rows = [
        (1, "nul \0 here", "AAA", "NYSE"),
        (2, "half a pair \ud800", "BBB", "NYSE"),
        (3, "x" * 501, "CCC", "NYSE"),
        (4, "escape \x1b[31m", "D\x1b", "NYSE"),
    ]
    directory = read_directory(make_tickers(*rows), "x_2026-05-12.json")
    assert directory.account()["rejected"] == 4
    told = json.dumps(directory.to_dict(), ensure_ascii=False)
    assert told.isprintable()
    assert "\\u0000" not in told
    assert told.encode()


def test_every_layout_is_known_by_its_own_files_alone() -> None:
    samples = {
        "nasdaqtraded": make_traded(["A"]),
        "nasdaqlisted": make_listed(["A"]),
        "sec_tickers": make_tickers(APPLE),
        "nasdaq_screener": make_screener({"symbol": "A"}),
    }
    for source, data in samples.items():
        text = data.decode()
        value = json.loads(text) if text[0] in "[{" else None
        content = Content("x", text, value)
        assert [known.source for known in LAYOUTS if known.recognise(content)] == [source]
