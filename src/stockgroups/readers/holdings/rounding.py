"""How far rounding explains the sum of printed weights."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

DEVIATION = 1 / sqrt(12)
"""Of a rounded number, in units of its last decimal."""

_OF_ZEROS = 0.3  # units of the last decimal: the possible error of a printed zero
_DECIMALS = (0, 1, 2)
_SPREAD = 10  # units of the last decimal


def last_decimal(printed: Sequence[float | None]) -> float:
    """Return the unit of the last printed decimal; 0 for more decimals than are counted."""
    for decimals in _DECIMALS:
        scale = 10.0**decimals
        if all(
            not weight or abs(weight * scale - round(weight * scale)) < 1e-6 for weight in printed
        ):
            return 1 / scale
    return 0.0


class Rounding(NamedTuple):
    """How far rounding may move the sum of the weights below the whole, and above it."""

    below: float
    beyond: float


def bound_rounding(fractions: Sequence[float | None], decimal: float) -> Rounding:
    """Return how far rounding may move the sum of the weights from the whole.

    Errors of many different weights cancel out: four deviations. Errors of equal weights add up,
    and a weight printed as zero is always too small: by 0.16 units on average in the worst whole
    file.
    """
    given = [fraction for fraction in fractions if fraction]
    zeros = sum(1 for fraction in fractions if fraction == 0)
    if not are_spread(given, decimal):
        return Rounding(decimal * len(fractions) / 2, decimal * len(fractions) / 2)
    spread = decimal * 4 * DEVIATION * sqrt(len(given))
    return Rounding(spread + decimal * _OF_ZEROS * zeros, spread)


def are_spread(fractions: Sequence[float], decimal: float) -> bool:
    """Return whether the weights differ so much that their errors of rounding are independent."""
    return max(fractions, default=0.0) - min(fractions, default=0.0) > _SPREAD * decimal
