"""Workbooks: cells as text, the sheet that counts, and what an archive may not do."""

from __future__ import annotations

import io
import zipfile

import pytest

from sources.builders import pack, read, ssga_row, ssga_rows, workbook, workbook_parts
from stockgroups.errors import (
    EmptyFileError,
    OversizedFileError,
    TruncatedFileError,
    UnrecognisedFileError,
)
from stockgroups.sources import workbook as workbooks
from stockgroups.sources.workbook import read_workbook

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
    with pytest.raises(UnrecognisedFileError, match="no Excel workbook"):
        read(pack({"holdings.csv": "AAPL"}))


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
