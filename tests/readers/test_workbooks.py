"""Workbooks: cells as text, the sheet that counts, and what an archive may not do."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

import pytest

from readers.biff_files import DATE, ERROR, PERCENT, biff_workbook
from readers.biff_files import Cell as OldCell
from readers.builders import (
    Cell,
    pack,
    read,
    receipt_of,
    ssga_row,
    ssga_rows,
    weights_of,
    workbook,
    workbook_parts,
)
from stockgroups.errors import (
    EmptyFileError,
    OversizedFileError,
    TruncatedFileError,
    UnrecognisedFileError,
)
from stockgroups.model import Category, Snapshot
from stockgroups.readers.containers import workbook as workbooks
from stockgroups.readers.containers.workbook import read_workbook

ROWS = ssga_rows([ssga_row("AAPL", "APPLE INC", 60.0), ssga_row("MSFT", "MICROSOFT CORP", 40.0)])
FILE = workbook([ROWS])


def _sheet(cells: str) -> bytes:
    return pack(workbook_parts([f"<sheetData>{cells}</sheetData>"]))


def test_numbers_become_text_without_loss() -> None:
    rows = read_workbook(workbook([[["a", 2.97057744e8], ["037833100", 0.1, 1e-6, -5.0]]]), "f")
    assert rows[0][:2] == ["a", "297057744"]
    assert rows[1] == ["037833100", "0.1", "1e-06", "-5"]


def test_a_truth_value_is_the_ticker_that_a_spreadsheet_took_for_one() -> None:
    cells = '<row r="1"><c r="A1" t="b"><v>1</v></c><c r="B1"><v>1</v></c></row>'
    below = cells.replace('r="1"', 'r="2"').replace("A1", "A2").replace("B1", "B2")
    assert read_workbook(_sheet(cells + below), "f") == [["TRUE", "1"]] * 2


def test_rows_keep_their_numbers() -> None:
    rows = read_workbook(workbook([[[], [], ["a", "b"], ["c", "d"]]]), "f")
    assert rows.index(["a", "b"]) == 2


def test_a_cover_sheet_is_passed_over() -> None:
    assert read(workbook([[["Read me first"]], ROWS])).symbols == ("AAPL", "MSFT")
    with pytest.raises(EmptyFileError, match="no worksheet holds a table"):
        read(workbook([[["Read me first"]]]))


def test_a_table_of_something_else_is_passed_over() -> None:
    facts: list[list[Cell]] = [["Date", "NAV"], ["10-Jan-2023", 390.5], ["09-Jan-2023", 388.0]]
    assert read(workbook([facts, ROWS, facts])).symbols == ("AAPL", "MSFT")
    with pytest.raises(UnrecognisedFileError, match="its columns are Date, NAV"):
        read(workbook([facts, [["a", "b"], ["c", "d"]]]))


def test_a_hidden_sheet_counts_where_no_other_has_a_table() -> None:
    old = ssga_rows([ssga_row("XOM", "EXXON MOBIL CORP", 100.0)])
    note: list[list[Cell]] = [["Read me"]]
    for shown, symbols in ((ROWS, ("AAPL", "MSFT")), (note, ("XOM",))):
        with zipfile.ZipFile(io.BytesIO(workbook([old, shown]))) as archive:
            parts = {name: archive.read(name).decode() for name in archive.namelist()}
        listed = parts["xl/workbook.xml"]
        parts["xl/workbook.xml"] = listed.replace('name="s1"', 'name="s1" state="hidden"')
        assert read(pack(parts)).symbols == symbols


@pytest.mark.parametrize("cut", [10, 200, len(FILE) // 2, len(FILE) - 1])
def test_a_workbook_that_is_cut(cut: int) -> None:
    with pytest.raises(TruncatedFileError):
        read(FILE[:cut])


def test_a_workbook_that_is_damaged() -> None:
    at = FILE.index(b"xl/worksheets/sheet1.xml") + 60
    damaged = FILE[:at] + bytes([FILE[at] ^ 0xFF]) + FILE[at + 1 :]
    with pytest.raises(TruncatedFileError, match="damaged"):
        read(damaged)


def test_another_archive() -> None:
    with pytest.raises(UnrecognisedFileError, match="not an Excel workbook"):
        read(pack({"holdings.csv": "AAPL"}))
    with pytest.raises(UnrecognisedFileError, match=r"\.ods\); save it as XLSX or CSV"):
        read(pack({"mimetype": "", "content.xml": "<a/>"}))


def test_what_unpacks_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MAX_UNPACKED_BYTES", 1_000_000)
    parts = workbook_parts(["<sheetData/>"])
    with pytest.raises(OversizedFileError, match="unpacks to"):
        read(pack(parts | {"xl/media/image1.png": "x" * 1_000_001}))
    monkeypatch.setattr(workbooks, "MAX_MEMBERS", 5)
    with pytest.raises(OversizedFileError, match="6 parts"):
        read(pack(parts | {"more.xml": ""}))


def test_a_false_size_is_found_out() -> None:
    packed = io.BytesIO(pack(workbook_parts(["<sheetData/>"]) | {"bomb": "x" * 100_000}))
    with zipfile.ZipFile(packed) as archive:
        size = archive.getinfo("bomb").file_size
    lying = packed.getvalue().replace(size.to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(TruncatedFileError, match="damaged"):
        read(lying)


@pytest.mark.parametrize("reference", ['r="XFD1048576"', "r='XFD1048576'", 'r = "xfd1048576"'])
def test_a_cell_in_the_last_corner_is_no_reason_for_a_rectangle(reference: str) -> None:
    with pytest.raises(OversizedFileError, match="1,048,576 rows and 16,384 columns"):
        read(_sheet(f'<row r="1"><c r="A1"><v>1</v></c><c {reference}><v>1</v></c></row>'))


def test_a_long_text_in_many_cells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MAX_TEXT_BYTES", 100_000)
    parts = workbook_parts(
        ["<sheetData>" + '<row><c t="s"><v>0</v></c></row>' * 100 + "</sheetData>"]
    )
    with pytest.raises(OversizedFileError, match="cells that may each hold"):
        read(pack(parts | {"xl/sharedStrings.xml": f"<sst><si><t>{'x' * 2000}</t></si></sst>"}))


def test_any_number_of_sheets_is_read_up_to_one_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    cover = [["Read me first"]] * 300
    monkeypatch.setattr(workbooks, "MAX_CELLS", 1_000)
    assert read(workbook([cover, cover, ROWS])).symbols == ("AAPL", "MSFT")
    with pytest.raises(OversizedFileError, match="before any table"):
        read(workbook([cover] * 5 + [ROWS]))


def _with_cell(sheet: str, reference: str, attributes: str, content: str) -> str:
    """The worksheet with another cell at a place."""
    cell = re.compile(f'<c r="{reference}"[^>]*>.*?</c>')
    made = f'<c r="{reference}"{attributes}>{content}</c>'
    return cell.sub(lambda _: made, sheet, count=1)


def _read_changed(change: Callable[[str], str], styles: str | None = None) -> Snapshot:
    """What is read of a list of three whose worksheet was changed."""
    with zipfile.ZipFile(io.BytesIO(workbook([WEIGHED]))) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    parts[SHEET] = change(parts[SHEET])
    if styles:
        parts["xl/styles.xml"] = styles
    return read(pack(parts), "MINE_2026-07-02.xlsx")


SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
WEIGHED: list[tuple[Cell, ...]] = [
    ("symbol", "name", "weight"),
    ("AAPL", "Apple", 0.6),
    ("MSFT", "Microsoft", 0.395),
    ("NVDA", "Nvidia", 0.005),
]
ODD_CELLS = {
    "an error": (' t="e"', "<v>#N/A</v>", "'#N/A' is not a number"),
    "an error of a formula": (" t='e'", "<f>1/0</f><v>#DIV/0!</v>", "'#DIV/0!' is not a number"),
    "a formula": ("", "<f>C2-C3</f>", "'#UNCALCULATED!' is not a number"),
    "a formula with an empty value": ("", "<f>C2-C3</f><v></v>", "'#UNCALCULATED!' is no"),
    "a formula as openpyxl writes it": ("", "<f>C2</f><v />", "'#UNCALCULATED!' is no"),
}


@pytest.mark.parametrize("kind", ODD_CELLS)
def test_a_weight_that_is_no_number_rejects_its_row(kind: str) -> None:
    attributes, content, reason = ODD_CELLS[kind]
    snapshot = _read_changed(lambda sheet: _with_cell(sheet, "C4", attributes, content))
    assert weights_of(snapshot) == {"AAPL": 0.6, "MSFT": 0.395}
    (line,) = receipt_of(snapshot).lines
    assert (line.category, line.ticker, line.line) == (Category.REJECTED, "NVDA", 4)
    assert reason in line.reason


def test_an_error_in_a_text_is_no_text() -> None:
    snapshot = _read_changed(lambda sheet: _with_cell(sheet, "B2", ' t="e"', "<v>#REF!</v>"))
    assert (snapshot.refs[0].symbol, snapshot.refs[0].name) == ("AAPL", None)


@pytest.mark.parametrize("code", [None, "0.0%", "[Red]0.00\\%;0.00%"])
def test_fractions_that_are_shown_as_per_cent(code: str | None) -> None:
    def change(sheet: str) -> str:
        for row, value in enumerate(("0.6", "3.95E-1", "0.005"), start=2):
            sheet = _with_cell(sheet, f"C{row}", ' s="1"', f"<v>{value}</v>")
        return sheet

    number, told = "10", ""
    if code is not None:
        number, told = "164", f'<numFmt numFmtId="164" formatCode="{code}"/>'
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts>{told}</numFmts><cellStyleXfs><xf numFmtId="9"/>'
        f'</cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="{number}"/></cellXfs>'
        "</styleSheet>"
    )
    snapshot = _read_changed(change, styles)
    assert weights_of(snapshot) == {"AAPL": 0.6, "MSFT": 0.395, "NVDA": 0.005}
    assert receipt_of(snapshot).unit == "percent"


@pytest.mark.parametrize(
    "dimension", ['<dimension ref="1:10901"/>', '<dimension ref="A1"></dimension>']
)
def test_what_a_sheet_says_of_its_own_size_makes_no_difference(dimension: str) -> None:
    snapshot = _read_changed(lambda sheet: sheet.replace("<sheetData>", dimension + "<sheetData>"))
    assert len(snapshot.refs) == 3


def test_members_without_a_weight_are_told() -> None:
    snapshot = read(b"symbol,weight\nAAPL,60\nMSFT,40\nNVDA,n/a\nAMD,\n", "MINE_2026-07-02.csv")
    assert "2 members without a weight (line 4: NVDA, and 1 more)" in receipt_of(snapshot).notes


def test_an_old_workbook() -> None:
    about = [["Fund Name:", "SPDR® S&P 500® ETF"], ["Ticker Symbol:", "SPY"]]
    dated = [["Holdings: As of 02-Jul-2026"], []]
    labels = ["Name", "Ticker", "Identifier", "SEDOL", "Weight", "Sector", "Shares Held"]
    rows: list[list[OldCell]] = [
        ["Apple", "AAPL", 37833100.0, "-", (0.6, PERCENT), "-", 3.0],
        ["Microsoft", "MSFT", "594918104", "-", (0.395, PERCENT), "-", (46205.0, DATE)],
        ["Nvidia", "NVDA", "67066G104", "-", ERROR, "-", 5.0],
    ]
    data = biff_workbook([*about, *dated, labels, *rows], hidden=[["a", "b"], ["c", "d"]])
    snapshot = read(data, "holdings-daily-us-en-spy.xls")
    assert weights_of(snapshot) == {"AAPL": 0.6}
    assert snapshot.refs[0].cusip == "037833100"
    assert {line.reason for line in receipt_of(snapshot).lines} == {
        "shares: '2026-07-0200:00:00' is not a number",
        "weight: '#N/A' is not a number",
    }
    alone = biff_workbook([["A note"]], hidden=[*about, *dated, labels, *rows])
    assert read(alone, "holdings-daily-us-en-spy.xls").refs == snapshot.refs
    for damaged in (data[:3000], data[:600] + b"\xff" * 50 + data[650:]):
        with pytest.raises(UnrecognisedFileError, match="an old Excel file"):
            read(damaged, "SPY_2026-07-02.xls")
    with pytest.raises(EmptyFileError, match="no worksheet holds a table"):
        read(biff_workbook([]), "SPY_2026-07-02.xls")
    with pytest.raises(OversizedFileError, match="more than 4,194,304 bytes"):
        read(data + bytes(4 * 1024 * 1024), "SPY_2026-07-02.xls")
