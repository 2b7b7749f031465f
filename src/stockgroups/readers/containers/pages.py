"""The table of a web page as rows of cells, with the page's other texts above and under it.

Some issuers print their holdings on a page and offer no file. Error pages have no such table.
"""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from stockgroups.catalog.catalog import fold_label
from stockgroups.errors import OversizedFileError
from stockgroups.readers.containers.document import HEAD_ROWS, sheet_document

if TYPE_CHECKING:
    from collections.abc import Collection

    from stockgroups.readers.containers.document import Document

MAX_CHARACTERS = 16 * 1024 * 1024
MAX_CELLS = 1_000_000

_ABOVE = HEAD_ROWS - 20
"""Rows of text that are kept above the table, so that its header stands in the document's head."""

_UNSEEN = frozenset({"script", "style", "noscript", "template", "head"})
_CELLS = frozenset({"td", "th"})
_VOID = frozenset({"br", "hr"})


def read_page(document: Document, labels: Collection[str]) -> Document | None:
    """Return, as a document, the table of a page whose header has all the labels; else None.

    Every text outside the tables is a row of one cell; other tables are left out. Raises
    OversizedFileError for a page that is longer than any list of holdings.
    """
    text = document.text()
    folded = text.casefold()
    if not all(label.casefold() in folded for label in labels):
        return None
    if len(text) > MAX_CHARACTERS:
        raise OversizedFileError(
            f"{len(text):,} characters of HTML; no page of holdings has more than "
            f"{MAX_CHARACTERS:,}",
            where=document.file_name,
        )
    page = _Page(document.file_name)
    page.feed(text)
    page.close()
    wanted = frozenset(map(fold_label, labels))
    header = next(
        (at for at, (table, row) in enumerate(page.rows) if table and wanted <= _fold(row)), None
    )
    if header is None:
        return None
    table = page.rows[header][0]
    above = [row for number, row in page.rows[:header] if number in (0, table)][-_ABOVE:]
    own = [row for number, row in page.rows[header:] if number == table]
    under = [row for number, row in page.rows[header:] if not number]
    return replace(
        sheet_document([*above, *own, [""], *under], document.file_name), start=document.start
    )


def _fold(row: list[str]) -> frozenset[str]:
    return frozenset(map(fold_label, row))


class _Page(HTMLParser):
    """The rows of a page: (number of the table, cells); number 0 is text outside any table."""

    def __init__(self, file_name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[tuple[int, list[str]]] = []
        self._file_name = file_name
        self._tables: list[int] = []
        self._count = 0
        self._cells = 0
        self._row: list[str] | None = None
        self._text: list[str] = []
        self._is_cell = False
        self._unseen = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, a row or a cell; end the text before it."""
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "table":
            self._end_text()
            self._count += 1
            self._tables.append(self._count)
        elif tag == "tr":
            self._end_row()
            self._row = []
        elif tag in _CELLS and self._row is not None:
            self._end_cell()
            self._is_cell = True
        elif tag in _VOID:
            self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """End what the tag began."""
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag == "table" and self._tables:
            self._end_row()
            self._tables.pop()
        elif tag == "tr":
            self._end_row()
        elif tag in _CELLS:
            self._end_cell()
        elif not self._is_cell:
            self._end_text()

    def handle_data(self, data: str) -> None:
        """Add to the text."""
        if not self._unseen:
            self._text.append(data)

    def close(self) -> None:
        """End the page."""
        super().close()
        self._end_row()
        self._end_text()

    def _end_row(self) -> None:
        self._end_cell()
        if self._row:
            self._count_cells(len(self._row))
            self.rows.append((self._tables[-1] if self._tables else 0, self._row))
        self._row = None

    def _end_cell(self) -> None:
        if self._is_cell and self._row is not None:
            self._row.append(self._take())
            self._is_cell = False

    def _end_text(self) -> None:
        text = self._take()
        if text and self._row is None:
            self._count_cells(1)
            self.rows.append((0, [text]))

    def _take(self) -> str:
        text = " ".join("".join(self._text).split())
        self._text = []
        return text

    def _count_cells(self, cells: int) -> None:
        self._cells += cells
        if self._cells > MAX_CELLS:
            raise OversizedFileError(f"more than {MAX_CELLS:,} cells", where=self._file_name)
