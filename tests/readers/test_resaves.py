"""Files saved again by a spreadsheet: other delimiters, UTF-16, decimal commas, no preamble."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers.accounts import DAY
from readers.builders import CATALOG, ishares_csv, ishares_rows, read, receipt_of, weights_of
from readers.layouts import LAYOUTS
from readers.positions import POSITIONS
from readers.printing import CSV, NUMBER, Layout, Sheet
from stockgroups.errors import (
    GuardError,
    TruncatedFileError,
    UnrecognisedFileError,
    UnsupportedFileError,
)
from stockgroups.model import Snapshot
from stockgroups.readers import read_holdings
from stockgroups.readers.containers.delimiters import find_delimiter
from stockgroups.readers.values.notation import DECIMAL_COMMA, DECIMAL_POINT, find_notation

SWAPPED = str.maketrans(",.", ".,")
COMMA_NOTE = "the file's numbers are written with a decimal comma"

every_csv = pytest.mark.parametrize(
    "layout",
    [layout for layout in LAYOUTS if layout.writers[-1] in CSV],
    ids=lambda layout: f"{layout.source}-{len(layout.columns)}",
)


def _sheet(layout: Layout) -> Sheet:
    rows = [[column(position) for column in layout.columns.values()] for position in POSITIONS]
    return [*layout.above[0], list(layout.columns), *rows, *layout.below[-1]]


def _write(sheet: Sheet, delimiter: str) -> str:
    width = max(map(len, sheet))
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(
        row + [""] * (width - len(row)) for row in sheet
    )
    return text.getvalue()


def _continental(sheet: Sheet) -> Sheet:
    return [[c.translate(SWAPPED) if NUMBER.match(c) else c for c in row] for row in sheet]


def _read(layout: Layout, data: bytes) -> Snapshot:
    result = read_holdings(
        data, layout.file_name, CATALOG, as_of=DAY, accept={"weights", "repeated"}
    )
    assert result.format == layout.source
    notes = tuple(note for note in receipt_of(result.snapshot).notes if note != COMMA_NOTE)
    receipt = replace(receipt_of(result.snapshot), notes=notes)
    lines = tuple(replace(line, reason="") for line in receipt.lines)  # may quote the number
    return replace(result.snapshot, receipt=replace(receipt, lines=lines), sha256="")


@every_csv
def test_semicolons_and_decimal_commas(layout: Layout) -> None:
    sheet = _sheet(layout)
    issued = _read(layout, layout.writers[-1](sheet))
    saved = _write(_continental(sheet), ";")
    assert _read(layout, saved.encode("cp1252", "replace")) == issued
    assert _read(layout, saved.encode("utf-8-sig")) == issued


@every_csv
@pytest.mark.parametrize("line_end", ["\r", "\r\r\n"], ids=["old Mac", "translated twice"])
def test_line_ends(layout: Layout, line_end: str) -> None:
    issued = _read(layout, layout.writers[-1](_sheet(layout)))
    saved = _write(_sheet(layout), ",").replace("\r\n", line_end)
    assert _read(layout, saved.encode("cp1252", "replace")) == issued


@every_csv
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8"])
def test_tabs(layout: Layout, encoding: str) -> None:
    sheet = _sheet(layout)
    issued = _read(layout, layout.writers[-1](sheet))
    mark = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""
    assert _read(layout, mark + _write(sheet, "\t").encode(encoding)) == issued
    assert _read(layout, mark + _write(_continental(sheet), "\t").encode(encoding)) == issued


@every_csv
def test_cells_that_are_formulas_of_text(layout: Layout) -> None:
    """`="00123"`, which keeps a spreadsheet from making a number of it."""
    sheet = _sheet(layout)
    saved = _write([[f'="{cell}"' if cell else "" for cell in row] for row in sheet], ",")
    assert _read(layout, saved.encode()) == _read(layout, layout.writers[-1](sheet))


@every_csv
def test_other_spellings_of_labels_and_blanks(layout: Layout) -> None:
    sheet, at = _sheet(layout), len(layout.above[0])
    issued = _read(layout, layout.writers[-1](sheet))
    above, labels, rest = sheet[:at], sheet[at], sheet[at + 1 :]
    for spelled in (
        [label.upper() for label in labels],
        [label.lower() for label in labels],
        [" " + label.replace(" ", "\xa0") for label in labels],
    ):
        assert _read(layout, _write([*above, spelled, *rest], ",").encode()) == issued
    spaced = [[f" {cell} " if cell.strip() else "  " for cell in row] for row in sheet]
    assert _read(layout, _write(spaced, ",").encode()) == issued


@every_csv
def test_without_the_lines_above_the_table(layout: Layout) -> None:
    sheet = _sheet(layout)
    issued = _read(layout, layout.writers[-1](sheet))
    if layout.source == "ssga_ucits":  # namesakes of US funds: the lines tell them apart
        with pytest.raises(UnsupportedFileError, match="name the fund"):
            _read(layout, _write(sheet[len(layout.above[0]) :], ";").encode())
        return
    bare = _read(layout, _write(sheet[len(layout.above[0]) :], ";").encode())
    assert (bare.refs, bare.weights, bare.shares) == (issued.refs, issued.weights, issued.shares)


def test_semicolons_with_english_numbers() -> None:
    rows = ishares_rows({"AAPL": 6_000_000, "MSFT": 4_000_000})
    lines = csv.reader(io.StringIO(ishares_csv(rows).decode(), newline=""))
    saved = _write(list(lines), ";").encode()
    assert weights_of(read(saved)) == {"AAPL": 0.6, "MSFT": 0.4}
    assert COMMA_NOTE not in receipt_of(read(saved)).notes


def test_what_people_and_programs_do_to_a_table() -> None:
    rows = ishares_rows({"AAPL": 6_000_000, "BRKB": 4_000_000})
    issued = weights_of(read(ishares_csv(rows), "IWV_2026-07-02.csv"))
    lines = list(csv.reader(io.StringIO(ishares_csv(rows).decode(), newline="")))
    labels = lines[-3]
    for name in ("Total", "Grand Total:", "sum"):
        total = [name if label == "Name" else "100" if "W" in label else "" for label in labels]
        assert (
            weights_of(read(_write([*lines, total], ",").encode(), "IWV_2026-07-02.csv")) == issued
        )
    euros = [[f"€{cell}" if NUMBER.match(cell) else cell for cell in row] for row in lines]
    for data in (
        _write(lines, "|").encode(),
        _write(lines, ",").encode("utf-16-le"),
        _write(lines, ",").encode("utf-16-be"),
        _write(euros, ",").encode(),
        ishares_csv(rows).replace(b',"', b', "'),
    ):
        assert weights_of(read(data, "IWV_2026-07-02.csv")) == issued
    small = [[cell.lower() if cell == "BRKB" else cell for cell in row] for row in lines]
    assert weights_of(read(_write(small, ",").encode(), "IWV_2026-07-02.csv")) == issued


def test_a_sum_without_a_word() -> None:
    rows = ishares_rows({f"A{letter}": 1e6 for letter in "ABCDE"})
    lines = list(csv.reader(io.StringIO(ishares_csv(rows).decode(), newline="")))
    total = ["100" if label == "Weight (%)" else "" for label in lines[-6]]
    assert len(read(_write([*lines, total], ",").encode(), "IWV_2026-07-02.csv").refs) == 5
    total = ["10" if label == "Weight (%)" else "" for label in lines[-6]]
    with pytest.raises(GuardError, match=r"have weights of 10\.00%"):
        read(_write([*lines, total], ",").encode(), "IWV_2026-07-02.csv")


def test_a_total_in_a_persons_list() -> None:
    snapshot = read(b"symbol,weight\nSUM,60\nMSFT,40\nTotal,100\n", "MINE_2026-07-02.csv")
    assert weights_of(snapshot) == {"SUM": 0.6, "MSFT": 0.4}


def test_an_issuers_file_that_has_lost_its_weights_is_refused() -> None:
    data = b"date,fund,company,ticker,cusip,shares,value,portion\n"
    data += b"07/02/2026,ARKK,TESLA INC,TSLA,88160R101,5,$1.00,1%\n"
    with pytest.raises(GuardError, match="none of its 1 row has a weight or a market value"):
        read(data, "ARKK.csv")


def test_a_list_with_decimal_commas() -> None:
    snapshot = read(b"symbol;weight\nAAPL;60,5\nMSFT;39,500\n", "MINE_2026-07-02.csv")
    assert weights_of(snapshot) == {"AAPL": 0.605, "MSFT": 0.395}
    assert receipt_of(snapshot).notes == (COMMA_NOTE,)
    assert weights_of(read(b"AAPL\t0.6\nMSFT\t0.4\n", "MINE_2026-07-02.tsv")) == {
        "AAPL": 0.6,
        "MSFT": 0.4,
    }


def test_a_list_of_numbers_that_could_be_thousands_is_not_guessed_at() -> None:
    with pytest.raises(GuardError, match="weights of its 2 rows sum to 100000"):
        read(b"symbol;weight\nAAPL;60,500\nMSFT;39,500\n", "MINE_2026-07-02.csv")


def test_damaged_utf16_is_refused() -> None:
    data = _write(_sheet(LAYOUTS[0]), "\t").encode("utf-16")
    with pytest.raises(UnrecognisedFileError, match="damaged text in UTF-16"):
        read(data[:-1], "IWV.csv")
    with pytest.raises(TruncatedFileError):
        read(data[: len(data) // 2 & ~1], "IWV.csv")


@pytest.mark.parametrize(
    ("start", "delimiter"),
    [
        ("", ","),
        ("AAPL\nMSFT\n", ","),
        ('"AAPL;MSFT"\n"a\tb"', ","),
        ("AAPL;6,53\n", ";"),
        ("symbol,weight\nA;B\n", ","),
        ("a;b;c\n1,5;2,5;3,5\n", ";"),
        ("a,b\n1;5,2\n3;5,4\n", ","),
        ('a,b\n"x; y; z",1\n"x;y;z;w",2\n', ","),
        ("a\tb\n1,5\t2;5\n", "\t"),
        ("Name,Weight\nAlpha; Beta,5\nGamma,6\n", ","),
    ],
)
def test_the_delimiter_is_that_of_the_widest_table(start: str, delimiter: str) -> None:
    assert find_delimiter(start) == delimiter


@pytest.mark.parametrize(
    ("cells", "notation"),
    [
        (["6,53"], DECIMAL_COMMA),
        (["0,123", "6,530"], DECIMAL_COMMA),
        (["70.123.456"], DECIMAL_COMMA),
        (["-1.234,56 €"], DECIMAL_COMMA),
        (["3,70E-09"], DECIMAL_COMMA),
        (["70\u202f123\u202f456,00"], DECIMAL_COMMA),
        (["70’123’456.00"], DECIMAL_POINT),
        (["6.53"], DECIMAL_POINT),
        (["1,234,567"], DECIMAL_POINT),
        (["($1,234.5)", "6,530"], DECIMAL_POINT),
        (["6,530", "1.234", "12", "-", ""], None),
        (["6,53", "6.53"], None),
        (["1,2,3", "1.2.3", "x,1"], None),
    ],
)
def test_the_notation_is_told_by_all_numbers_together(
    cells: list[str], notation: dict[int, str | None] | None
) -> None:
    assert find_notation([cells]) is notation


@given(
    st.lists(st.floats(-1e12, 1e12, allow_subnormal=False).map(lambda x: round(x, 2)), min_size=1)
)
def test_numbers_come_back_from_either_notation(numbers: list[float]) -> None:
    cells = [f"{number:,.2f}" for number in numbers]
    assert find_notation([cells]) is DECIMAL_POINT
    swapped = [cell.translate(SWAPPED) for cell in cells]
    assert find_notation([swapped]) is DECIMAL_COMMA
    assert [float(cell.translate(DECIMAL_COMMA)) for cell in swapped] == numbers


def test_the_day_of_a_saved_file_is_kept() -> None:
    rows = ishares_rows({"AAPL": 60, "MSFT": 40})
    lines = csv.reader(io.StringIO(ishares_csv(rows, as_of="13-Apr-26").decode(), newline=""))
    snapshot = read(_write(_continental(list(lines)), ";").encode())
    assert snapshot.as_of == dt.date(2026, 4, 13)


@pytest.mark.parametrize(
    "pattern",
    [
        "ark/*2024*",
        "invesco/*2023*",
        "ishares/HEWU*",
        "ishares/IWM_2026-04*",
        "ishares_ucits/SWDA*",
        "schwab/*",
        "sectorspdrs/*xlv*",
        "vanguard/VTV*",
    ],
)
def test_real_files_saved_again_say_the_same(holdings: Path, pattern: str) -> None:
    (path,) = holdings.glob(pattern)
    text = path.read_bytes().decode("utf-8-sig")
    sheet = [
        [c.translate(SWAPPED) if re.fullmatch(r"[-$<]*\d[\d,]*(\.\d+)?%?", c) else c for c in row]
        for row in csv.reader(io.StringIO(text, newline=""))
    ]
    issued = read_holdings(path, path.name, CATALOG).snapshot
    for delimiter, encoding in ((";", "utf-8"), ("\t", "utf-16")):
        data = _write(sheet, delimiter).encode(encoding)
        saved = read_holdings(data, path.name, CATALOG).snapshot
        assert (saved.refs, saved.weights, saved.shares) == (
            issued.refs,
            issued.weights,
            issued.shares,
        )
        assert receipt_of(saved).rows == receipt_of(issued).rows


@pytest.mark.parametrize("first", ["sep=;\r\n", "\ufeffSEP=;\n", '"sep=;"\r\n'])
def test_the_line_that_tells_excel_the_delimiter_is_no_row(first: str) -> None:
    lines = "AAPL;6,53\r\nMSFT;93,40\r\nUSD;0,07\r\n"
    snapshot = read_holdings((first + lines).encode(), "SPY_2026-01-05.csv", CATALOG).snapshot
    assert weights_of(snapshot) == {"AAPL": 0.0653, "MSFT": 0.934}
    assert [line.line for line in receipt_of(snapshot).lines] == [4]


def test_the_delimiter_that_is_told_counts_and_no_other() -> None:
    data = b"sep=|\nAAPL|60.0\nMSFT|40.0\n"
    assert weights_of(read(data, "SPY_2026-01-05.csv")) == {"AAPL": 0.6, "MSFT": 0.4}
    with pytest.raises(TruncatedFileError, match="quote") as refusal:
        read(b'sep=;\nAAPL;60.0\nMSFT;"40.0\n', "SPY_2026-01-05.csv")
    assert "line 3" in str(refusal.value)
