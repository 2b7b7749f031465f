"""Columns of cells, gathered batch by batch."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import compress, count
from typing import TYPE_CHECKING

from stockgroups.readers.format import Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

REPEATED = frozenset(
    {
        Field.ASSET_CLASS,
        Field.TYPE,
        Field.SECTOR,
        Field.INDUSTRY,
        Field.EXCHANGE,
        Field.COUNTRY,
        Field.CURRENCY,
        Field.FUND,
        Field.FUND_NAME,
        Field.FUND_ID,
        Field.DATE,
        Field.START,
        Field.END,
    }
)
"""The columns of few different texts."""

# The beginning of a line that is no usual ticker.
_UNUSUAL = re.compile(r"\n(?![A-Z]{1,5}(?:\n|\Z))")


class Column:
    """A column while it is collected: stripped; with `repeated`, equal cells are stored once."""

    __slots__ = ("_strip", "cells")

    def __init__(self, *, repeated: bool) -> None:
        self.cells: list[str] = []
        self._strip = _Texts().__getitem__ if repeated else str.strip

    def extend(self, cells: Iterable[str]) -> None:
        """Add a batch."""
        self.cells.extend(map(self._strip, cells))


class _Texts(dict[str, str]):
    """The stripped text of each cell: one object, however often the cell occurs in the file."""

    def __missing__(self, cell: str) -> str:
        text = self[cell] = cell.strip()
        return text


def start_column(field: Field) -> Column:
    """Return a column of the kind that suits its content."""
    return Column(repeated=field in REPEATED)


def find_cells(cells: Sequence[str], wanted: AbstractSet[str]) -> list[int]:
    """Return the positions of the cells that are one of the texts."""
    return list(compress(count(), map(wanted.__contains__, cells)))


def find_words(cells: Sequence[str], *words: str) -> list[int]:
    r"""Return the positions of the cells that hold one of the words, which are in upper case.

    Case makes no difference; a word with `\n` before it has to begin its cell. The column is
    searched as one text, one cell per line, for one word after the other, which takes a fraction of
    the time of searching each cell.
    """
    column = _join(cells).upper()
    found: list[int] = []
    position, start = -1, 0
    for end in sorted(end for word in words for end in _find_ends(word, column)):
        position += column.count("\n", start, end)
        start = end
        if found[-1:] != [position]:
            found.append(position)
    return found


def find_unusual(tickers: Sequence[str]) -> Sequence[int]:
    """Return the positions of the tickers other than one to five capitals, as nearly all are."""
    return _find_unusual(_join(tickers))


@lru_cache(maxsize=1)  # one rule after the other asks about one file
def _find_unusual(column: str) -> Sequence[int]:
    found: list[int] = []
    position = start = 0
    for line in _UNUSUAL.finditer(column):
        position += column.count("\n", start, line.start())
        start = line.start()
        found.append(position)
    return tuple(found)


def _join(cells: Sequence[str]) -> str:
    """Return the cells as one text, with a line end before each."""
    column = "\n".join(["", *cells])
    if column.count("\n") > len(cells):  # a cell of several lines
        column = "\n".join(["", *(" ".join(cell.split()) for cell in cells)])
    return column


def _find_ends(word: str, text: str) -> Iterator[int]:
    start = text.find(word)
    while start >= 0:
        yield start + len(word)
        start = text.find(word, start + 1)
