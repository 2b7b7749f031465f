"""Columns of cells, gathered batch by batch.

A reader of rows lays the cells of a row side by side in memory, and a column through all rows finds
every one in another place: beyond some ten thousand rows to go through a column costs more than
what is done there. So while a batch is fresh, its cells are joined to one text, and when all are
there that is cut into strings that lie side by side in their turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from stockgroups.sources.format import Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

REPEATED = frozenset(
    {
        Field.ASSET_CLASS,
        Field.SECTOR,
        Field.INDUSTRY,
        Field.EXCHANGE,
        Field.COUNTRY,
        Field.CURRENCY,
        Field.FUND,
        Field.DATE,
    }
)
"""The columns of few different texts."""

_NUMBERS = frozenset({Field.WEIGHT, Field.MARKET_VALUE, Field.SHARES})

_BETWEEN = "\x1f"  # Unicode's separator of units; text files that hold one are refused
_BESIDE_IT = "\x1e"  # what stands for it inside a cell: as unprintable


class Column:
    """A column of many different cells while it is gathered: stripped, a text for each batch.

    Of `numbers` no strings are made at all, as they are parsed out of the text.
    """

    __slots__ = ("_batches", "_length", "_numbers")

    def __init__(self, *, numbers: bool) -> None:
        self._batches: list[str] = []
        self._length = 0
        self._numbers = numbers

    def extend(self, cells: Sequence[str]) -> None:
        """Add a batch of one cell or more."""
        self._batches.append(_join(list(map(str.strip, cells))))
        self._length += len(cells)

    def cells(self) -> Sequence[str]:
        """Return all that was added."""
        cells = Cells(_BETWEEN.join(self._batches), self._length)
        return cells if self._numbers else cells.split()


class RepeatedColumn:
    """A column of few different cells while it is gathered: equal ones are kept once."""

    __slots__ = ("_cells", "_texts")

    def __init__(self) -> None:
        self._cells: list[str] = []
        self._texts = _Texts()

    def extend(self, cells: Sequence[str]) -> None:
        """Add a batch."""
        self._cells.extend(map(self._texts.__getitem__, cells))

    def cells(self) -> list[str]:
        """Return all that was added."""
        return self._cells


class _Texts(dict[str, str]):
    """The stripped text of each cell: one object, however often the cell stands in the file."""

    def __missing__(self, cell: str) -> str:
        text = self[cell] = cell.strip()
        return text


class Cells(Sequence[str]):
    """The cells of a column as one text, in a tenth of the memory of as many strings.

    For columns that are gone through once or twice, as those of numbers are: to ask for a single
    cell takes as long as for all.
    """

    __slots__ = ("_length", "_text")

    def __init__(self, text: str, length: int) -> None:
        self._text = text
        self._length = length

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[str]:
        return iter(self.split())

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        return self.split()[index]

    def split(self) -> list[str]:
        """Return the cells as strings that lie side by side."""
        return self._text.split(_BETWEEN) if self._length else []

    def lines(self) -> str:
        """Return the cells as one text, a line each."""
        return self._text.replace(_BETWEEN, "\n")


def start_column(field: Field) -> Column | RepeatedColumn:
    """Return a column of the kind that suits what it holds."""
    return RepeatedColumn() if field in REPEATED else Column(numbers=field in _NUMBERS)


def pack(cells: Sequence[str]) -> Cells:
    """Return one cell or more as one text."""
    return Cells(_join(cells), len(cells))


def join_lines(cells: Iterable[str]) -> str:
    """Return a column's cells as one text, a line each (and more, where a cell has several)."""
    return cells.lines() if isinstance(cells, Cells) else "\n".join(cells)


def _join(cells: Sequence[str]) -> str:
    text = _BETWEEN.join(cells)
    if text.count(_BETWEEN) < len(cells):
        return text
    return _BETWEEN.join([cell.replace(_BETWEEN, _BESIDE_IT) for cell in cells])
