"""Files of any format, printed from its description: columns, surroundings, containers."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

from hypothesis import strategies as st

from readers.builders import (
    spreadsheetml_rows,
    spreadsheetml_workbook,
    to_csv,
    workbook,
)
from readers.positions import (
    Position,
    Print,
    positions,
)

Sheet = list[list[str]]

NUMBER = re.compile(r"\A[-<$]*[\d,]*\.\d+%?\Z")
"""A number in English that has decimals."""


def write_csv(sheet: Sheet) -> bytes:
    """The sheet as CSV; a row may be of any width."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(sheet)
    return text.getvalue().encode()


def write_tabs(sheet: Sheet) -> bytes:
    """The sheet as Excel's "Unicode text": tabs, UTF-16."""
    text = io.StringIO()
    csv.writer(text, delimiter="\t", lineterminator="\r\n").writerows(sheet)
    return text.getvalue().encode("utf-16")


def write_semicolons(sheet: Sheet) -> bytes:
    """The sheet as spreadsheets save it where a decimal comma is written."""
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(
        [NUMBER.sub(_swap_signs, cell) for cell in row] for row in sheet
    )
    return text.getvalue().encode("cp1252", "replace")


def _swap_signs(found: re.Match[str]) -> str:
    return found[0].translate(str.maketrans(",.", ".,"))


def write_workbook(sheet: Sheet) -> bytes:
    """The sheet as XLSX."""
    return workbook([sheet])


def write_spreadsheetml(sheet: Sheet) -> bytes:
    """The sheet as the second worksheet of a SpreadsheetML workbook."""
    rows = ([escape(cell) for cell in row] for row in sheet)
    legal = spreadsheetml_rows([["Legal text"]])
    return spreadsheetml_workbook(legal, spreadsheetml_rows(rows)).encode()


def write_positions(sheet: Sheet) -> bytes:
    """The rows as Vanguard's JSON; a row that is not as wide as the header is no object there."""
    return json.dumps([{"portId": "0968", "holdingDetailItem": _items(sheet)}]).encode()


def write_entities(sheet: Sheet) -> bytes:
    """The rows as Vanguard's current JSON."""
    items = _items(sheet)
    response = {"size": len(items), "asOfDate": "2026-05-31", "fund": {"entity": items}}
    return json.dumps(response).encode()


def _items(sheet: Sheet) -> list[dict[str, str] | str]:
    labels = sheet[0]
    return [
        dict(zip(labels, row, strict=True)) if len(row) == len(labels) else ",".join(row)
        for row in sheet[1:]
    ]


Writer = Callable[[Sheet], bytes]
CSV: tuple[Writer, ...] = (write_csv, to_csv)
JSON: tuple[Writer, ...] = (write_positions, write_entities)
RESAVED: tuple[Writer, ...] = (write_tabs, write_semicolons)


@dataclass(frozen=True)
class Layout:
    """A format: its columns, the rows that may stand above and below the table, its containers.

    `below_holds` of the rows below are positions too.
    """

    source: str
    file_name: str
    columns: Mapping[str, Print]
    above: Sequence[Sheet] = ([],)
    below: Sequence[Sheet] = ([],)
    below_holds: int = 0
    writers: Sequence[Writer] = CSV


@dataclass(frozen=True)
class PrintedFile:
    """A file, what it is of, and the lines on which its rows stand."""

    layout: Layout
    data: bytes
    lines: list[int]
    positions: list[Position]


@st.composite
def printed_files(draw: st.DrawFn, layout: Layout) -> PrintedFile:
    """A file of the format: rows of every kind, in any order, some of the wrong width."""
    above, below = draw(st.sampled_from(layout.above)), draw(st.sampled_from(layout.below))
    chosen = draw(st.lists(positions, min_size=1, max_size=25))
    rows = [[column(position) for column in layout.columns.values()] for position in chosen]
    for at in draw(st.sets(st.integers(0, len(rows) - 1), max_size=2)):
        rows[at] = draw(st.sampled_from([rows[at][:-1], [*rows[at], "beyond"]]))
        # The cell that is lost may be the market value.
        chosen[at] = replace(chosen[at], value="")
    sheet: Sheet = [*above, list(layout.columns), *rows, *below]
    writer = draw(st.sampled_from(layout.writers))
    first = 1 if writer in JSON else len(above) + 2
    lines = list(range(first, first + len(rows)))
    if layout.below_holds:
        start = lines[-1] + 5
        lines += range(start, start + layout.below_holds)
    return PrintedFile(layout, writer(sheet), lines, chosen)
