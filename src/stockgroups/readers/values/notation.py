"""How a file writes its numbers: with a decimal point, as in English, or with a decimal comma.

Told for all its columns of numbers together. `6,530` alone is six thousand or six and a half; that
it stands in one file with `70.123.456,00` tells which.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SPACES = dict.fromkeys(map(ord, " \xa0\u202f\u2009’'"))
"""What groups thousands in France (blanks of any width) and Switzerland (`70’123’456.00`)."""

DECIMAL_COMMA = _SPACES | {ord("."): None, ord(","): "."}
DECIMAL_POINT = _SPACES

_SHAPES = str.maketrans("23456789", "11111111")
_BESIDE = re.compile(r"[-+$€£¥%()]|[eE][-+]?\d+\Z", re.ASCII)
# A number is ambiguous if it may have thousands: three digits after the only separator.
_COMMA = re.compile(
    r"\d{1,3}(?:\.\d{3})+,\d*|\d{1,3}(?:\.\d{3}){2,}|(?![1-9]\d{0,2},\d{3}\Z)\d*,\d+", re.ASCII
)
_POINT = re.compile(
    r"\d{1,3}(?:,\d{3})+\.\d*|\d{1,3}(?:,\d{3}){2,}|(?![1-9]\d{0,2}\.\d{3}\Z)\d*\.\d+", re.ASCII
)


def find_notation(columns: Iterable[Sequence[str]]) -> dict[int, str | None] | None:
    """Return the translation of the columns' numbers into English ones (see `str.translate`).

    `DECIMAL_COMMA` where at least one number can be read with a decimal comma only and none with a
    decimal point only; `DECIMAL_POINT` where it is the other way round; None where both or neither
    stand there: then the numbers are taken as they are, and what is none is refused.
    """
    shapes = {cell.translate(_SHAPES) for cells in columns for cell in cells}
    bare = {_BESIDE.sub("", shape.translate(_SPACES)) for shape in shapes}
    comma = any(map(_COMMA.fullmatch, bare))
    point = any(map(_POINT.fullmatch, bare))
    if comma == point:
        return None
    return DECIMAL_COMMA if comma else DECIMAL_POINT
