"""Weights: fractions of the fund's net assets, from the printed weights and market values.

The unit is decided for the whole file from the sum of its printed weights, never per row: 0.0359 in
a file of percents is 0.0359 %. If market values are printed too, they are the better source,
because printed weights are rounded (a fund of 2,600 stocks prints 0.00 for half of them). The two
columns check each other: a difference that rounding cannot explain is a suspicion.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum, inf
from typing import TYPE_CHECKING

from stockgroups.readers.format import Field, FileColumns
from stockgroups.readers.holdings.net_assets import (
    doubt_order,
    find_contradictions,
    fit_net_assets,
    imply_net_assets,
)
from stockgroups.readers.holdings.rounding import Rounding, bound_rounding, last_decimal
from stockgroups.suspicions import Guard, Suspicion
from stockgroups.text import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

LOWEST_SUM = 0.9
HIGHEST_SUM = 1.1
"""The ranges of sums that show the unit: per cent, or fractions."""

FEW_ROWS = 20
"""Of so few rows a file of percents that was cut can sum to one."""

SLACK = 0.005
"""How far the printed weights of a whole file may be from 1, besides rounding.

State Street's sum to 0.9969 to 1.0024, Schwab's to 0.9979: receivables and payables have no row.
"""

CASH = 0.03
"""What layouts without cash rows may leave out; theirs hold 97 to 99.2 % of the fund."""

MOST_BESIDE = 1 / 3
"""Of the fund, by which cash and derivatives may take a sum beyond 1: collateral for what is lent
(the law lets a fund lend a third of itself), and futures at what they stand for."""

MOST_GROSS = 100
"""Times the net assets: lines that cancel one another have no meaningful weight."""

_AMISS = {True: "doubled or too heavy", False: "missing"}


@dataclass(frozen=True, slots=True)
class Weights:
    """Every row's weight, and the origin of the weights; see `Receipt` for the words."""

    values: tuple[float | None, ...] | None
    printed_sum: float | None
    unit: str | None
    basis: str
    net_assets: float | None
    notes: tuple[str, ...]
    suspicions: tuple[Suspicion, ...] = ()


def weigh(rows: FileColumns, beside: AbstractSet[int] = frozenset()) -> Weights:
    """Return the weights of all rows from their printed numbers.

    A weight is the row's market value over the sum of all. If the printed weights show that the
    fund is worth more or less, it is the market value over the net assets that they imply. If they
    do not follow from the market values, it is the printed weight. Sums that are not the whole, and
    rows whose weight and market value contradict each other, are suspicions of the guard "weights";
    so is an issuer's file that has lost its weights. `beside` are the positions of cash and
    derivatives, as far as known.
    """
    printed, omits_cash = rows.numbers.get(Field.WEIGHT), rows.omits_cash or rows.typed
    fractions: list[float | None] | None = None
    total: float | None = None
    unit: str | None = None
    scale = decimal = 1.0
    rounding = Rounding(1.0, 1.0)
    surplus = 0.0
    doubts: list[str] = []
    if printed is not None and any(weight is not None for weight in printed):
        figures = fsum(filter(None, printed))
        unit = _unit(figures, percent=rows.percent)
        scale = 100.0 if unit == "percent" else 1.0
        fractions = [None if weight is None else weight / scale for weight in printed]
        total = figures / scale
        decimal = last_decimal(printed) / scale
        rounding = bound_rounding(fractions, decimal)
        surplus = _explain_surplus(total, fractions, beside)
        doubts = _doubt_unit(
            figures - scale * surplus, unit, len(printed), percent=rows.percent, typed=rows.typed
        )
    is_whole = (
        total is not None
        and -SLACK - rounding.below <= total - surplus - 1 <= SLACK + rounding.beyond
    )
    values, basis, net_assets, notes, more = _values(
        fractions, rows, decimal, beside, is_whole=is_whole, omits_cash=omits_cash
    )
    if total is not None and basis == "printed" and not doubts:
        doubts = _doubt_total(total - surplus, rounding, omits_cash=omits_cash)
    if values is None and (rows.percent or (not rows.typed and Field.WEIGHT in rows.columns)):
        more = [f"none of its {count_of(len(rows.lines), 'row')} has a weight or a market value"]
    return Weights(
        # To 12 significant digits, so that float8 and numeric hold the same number.
        None if values is None else tuple(_round(values)),
        None if total is None else float(f"{total:.12g}"),
        unit,
        basis,
        net_assets,
        notes,
        tuple(Suspicion(Guard.WEIGHTS, message) for message in doubts or more),
    )


def _round(values: Sequence[float | None]) -> list[float | None]:
    """Return the values to 12 significant digits; formatting them together is faster."""
    given = [value for value in values if value is not None]
    rounded = map(float, ("%.12g " * len(given) % tuple(given)).split())
    if len(given) == len(values):
        return list(rounded)
    return [None if value is None else next(rounded) for value in values]


def _unit(figures: float, *, percent: bool) -> str:
    if 100 * LOWEST_SUM <= figures <= 100 * HIGHEST_SUM:
        return "percent"
    if LOWEST_SUM <= figures <= HIGHEST_SUM:
        return "fraction"
    return "percent" if percent or figures > HIGHEST_SUM else "fraction"


def _explain_surplus(
    total: float, shares: Sequence[float | None], beside: AbstractSet[int]
) -> float:
    """Return the part of a sum beyond 1 if cash and derivatives explain it, else 0."""
    held = fsum(max(shares[at] or 0.0, 0.0) for at in beside)
    most = min(held, MOST_BESIDE)
    # A little cash does not widen the tolerance for whole files.
    is_explained = total - 1 <= most + min(SLACK, most / 2)
    return max(0.0, min(total - 1, most)) if is_explained else 0.0


def _doubt_unit(figures: float, unit: str, rows: int, *, percent: bool, typed: bool) -> list[str]:
    """Return what is odd about a sum that is near neither whole, or near the wrong one."""
    message = f"the weights of its {count_of(rows, 'row')} sum to {figures:.6g}"
    whole = 100 if unit == "percent" else 1
    if not LOWEST_SUM <= figures / whole <= HIGHEST_SUM:
        if typed:
            return [f"{message}, neither near 1 nor near 100; they are read as {unit}s"]
        return [f"{message} instead of {whole}: rows are missing or doubled"]
    if unit == "fraction" and percent and rows < FEW_ROWS:
        return [f"{message}: fractions where percentages are expected, or a file that was cut off"]
    return []


def _doubt_total(total: float, rounding: Rounding, *, omits_cash: bool) -> list[str]:
    """Return what is odd about a sum of printed weights that is near the whole."""
    if total < 1 - (CASH if omits_cash else SLACK) - rounding.below:
        return [f"rows are missing: the printed weights sum to {total:.2%}"]
    if total > 1 + SLACK + rounding.beyond:
        return [f"rows are doubled or too heavy: the printed weights sum to {total:.2%}"]
    return []


def _values(
    fractions: Sequence[float | None] | None,
    rows: FileColumns,
    decimal: float,
    beside: AbstractSet[int],
    *,
    is_whole: bool,
    omits_cash: bool,
) -> tuple[Sequence[float | None] | None, str, float | None, tuple[str, ...], list[str]]:
    """Return weights, basis, net assets, notes and doubts from the better of the two columns."""
    market_values = rows.numbers.get(Field.MARKET_VALUE)
    if market_values is None or not any(market_values):
        return fractions, "none" if fractions is None else "printed", None, (), []
    if fractions is not None and beside:
        market_values = _without_unvalued(fractions, market_values, beside)
    net_assets = fsum(filter(None, market_values))
    notes: tuple[str, ...] = ()
    doubts: list[str] = []
    if fractions is not None:
        implied, tolerance, agree = imply_net_assets(fractions, market_values, decimal)
        if implied is not None and not agree:
            if is_whole or abs(net_assets / implied - 1) > tolerance:
                note = "the printed weights do not match the market values, and were used"
                doubts = doubt_order(fractions, market_values, decimal)
                return fractions, "printed", implied, (note,), doubts
        elif implied is not None:
            doubts = find_contradictions(fractions, market_values, rows.lines, implied, decimal)
            if doubts and is_whole:
                return fractions, "printed", implied, (), doubts
            share = net_assets / implied
            text = f"the market values are {share:.2%} of the net assets that the printed weights"
            if abs(share - 1) > tolerance:
                net_assets = implied
                notes = (f"{text} imply; the weights are fractions of those net assets",)
            else:
                net_assets = fit_net_assets(fractions, market_values, decimal, implied, net_assets)
            alone, whole = _explain_share(share, fractions, market_values, implied, beside)
            if whole > 1 + tolerance or whole < 1 - (CASH if omits_cash else tolerance):
                more = f", and rows without one have weights of {alone:.2%}" if alone else ""
                doubts.append(f"rows are {_AMISS[whole > 1]}: {text} imply{more}")
    gross = fsum(map(abs, filter(None, market_values)))
    if not 0 < gross <= MOST_GROSS * net_assets < inf:
        return fractions, "none" if fractions is None else "printed", None, (), doubts
    weights: list[float | None] = [
        None if value is None else value / net_assets for value in market_values
    ]
    if fractions is not None and None in weights:
        weights = [
            fraction if weight is None else weight
            for weight, fraction in zip(weights, fractions, strict=True)
        ]
    return weights, "market value", net_assets, notes, doubts


def _without_unvalued(
    fractions: Sequence[float | None],
    market_values: Sequence[float | None],
    beside: AbstractSet[int],
) -> list[float | None]:
    """Return the market values without the zeros of derivatives that have a weight."""
    return [
        None if value == 0 and at in beside and fractions[at] else value
        for at, value in enumerate(market_values)
    ]


def _explain_share(
    share: float,
    fractions: Sequence[float | None],
    market_values: Sequence[float | None],
    net_assets: float,
    beside: AbstractSet[int],
) -> tuple[float, float]:
    """Return the weight of rows with a weight and no value, and the share of all rows.

    `share` is the market values' share of the net assets. The part of an excess that cash and
    derivatives explain is left out.
    """
    shares = [
        fraction if value is None else value / net_assets
        for fraction, value in zip(fractions, market_values, strict=True)
    ]
    alone = fsum(shares[at] or 0.0 for at, value in enumerate(market_values) if value is None)
    whole = share + alone
    return alone, whole - _explain_surplus(whole, shares, beside)
