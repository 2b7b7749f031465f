"""Numbers as issuers print them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from stockgroups.readers.containers.worksheets import UNCALCULATED
from stockgroups.readers.values.columns import Figures

if TYPE_CHECKING:
    from collections.abc import Sequence

NULLS = frozenset({"", "-", "--", "---", "—", "N/A", "n/a"})
"""The texts of a cell without a value."""

ERRORS = frozenset(
    {"#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", UNCALCULATED}
)
"""A spreadsheet's error values, which are neither numbers nor texts."""

NO_TEXT = NULLS | ERRORS
"""The contents of a text cell without a value."""

LARGEST = 1e18
"""No fund has more of anything; sums of such numbers stay finite."""

_LONGEST = 40
_PLAIN = re.compile(
    r"[+-]?(?:(?:\d+|(?!0,)\d{1,3}(?:,\d{3})+)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII
)
_NEGATIVE = re.compile(r"\(([0-9.].*)\)|([0-9].*)-", re.ASCII)
_BESIDE = b",$% "
_DIGITS = b"0123456789.\n"
_UNREAD = dict.fromkeys(map(ord, "$€£¥% ")) | {ord("\N{MINUS SIGN}"): "-"}
_ONES = bytes.maketrans(b"023456789", b"111111111")
# Thousands do not begin with a zero: `0,123` is written with a decimal comma. It has the shape of
# `1,123`, so where there is such a shape, the texts are looked through for the zero.
_DIGIT_AND_COMMA = re.compile(r"(\D*)\d,", re.ASCII)


def parse_number(text: str) -> float | None:
    """Return the number in a cell, or None for a null.

    Thousands commas, a currency's sign, `%`, a sign and an exponent may stand with it; brackets
    around it (`$(1,234.00)`, `(0.05)%`) and a sign behind it (`1,234-`) are minus too. `%` changes
    nothing: a column's unit is decided from its sum. Raise ValueError for any other text, and for
    more than LARGEST.
    """
    bare = text.strip()
    if bare in NULLS:
        return None
    if len(bare) > _LONGEST:
        raise ValueError(f"{bare[:_LONGEST]!r}... is not a number")
    digits = bare.translate(_UNREAD)
    negative = _NEGATIVE.fullmatch(digits)
    if negative:
        digits = negative[1] or negative[2]
    number = float(digits.replace(",", "")) if _PLAIN.fullmatch(digits) else math.inf
    if not abs(number) <= LARGEST:
        raise ValueError(f"{bare!r} is not a number")
    return -number if negative else number


def parse_numbers(cells: Sequence[str]) -> tuple[list[float | None], dict[int, str]]:
    """Return a column's numbers, and by position the reason where a cell holds none."""
    plain = _parse_plain(cells.text if isinstance(cells, Figures) else "\n".join(cells))
    if plain is not None and len(plain) == len(cells):
        return plain, {}
    numbers: list[float | None] = []
    errors: dict[int, str] = {}
    for position, cell in enumerate(cells):
        try:
            numbers.append(parse_number(cell))
        except ValueError as error:
            numbers.append(None)
            errors[position] = str(error)
    return numbers, errors


def _parse_plain(text: str) -> list[float | None] | None:
    """Return what `parse_number` makes of every line, or None if some need a closer look.

    Nearly every column of nearly every file is read here.
    """
    if not text.isascii():
        return None
    signs = text.encode("ascii")
    try:
        if not signs.translate(None, _DIGITS):
            return _parse_digits(text.split("\n"))
        return _parse_shapes(text, signs)
    except ValueError:
        return None


def _parse_digits(cells: list[str]) -> list[float | None] | None:
    """Return the numbers of cells that hold digits and points alone, or nothing."""
    if max(map(len, cells)) > _LONGEST:
        return None
    numbers: list[float | None]
    if "" in cells:
        numbers = [float(cell) if cell else None for cell in cells]
    else:
        numbers = list(map(float, cells))
    return numbers if max(filter(None, numbers), default=0.0) <= LARGEST else None


def _parse_shapes(text: str, signs: bytes) -> list[float | None] | None:
    """Return the numbers of lines whose shapes are those of numbers.

    Whether a text is a number is a matter of its shape, not of its digits; a column of thousands
    has some ten shapes.
    """
    shapes = {shape.decode("ascii") for shape in set(signs.translate(_ONES).split(b"\n"))}
    starts = {found[1] for found in map(_DIGIT_AND_COMMA.match, shapes) if found}
    if any(text.startswith(f"{start}0,") or f"\n{start}0," in text for start in starts):
        return None
    for shape in shapes:
        parse_number(shape)
    bare = signs.translate(None, _BESIDE).decode("ascii").split("\n")
    numbers: list[float | None]
    if NULLS.isdisjoint(shapes):
        numbers = list(map(float, bare))
    else:
        pairs = zip(text.split("\n"), bare, strict=True)
        numbers = [None if cell in NULLS else float(digits) for cell, digits in pairs]
    # Shapes are of ones: all numbers of a shape that is no larger than allowed are, but where it
    # has an exponent.
    is_bounded = "e" not in "".join(shapes).lower()
    is_bounded = is_bounded or max(map(abs, filter(None, numbers)), default=0.0) <= LARGEST
    return numbers if is_bounded else None
