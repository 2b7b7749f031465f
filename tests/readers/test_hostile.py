"""Files that are made to do harm: each refused with a typed error, or read with nothing left of it.

Time and memory are bounded by reading in a process of its own; the wall limit is a safety net.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory_files import make_tickers, make_traded
from readers.accounts import check_directory, check_snapshot
from readers.builders import (
    ishares_csv,
    ishares_row,
    ishares_rows,
    pack,
    read,
    receipt_of,
    ssga_row,
    ssga_xlsx,
    workbook_parts,
)
from readers.hostile import EXPECTED, make_sheet, make_two_faced, make_xml
from readers.layouts import LAYOUTS
from readers.printing import Layout
from stockgroups.errors import (
    EmptyFileError,
    NoDateError,
    SourceError,
    TruncatedFileError,
    UnrecognisedFileError,
)
from stockgroups.jobs.folder import find_files
from stockgroups.readers.directories import read_directory
from stockgroups.readers.values.numbers import parse_number, parse_numbers

TESTS = Path(__file__).parents[1]

NUMBERS = [
    *("1e400", "-1e400", "NaN", "nan", "inf", "-Infinity", "1_000", "--5", "+-5", "0x1F", "e5"),
    *("١٢٣", "½", "９", "9" * 10_000, "-" + "9" * 400, "1e18", "1.1e18", "-1e18", "1e-400", "1e+5"),
    *("1,5", ",500", "1,,000", "1234,567", "1.234,567", "1,0000", "1,000", "12,345,678.9", "1,0e3"),
    *("", " ", "-", "--", "N/A", "(5)", "(-5)", "((5))", "$5", "$ -5", "5%", "% 5", ".5", "5."),
    *("1 000", "1\xa0000", "1 2", "'5", "=1+1", "#REF!", "TRUE", "5e5e5", "1.2.3", "-0", "00012"),
]  # fmt: skip


@pytest.fixture(scope="module")
def reader() -> Iterator[subprocess.Popen[str]]:
    """A process that reads each file that is named to it in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "readers.hostile"],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


@pytest.mark.parametrize("name", EXPECTED)
def test_memory_and_time_are_bounded(reader: subprocess.Popen[str], name: str) -> None:
    assert reader.stdin is not None
    assert reader.stdout is not None
    print(name, file=reader.stdin, flush=True)
    error = EXPECTED[name]
    assert reader.stdout.readline() == f"0 {error.__name__ if error else 'read'}\n"


def test_a_folder_of_pipes_loops_and_devices(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_bytes(b"AAPL\n")
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "device.csv").symlink_to("/dev/zero")
    (tmp_path / "itself.csv").symlink_to(tmp_path / "itself.csv")
    (tmp_path / "nowhere.csv").symlink_to(tmp_path / "none")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    listing = find_files(tmp_path)
    assert [path.name for path in listing.files] == ["good.csv"]
    assert [passed.name for passed in listing.passed_over] == ["loop"]
    assert [error.where for error in listing.errors] == [
        "device.csv",
        "itself.csv",
        "nowhere.csv",
        "pipe.csv",
    ]


@given(st.lists(st.sampled_from(NUMBERS), max_size=4))
def test_a_column_of_odd_numbers_reads_as_its_cells_do(cells: list[str]) -> None:
    numbers, errors = parse_numbers(cells)
    for position, cell in enumerate(cells):
        if position in errors:
            assert numbers[position] is None
            with pytest.raises(ValueError, match="not a number"):
                parse_number(cell)
        else:
            assert numbers[position] == parse_number(cell)


def test_market_values_that_cancel_out_make_no_weights() -> None:
    rows = [
        ishares_row("AAPL", "APPLE INC", 1e18, 50.0),
        ishares_row("MSFT", "MICROSOFT CORP", -1e18, 49.0),
        ishares_row("IBM", "IBM CORP", 0.01, 1.0),
    ]
    snapshot = read(ishares_csv(rows))
    check_snapshot(snapshot)
    assert snapshot.weights == (0.5, 0.49, 0.01)


@pytest.mark.parametrize(
    "as_of",
    [
        "Feb 31, 2026",
        "Jan 01, 0001",
        "Dec 31, 9999",
        "Jul 00, 2026",
        "31-Feb-2026",
        "1e9",
    ],
)
def test_dates_that_are_none(as_of: str) -> None:
    with pytest.raises(NoDateError, match="not understood"):
        read(ishares_csv(ishares_rows({"AAPL": 1.0}), as_of=as_of), "IWV.csv")
    with pytest.raises(NoDateError, match="no as-of date"):
        read(b"AAPL\n", "MINE_2026-02-31.csv")


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.source)
def test_a_header_alone(layout: Layout) -> None:
    if layout.below_holds:
        pytest.skip("its second table is never empty")
    for writer in layout.writers:
        sheet = [*layout.above[0], list(layout.columns), *layout.below[0]]
        with pytest.raises((EmptyFileError, NoDateError)):
            read(writer(sheet), layout.file_name, as_of=dt.date(2026, 7, 2))


def test_labels_that_stand_twice_in_a_header() -> None:
    twice = [["Symbol", "Company Name", "Index Weight", "Symbol", "Index Weight"]]
    twice += [["AAPL", "APPLE INC", "100.00", "MSFT", "7"]]
    data = "\n".join(",".join(row) for row in twice).encode()
    snapshot = read(data, "XLK_2026-07-02.csv")
    assert snapshot.symbols == ("AAPL",)
    assert receipt_of(snapshot).unknown_columns == ("Symbol", "Index Weight")


def test_rows_after_the_footer_are_missed() -> None:
    rows = ishares_rows({"AAPL": 50.0, "MSFT": 50.0})
    whole, lost = ishares_csv(rows[:1], footer="Legal"), ishares_csv(rows[1:], name=None)
    with pytest.raises(TruncatedFileError, match="rows follow the end of the table"):
        read(whole + lost.partition(b"\n")[2])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp037"])
def test_other_encodings(encoding: str) -> None:
    text = ishares_csv(ishares_rows({"AAPL": 50.0, "MSFT": 50.0})).decode()
    data = text.replace("\xa0", "").encode(encoding)
    try:
        snapshot = read(data)
    except SourceError:
        return
    assert encoding in {"utf-16-le", "utf-16-be", "utf-7"}  # the last is ASCII but for few signs
    assert snapshot.symbols == ("AAPL", "MSFT")
    check_snapshot(snapshot)


def test_two_readers_of_one_archive_see_the_same() -> None:
    shown = ssga_xlsx([ssga_row("AAPL", "APPLE INC", 100.0)])
    hidden = ssga_xlsx([ssga_row("MSFT", "MICROSOFT CORP", 100.0)])
    assert read(make_two_faced(shown, hidden)).symbols == ("AAPL",)
    assert read(make_two_faced(hidden, shown)).symbols == ("MSFT",)


@pytest.mark.parametrize("name", ["xl/vbaProject.bin", "XL/VBAPROJECT.BIN", "vbaProject.bin"])
def test_macros(name: str) -> None:
    with pytest.raises(UnrecognisedFileError, match="macros"):
        read(pack(workbook_parts(["<sheetData/>"]) | {name: "x"}))


@pytest.mark.parametrize("packing", [12, 14, 93, 99])
def test_other_packings(packing: int) -> None:
    data = bytearray(ssga_xlsx([ssga_row("AAPL", "APPLE INC", 100.0)]))
    record = data.index(b"PK\1\2")
    data[record + 10] = packing
    with pytest.raises(UnrecognisedFileError, match="packed"):
        read(bytes(data))


def test_an_archive_in_an_archive() -> None:
    inner = ssga_xlsx([ssga_row("AAPL", "APPLE INC", 100.0)]).decode("latin-1")
    with pytest.raises(UnrecognisedFileError):
        read(pack({"xl/workbook.xml": inner, "holdings.xlsx": inner}))


@pytest.mark.parametrize("days", ["-1e300", "-2e11", "1e300", "NaN", "2958466"])
def test_a_date_that_no_calendar_has(days: str, capfd: pytest.CaptureFixture[str]) -> None:
    row = f'<row><c s="1"><v>{days}</v></c><c><v>1</v></c></row>'
    parts = workbook_parts([f"<sheetData>{row * 2}</sheetData>"])
    styles = (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    )
    relations = "xl/_rels/workbook.xml.rels"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts[relations] = parts[relations].replace(
        "</", f'<Relationship Id="s" Type="{office}/styles" Target="styles.xml"/></', 1
    )
    with pytest.raises(SourceError):
        read(pack(parts | {"xl/styles.xml": styles}))


def test_entities() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY a "lol">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    outside = '<!DOCTYPE a [<!ENTITY j SYSTEM "file:///etc/passwd">'
    for doctype in (bomb, outside):
        with pytest.raises(UnrecognisedFileError, match="document type"):
            read(make_xml("&j;", before=doctype + "]>"))
        parts = workbook_parts(['<sheetData><row><c t="str"><v>&j;</v></c></row></sheetData>'])
        name = "xl/worksheets/sheet1.xml"
        with pytest.raises(SourceError):
            read(pack(parts | {name: doctype + "]>" + parts[name]}))


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1" t="zz"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>5</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>-1</v></c></row>',
        '<row r="1"><c r="A0"><v>1</v></c></row>',
        '<row r="1"><c r="&#65;9"><v>1</v></c></row>',
        '<row r="-1"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v>',
    ],
)
def test_worksheets_that_are_none(cells: str) -> None:
    with pytest.raises(SourceError):
        read(make_sheet(cells))


@pytest.mark.parametrize("footer", ["9902202609:17", "0231202609:17", "0101999909:17"])
def test_dates_of_directories(footer: str) -> None:
    with pytest.raises(NoDateError):
        read_directory(make_traded(["A"], created=footer), "x.txt")


def test_numbers_of_directories() -> None:
    odd = [1e400, float("nan"), -1, 1.5, True, "1_0", "١٢", "9" * 400, [1], {"a": 1}, 10**400]
    rows = [(number, "A", f"A{chr(65 + at)}", "NYSE") for at, number in enumerate(odd)]
    directory = read_directory(make_tickers(*rows, (7, "B", "B", "NYSE")), "x_2026-05-12")
    check_directory(directory)
    assert [listing.symbol for listing in directory.listings] == ["B"]
    with pytest.raises(TruncatedFileError):
        read_directory(make_tickers().replace(b"[]", b"[" + b"9" * 10_000 + b"]"), "x_2026-05-12")


def test_json_nested_to_any_depth() -> None:
    """Around the depth at which Python gives up, reading may succeed and printing fail."""
    for depth in (10, 500, *range(900, 1000, 7), 5_000, 100_000):
        for sign in ("[", '{"a":'):
            nested = sign * depth + "1" + {"[": "]"}.get(sign, "}") * depth
            text = f'[{{"portId":{nested},"holdingDetailItem":[{nested}]}}]'
            with pytest.raises(SourceError):
                read(text.encode(), "VOO_2026-07-02.json")
            with pytest.raises(SourceError):
                read_directory(f'{{"fields":["cik",{nested}],"data":[]}}'.encode(), "x_2026-07-02")
