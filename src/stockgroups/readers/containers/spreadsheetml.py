"""SpreadsheetML 2003 workbooks, one XML document each, as rows of text.

iShares publishes them under the name .xls, which Excel accepts. They are not well-formed: fund
names and links contain a bare `&`. A parser that recovers from errors would read AT&T as ATT, so
the ampersands are escaped first and the parser is strict. XML can be made to unpack without end: a
document type, which declares entities, is refused, and depth and cells are bounded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers import expat

from stockgroups.errors import OversizedFileError, TruncatedFileError, UnrecognisedFileError
from stockgroups.readers.containers.sheets import Choice, holds_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.readers.containers.sheets import Cells

MAX_CHARACTERS = 16 * 1024 * 1024
"""Some 12,000 holdings, at 1,200 characters each, and their history."""

MAX_DEPTH = 32
"""Excel nests six elements, and those of formatted text in a cell."""

MAX_CELLS = 2_000_000
"""Of a worksheet's rectangle, empty cells included: 100,000 rows of 20 columns."""

_EXCEL = "urn:schemas-microsoft-com:office:excel"
_OPTIONS, _VISIBLE = f"{_EXCEL} WorksheetOptions", f"{_EXCEL} Visible"
_SHOWN = "SheetVisible"
_NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"
_WORKBOOK, _WORKSHEET, _TABLE, _ROW, _CELL, _DATA, _INDEX, _MERGE_ACROSS, _TYPE, _SHOW = (
    f"{_NAMESPACE} {name}"
    for name in (
        "Workbook",
        "Worksheet",
        "Table",
        "Row",
        "Cell",
        "Data",
        "Index",
        "MergeAcross",
        "Type",
        "Visible",
    )
)
# Elsewhere none of them is a part of a table, and a cell would have no row to stand in.
_PARENTS = {_WORKBOOK: "", _WORKSHEET: _WORKBOOK, _ROW: _TABLE, _CELL: _ROW}
# Parsing piecewise costs the square of the pieces that one tag goes through, so they are large.
_CHUNK = 1024 * 1024
_END = "Workbook>"
_CDATA = "<![CDATA["
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)")

_PLAIN_TEXT = r"[^<&\]\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]*+"
_PLAIN_CELLS = 24
"""Of a plain row: iShares' widest table has 20 columns."""

_PREFIX = "ss:"
_PLAIN = "plain-row"
"""The attribute of an empty row that stands for a plain one."""


def is_spreadsheetml(start: str) -> bool:
    """Return whether a text is a SpreadsheetML workbook, by its start."""
    return start.lstrip().startswith("<") and _NAMESPACE in start and "Workbook" in start


def read_spreadsheetml(text: str, file_name: str, choice: Choice | None = None) -> Cells:
    """Return the rows of the chosen worksheet.

    Cells are as in the file, dates in ISO; all rows have the worksheet's width. Nothing after that
    worksheet is read. Raise TruncatedFileError for a workbook that is cut or not XML,
    OversizedFileError beyond the limits, UnrecognisedFileError for one with a document type, and
    EmptyFileError if no worksheet holds a table.
    """
    if len(text) > MAX_CHARACTERS:
        raise OversizedFileError(
            f"{len(text):,} characters; no fund's workbook in XML has more than {MAX_CHARACTERS:,}",
            where=file_name,
        )
    end = text.rfind(_END)
    if end < 0 or text[end + len(_END) :].strip():
        raise TruncatedFileError(
            "the file ends in the middle of its workbook",
            where=file_name,
            remedy="download it again",
        )
    # In a CDATA section an ampersand is literal; a program that writes CDATA knows how to escape.
    escaped = text if _CDATA in text else _BARE_AMPERSAND.sub("&amp;", text)
    plain = None if _CDATA in text or _PLAIN in text else _PlainRows(escaped)
    reduced = plain.reduce() if plain else escaped
    choice = choice or Choice()
    reader = _Reader(plain, file_name, choice)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse_document_type
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.add_text
    try:
        for start in range(0, len(reduced), _CHUNK):
            parser.Parse(reduced[start : start + _CHUNK], start + _CHUNK >= len(reduced))
            if reader.is_done:
                break
    except expat.ExpatError as error:
        if not choice.has_table:  # an error after the table is not an error of the table
            raise TruncatedFileError(
                f"the XML cannot be read: {expat.ErrorString(error.code)}",
                where=f"{file_name}, line {error.lineno}",
                remedy="download it again",
            ) from error
    return choice.finish(file_name)


class _PlainRows:
    """The plain rows of a text, anywhere in it; the parser decides whether a worksheet has them.

    Nearly all rows are plain, as iShares writes them and as Excel saves them without the prefix:
    every cell holds a text or a number, none is left out, and there are not many. One regular
    expression reads such a row in a tenth of the time of a parser that calls for every tag and
    text. Each plain row is replaced by an empty row with its number, and by its line breaks,
    because errors name lines.
    """

    def __init__(self, text: str) -> None:
        prefix = _PREFIX if f"<{_PREFIX}Row" in text else ""
        cell = (
            rf'<{prefix}Cell(?: ss:StyleID="\w*+")?>\s*+'
            rf'<{prefix}Data ss:Type="(?:String|Number)">({_PLAIN_TEXT})</{prefix}Data>\s*+'
            rf"</{prefix}Cell>\s*+"
        )
        cells = ""
        for _ in range(_PLAIN_CELLS):
            cells = f"(?:{cell}{cells})?+"
        sizes = r'(?: ss:(?:AutoFitHeight|Height|StyleID)="[\w.]*+")*+'
        self._row = re.compile(rf"<{prefix}Row{sizes}>\s*+{cells}</{prefix}Row>")
        self._stand_in = f"<{prefix}Row {_PLAIN}"
        self._text = text
        self._found: list[re.Match[str]] = []

    def reduce(self) -> str:
        """Return the text with each plain row replaced."""
        return self._row.sub(self._take, self._text)

    def cells(self, number: str) -> list[str]:
        """Return the cells of the replaced row with this number."""
        row = self._found[int(number)]
        return list(row.groups()[: row.lastindex or 0])

    def _take(self, row: re.Match[str]) -> str:
        self._found.append(row)
        return f'{self._stand_in}="{len(self._found) - 1}"/>' + "\n" * row[0].count("\n")


def _bare(name: str) -> str:
    return name.rpartition(" ")[2]


class _Reader:
    """The parser's handlers: they collect the rows of each worksheet, and offer them to a choice.

    Once the choice is made, `is_done` is True, and nothing is read afterwards. A worksheet says
    that it is hidden in its tag or, as Excel does, after its rows. `Index` gives the position of a
    row or cell after omitted ones, `MergeAcross` the number of columns that a cell covers to its
    right.
    """

    def __init__(self, plain: _PlainRows | None, file_name: str, choice: Choice) -> None:
        self._plain = plain
        self._choice = choice
        self.is_done = False
        self._file_name = file_name
        self._open: list[str] = []
        self._rows: list[list[str]] = []
        self._cells = 0
        self._merged = 0
        self._text: list[str] | None = None
        self._is_date = False
        self._visible = _SHOWN

    def refuse_document_type(self, *_: object) -> None:
        raise UnrecognisedFileError(
            "XML with a document type, unlike any issuer's workbook",
            where=self._file_name,
            remedy="download it from the issuer again",
        )

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if self.is_done:
            return
        parent = self._open[-1] if self._open else ""
        self._open.append(name)
        if len(self._open) > MAX_DEPTH:
            raise OversizedFileError(f"XML of more than {MAX_DEPTH} levels", where=self._file_name)
        if _PARENTS.get(name, parent) != parent:
            place = f"in no {_bare(_PARENTS[name])}" if _PARENTS[name] else "in another element"
            raise self._unreadable(f"a {_bare(name)} that is {place}")
        if name == _WORKSHEET:
            self._rows = []
            self._visible = attributes.get(_SHOW, _SHOWN)
        elif name == _VISIBLE and parent == _OPTIONS:
            self._text = []
        elif name == _ROW:
            if self._plain and _PLAIN in attributes:
                cells = self._plain.cells(attributes[_PLAIN])
                self._count(1 + len(cells))
                self._rows.append(cells)
                return
            skipped = self._skipped(attributes, len(self._rows))
            self._count(skipped + 1)
            self._rows.extend([] for _ in range(skipped + 1))
        elif name == _CELL:
            skipped = self._skipped(attributes, len(self._rows[-1]))
            self._merged = self._number(attributes, _MERGE_ACROSS, 0)
            self._count(skipped + 1 + self._merged)
            self._rows[-1].extend([""] * (skipped + 1))
        elif name == _DATA and parent == _CELL:
            self._text = []
            self._is_date = attributes.get(_TYPE) == "DateTime"

    def end(self, name: str) -> None:
        if self.is_done:
            return
        self._open.pop()
        parent = self._open[-1] if self._open else ""
        if name == _DATA and parent == _CELL and self._text is not None:
            text = "".join(self._text)
            self._rows[-1][-1] = text.removesuffix(".000") if self._is_date else text
            self._text = None
        elif name == _VISIBLE and parent == _OPTIONS and self._text is not None:
            self._visible = "".join(self._text).strip()
            self._text = None
        elif name == _CELL:
            self._rows[-1].extend([""] * self._merged)
        elif name == _WORKSHEET and holds_table(self._rows):
            self.is_done = self._choice.offer(self._rectangle(), is_hidden=self._visible != _SHOWN)

    def add_text(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _rectangle(self) -> list[list[str]]:
        width = max(map(len, self._rows))
        self._check(len(self._rows) * width)
        for row in self._rows:
            row.extend([""] * (width - len(row)))
        return self._rows

    def _skipped(self, attributes: Mapping[str, str], present: int) -> int:
        skipped = self._number(attributes, _INDEX, present + 1) - present - 1
        if skipped < 0:
            raise self._misplaced(attributes[_INDEX])
        return skipped

    def _number(self, attributes: Mapping[str, str], name: str, default: int) -> int:
        text = attributes.get(name)
        if text is None:
            return default
        if not text.isdecimal() or len(text) > 8:
            raise self._misplaced(text)
        return int(text)

    def _misplaced(self, position: str) -> UnrecognisedFileError:
        return self._unreadable(f"a cell at the position {position[:20]!r}")

    def _unreadable(self, reason: str) -> UnrecognisedFileError:
        return UnrecognisedFileError(
            f"the workbook cannot be read: {reason}",
            where=self._file_name,
            remedy="download it again",
        )

    def _count(self, more: int) -> None:
        self._cells += more
        self._check(self._cells)

    def _check(self, cells: int) -> None:
        if cells > MAX_CELLS:
            raise OversizedFileError(
                f"a workbook of more than {MAX_CELLS:,} cells", where=self._file_name
            )
