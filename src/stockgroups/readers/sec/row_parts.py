"""Rows of large tables, distributed to unnamed temporary files of some thousand rows each."""

from __future__ import annotations

import tempfile
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import ExitStack

    from stockgroups.readers.sec.tables import TableLines

MOST_PARTS = 128
"""Files that rows are dealt out to; each is open until all rows are dealt."""
PART_BITS = 8
"""Of the number of a position with its part."""


class RowParts:
    """Unnamed files that lines are distributed to."""

    def __init__(self, stack: ExitStack) -> None:
        """Start without files; the stack closes the files that are opened."""
        self._stack = stack
        self._files: dict[int, IO[bytes]] = {}

    def write(self, part: int, line: bytes) -> None:
        """Add a line to a part."""
        file = self._files.get(part)
        if file is None:
            made = tempfile.TemporaryFile(buffering=1 << 16)  # noqa: SIM115 - the stack closes it
            file = self._stack.enter_context(made)
            self._files[part] = file
        file.write(line)

    def take(self, part: int) -> IO[bytes] | None:
        """Return the file of a part, rewound, or None if it has no lines."""
        file = self._files.pop(part, None)
        if file is not None:
            file.seek(0)
        return file


def make_picker(
    table: TableLines, required: Sequence[str], optional: Sequence[str]
) -> list[int | None]:
    """Return the places of columns in a table; None for a column that it lacks."""
    return [
        table.columns.index(name) if name in table.columns else None
        for name in (*required, *optional)
    ]
