"""Which worksheet of a workbook is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.errors import EmptyFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Cells = list[list[str]]
"""The rows of a worksheet as text; row 1 is the first element."""


class Choice:
    """Chooses a worksheet among those that are offered to it, in their order.

    It is the first visible one that holds a known table; without one, the first visible one that
    holds any table; else a hidden one by the same rule.
    """

    def __init__(self, is_known: Callable[[Cells], bool] | None = None) -> None:
        """Start without a worksheet; if None is given, every table is known."""
        self._is_known = is_known
        self._tables: dict[tuple[bool, bool], Cells] = {}

    def offer(self, rows: Cells, *, is_hidden: bool) -> bool:
        """Return whether the choice is made, and no further worksheet need be read."""
        if not holds_table(rows):
            return False
        is_known = self._is_known is None or self._is_known(rows)
        self._tables.setdefault((is_hidden, not is_known), rows)
        return is_known and not is_hidden

    @property
    def has_table(self) -> bool:
        """Whether a worksheet with a table was offered."""
        return bool(self._tables)

    def finish(self, file_name: str) -> Cells:
        """Return the chosen worksheet. Raise EmptyFileError if none holds a table."""
        if not self._tables:
            raise EmptyFileError(
                "no worksheet holds a table", where=file_name, remedy="download it again"
            )
        return self._tables[min(self._tables)]


def holds_table(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether at least two rows of a worksheet have more than one cell with text."""
    tabular = 0
    for row in rows:
        tabular += sum(1 for cell in row if cell.strip()) > 1
        if tabular > 1:
            return True
    return False
