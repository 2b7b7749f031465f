"""Rows of texts for COPY, many as one text, which takes half the time of row by row."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LINES_AT_ONCE = 1_000
"""Rows that are one text."""
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def make_lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield rows with the same number of columns as blocks of lines.

    An empty text stays an empty text, unless the statement says `NULL ''`.
    """
    left = iter(rows)
    while some := [*islice(left, LINES_AT_ONCE)]:
        text = _join(some)
        if not _is_plain(text, len(some), len(some[0])):
            text = _join([[value.translate(_ESCAPES) for value in row] for row in some])
        yield text


def _join(rows: Iterable[Sequence[str]]) -> str:
    return "".join(["\t".join(row) + "\n" for row in rows])


def _is_plain(text: str, rows: int, columns: int) -> bool:
    """Whether nothing in the rows has to be escaped."""
    return (
        text.count("\n") == rows
        and text.count("\t") == rows * (columns - 1)
        and "\\" not in text
        and "\r" not in text
    )
