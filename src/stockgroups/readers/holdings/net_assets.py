"""Compare a file's printed weights with its market values.

The large rows show of which net assets the weights are fractions; a row whose market value is
another fraction contradicts the rest.
"""

from __future__ import annotations

from itertools import pairwise
from math import fsum, inf, sqrt
from statistics import median
from typing import TYPE_CHECKING

from stockgroups.readers.holdings.rounding import DEVIATION, are_spread

if TYPE_CHECKING:
    from collections.abc import Sequence

MISSING = 0.003
"""How far market values may be from the net assets that weights imply: 0.13 % in whole files."""

_LARGE = 0.001  # of the fund: rounding hides less of such a weight
_ENOUGH = 2_000  # enough rows to compute the net assets; more are not more exact
_LEAST_UNIT = 0.0001  # weights of many decimals and their market values can be hours apart
_AGREEMENT = 0.005  # of the weight, besides rounding
_FEW_ROWS = 5
_NEARLY_ALL = 0.9
_FEW = 0.01  # of the rows: so many may be rounded otherwise by a price of another hour
_CONTRADICTION = 0.15
"""Of the weight, besides rounding. A price or a rate of another hour, a dividend that is accrued in
one column alone: a row's two figures may differ by some per cent in a sound file."""
_MATERIAL = 0.002
"""Of the fund. When Egypt let its currency fall they differed by a third, in rows of a tenth of a
per cent; a decimal point in another place makes more of it, or more than twice."""


def imply_net_assets(
    printed: Sequence[float | None], market_values: Sequence[float | None], decimal: float
) -> tuple[float | None, float, bool]:
    """Return the net assets that the printed weights of the large rows imply.

    Also return the relative difference that rounding explains (three deviations, at least 0.3 %),
    and whether most of the large rows' weights follow from their market values. A row that does not
    follow is left out: one wrong figure does not move the others.
    """
    printed_rows = zip(printed, market_values, strict=True)
    rows = [(fraction, value) for fraction, value in printed_rows if fraction]
    large = [(fraction, value) for fraction, value in rows if fraction >= _LARGE]
    if fsum(fraction for fraction, _ in large) >= 0.2:
        rows = large
    pairs = [(fraction, value) for fraction, value in rows[:_ENOUGH] if value is not None]
    middle = median(value / fraction for fraction, value in pairs) if pairs else 0.0
    if not 0 < middle < inf:
        return None, 0.0, False
    agreeing = [pair for pair in pairs if _agrees(*pair, middle, decimal)]
    if 2 * len(agreeing) <= len(pairs):
        return middle, MISSING, False
    # Without signs: long and short positions may sum to nothing.
    fractions = [abs(fraction) for fraction, _ in agreeing]
    weight = fsum(fractions)
    implied = fsum(abs(value) for _, value in agreeing) / weight
    if are_spread(fractions, decimal):
        error = 3 * decimal * DEVIATION * sqrt(len(agreeing)) / weight
    else:
        error = decimal / 2 / max(fractions)
    return implied, max(MISSING, error), True


def doubt_order(
    printed: Sequence[float | None], market_values: Sequence[float | None], decimal: float
) -> list[str]:
    """Return the suspicion that one of two contradicting columns is shifted to other rows.

    Then both columns have the same large figures, by size.
    """
    pairs = [
        (fraction, value)
        for fraction, value in zip(printed, market_values, strict=True)
        if fraction is not None and value is not None
    ]
    weight = fsum(fraction for fraction, _ in pairs)
    net_assets = fsum(value for _, value in pairs) / weight if weight > 0 else 0.0
    if net_assets <= 0:
        return []
    by_size = zip(*map(sorted, zip(*pairs, strict=True)), strict=True)
    large = [(fraction, value) for fraction, value in by_size if fraction >= _LARGE]
    agreeing = sum(_agrees(*pair, net_assets, decimal) for pair in large)
    if len(large) < _FEW_ROWS or agreeing < _NEARLY_ALL * len(large):
        return []
    return ["the weights belong to other rows: sorted by size, they match the market values"]


def fit_net_assets(
    printed: Sequence[float | None],
    market_values: Sequence[float | None],
    decimal: float,
    implied: float,
    total: float,
) -> float:
    """Return the net assets by which the printed weights are rounded correctly.

    A weight of 1.98 % means that the row is 1.975 to 1.985 % of the fund, which bounds the fund's
    value. The result is the sum of the market values, `total`, unless many weights contradict it:
    files of Vanguard leave out 0.1 to 0.2 % of cash, which no row states. Then it is the value that
    the weights imply, if that is in the range in which most of them are rounded correctly, else the
    middle of the range.
    """
    edges: list[tuple[float, int]] = []
    right = 0
    for fraction, value in zip(printed, market_values, strict=True):
        if fraction and value and 0 < decimal / 2 < fraction:
            least, most = value / (fraction + decimal / 2), value / (fraction - decimal / 2)
            edges += ((least, -1), (most, 1))
            right += least <= total <= most
    # If one range ends where another begins, they touch, so beginnings are sorted first.
    edges.sort()
    depth = deepest = 0
    low, high = 0.0, inf
    for (edge, step), (following, _) in pairwise(edges):
        depth -= step
        if depth > deepest:
            deepest, low, high = depth, edge, following
    if deepest - right <= _FEW * len(edges) / 2:
        return total
    return implied if low < implied < high else (low + high) / 2


def _agrees(fraction: float, value: float, net_assets: float, decimal: float) -> bool:
    error = max(decimal, _LEAST_UNIT) + _AGREEMENT * abs(fraction)
    return abs(value / net_assets - fraction) <= error


def _is_material(one: float, other: float) -> bool:
    """Return whether two figures differ by much of the fund, or by more than a factor of two."""
    small, large = sorted((abs(one), abs(other)))
    return abs(one - other) > _MATERIAL or one * other <= 0 or large > 2 * small


def find_contradictions(
    fractions: Sequence[float | None],
    market_values: Sequence[float | None],
    lines: Sequence[int],
    net_assets: float,
    decimal: float,
) -> list[str]:
    """Return a sentence on the rows whose weight and market value contradict each other."""
    error = max(decimal, _LEAST_UNIT)
    found = [
        at
        for at, (fraction, value) in enumerate(zip(fractions, market_values, strict=True))
        if fraction is not None
        and value is not None
        and abs(value / net_assets - fraction) > error + _CONTRADICTION * abs(fraction)
        and _is_material(value / net_assets, fraction)
    ]
    if not found:
        return []
    fraction, value = fractions[found[0]] or 0.0, market_values[found[0]] or 0.0
    rows = "1 row contradicts" if len(found) == 1 else f"{len(found)} rows contradict"
    message = f"line {lines[found[0]]} has the weight {fraction:.2%}, and its market value is"
    return [f"{rows} the others: {message} {value / net_assets:.2%} of the net assets"]
