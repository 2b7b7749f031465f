"""Columns of cells, gathered batch by batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.readers.format import Field

if TYPE_CHECKING:
    from collections.abc import Iterable

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


class Column:
    """A column while it is gathered: stripped, and with `repeated` equal cells are kept once."""

    __slots__ = ("_strip", "cells")

    def __init__(self, *, repeated: bool) -> None:
        self.cells: list[str] = []
        self._strip = _Texts().__getitem__ if repeated else str.strip

    def extend(self, cells: Iterable[str]) -> None:
        """Add a batch."""
        self.cells.extend(map(self._strip, cells))


class _Texts(dict[str, str]):
    """The stripped text of each cell: one object, however often the cell stands in the file."""

    def __missing__(self, cell: str) -> str:
        text = self[cell] = cell.strip()
        return text


def start_column(field: Field) -> Column:
    """Return a column of the kind that suits what it holds."""
    return Column(repeated=field in REPEATED)
