"""Columns of cells: gathered batch by batch, and searched as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import compress, count
from typing import TYPE_CHECKING, TypeVar, overload

from stockgroups.readers.format import NUMBERS, Field

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

_Item = TypeVar("_Item")

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

_BLANKS = " \t\r\v\f\x1c\x1d\x1e\x1f"
"""The blanks of ASCII that `str.strip` removes, except the line end."""

# The beginning of a line that is no usual ticker.
_UNUSUAL = re.compile(r"\n(?![A-Z]{1,5}(?:\n|\Z))")


class Column(list[str]):
    """The cells of a column, and what several rules ask of all of them, which is found once.

    No cell may change once the column is complete.
    """

    @cached_property
    def text(self) -> str:
        """The cells as one text, with a line end before each. A cell of several lines is one."""
        text = "\n".join(["", *self])
        if text.count("\n") > len(self):
            text = "\n".join(["", *(" ".join(cell.split()) for cell in self)])
        return text

    @cached_property
    def capitals(self) -> str:
        """The text in upper case."""
        return self.text.upper()

    @cached_property
    def distinct(self) -> frozenset[str]:
        """The different cells."""
        return frozenset(self)

    @cached_property
    def unusual(self) -> Sequence[int]:
        """The positions of the cells other than one to five capitals, as nearly all tickers are."""
        found: list[int] = []
        position = start = 0
        for line in _UNUSUAL.finditer(self.text):
            position += self.text.count("\n", start, line.start())
            start = line.start()
            found.append(position)
        return found


class LazyList(Sequence[_Item]):
    """A list that is made when it is first asked for an item."""

    def __init__(self, size: int, make: Callable[[], list[_Item]]) -> None:
        self._size = size
        self._make = make

    @cached_property
    def _items(self) -> list[_Item]:
        return self._make()

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[_Item]:
        return iter(self._items)

    @overload
    def __getitem__(self, at: int) -> _Item: ...
    @overload
    def __getitem__(self, at: slice) -> list[_Item]: ...
    def __getitem__(self, at: int | slice) -> _Item | list[_Item]:
        return self._items[at]


class Figures(LazyList[str]):
    """A column of numbers as one text, a line for each cell.

    It is parsed as it is, and hardly ever asked for a cell. Single texts would take three times the
    memory, and as long to make and to free again as to parse.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text.count("\n") + 1, lambda: text.split("\n"))
        self.text = text


class Gathering:
    """A column while its batches come in. Its cells are stripped."""

    def __init__(self, field: Field | None = None) -> None:
        self._cells = Column()
        self._strip = _Texts().__getitem__ if field is None or field in REPEATED else str.strip

    def extend(self, cells: Sequence[str]) -> None:
        """Add a batch."""
        self._cells.extend(map(self._strip, cells))

    def finish(self) -> Sequence[str]:
        """Return the whole column."""
        return self._cells


class _FigureGathering(Gathering):
    """A column of numbers: the batches are kept as texts, except those with cells of many lines."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._odd: dict[int, Sequence[str]] = {}

    def extend(self, cells: Sequence[str]) -> None:
        part = "\n".join(cells)
        if part.count("\n") >= len(cells):
            self._odd[len(self._parts)] = cells
        self._parts.append(part)

    def finish(self) -> Sequence[str]:
        text = "\n".join(self._parts)
        if not self._odd and text.isascii() and not any(map(text.__contains__, _BLANKS)):
            return Figures(text)
        parts = (self._odd.get(at) or part.split("\n") for at, part in enumerate(self._parts))
        return Column(cell.strip() for part in parts for cell in part)


class _Texts(dict[str, str]):
    """The stripped text of each cell: one object, however often the cell occurs in the file."""

    def __missing__(self, cell: str) -> str:
        text = self[cell] = cell.strip()
        return text


def start_column(field: Field) -> Gathering:
    """Return a column to gather, of the kind that suits its content."""
    return _FigureGathering() if field in NUMBERS else Gathering(field)


def as_column(cells: Iterable[str]) -> Column:
    """Return the cells as a column."""
    return cells if isinstance(cells, Column) else Column(cells)


def find_cells(cells: Sequence[str], wanted: AbstractSet[str]) -> list[int]:
    """Return the positions of the cells that are one of the texts."""
    column = as_column(cells)
    present = column.distinct & wanted
    return list(compress(count(), map(present.__contains__, column))) if present else []


def find_words(cells: Sequence[str], *words: str) -> list[int]:
    r"""Return the positions of the cells that hold one of the words, which are in upper case.

    Case makes no difference; a word with `\n` before it has to begin its cell. The column is
    searched as one text, for one word after the other, which takes a fraction of the time of
    searching each cell.
    """
    text = as_column(cells).capitals
    found: list[int] = []
    position, start = -1, 0
    for end in sorted(end for word in words for end in _find_ends(word, text)):
        position += text.count("\n", start, end)
        start = end
        if found[-1:] != [position]:
            found.append(position)
    return found


def find_unusual(tickers: Sequence[str]) -> Sequence[int]:
    """Return the positions of the tickers other than one to five capitals, as nearly all are."""
    return as_column(tickers).unusual


def _find_ends(word: str, text: str) -> Iterator[int]:
    start = text.find(word)
    while start >= 0:
        yield start + len(word)
        start = text.find(word, start + 1)
