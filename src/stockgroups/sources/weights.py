"""Weights: fractions of the fund's net assets, from what the file prints of them.

The unit is decided for the whole file from the sum of its printed weights, never per row: 0.0359
in a file of percents is 0.0359 %. Where market values are printed too they are the better source,
as printed weights are rounded (a fund of 2,600 stocks prints 0.00 on half of them).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress, islice
from math import fsum, inf, sqrt
from typing import TYPE_CHECKING

from stockgroups.errors import GuardError, TruncatedFileError
from stockgroups.wording import count_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

ACCEPT_WEIGHTS = "weights"
"""The word with which a caller accepts weights that do not sum to the whole."""

LOWEST_SUM = 0.9
HIGHEST_SUM = 1.1
LEAST_SHARE = 0.96
"""Files without their cash rows hold 97 to 99.2 % of the fund; what has less was cut."""
WHOLE = 0.995
"""Whole files of exactly printed weights sum to 0.9969 at least."""
FEW_ROWS = 20
"""Of so few rows a file of percents that was cut can sum to one."""

MOST_GROSS = 100
"""Times the net assets: of lines that cancel one another no weight can be told."""

_LARGE = 0.001
_ENOUGH = 2_000
_MISSING = 0.003
_ROUNDING = 0.01 / sqrt(12) / 100  # the deviation of a weight printed as 6.28 %
_AGREEMENT = 0.0005


@dataclass(frozen=True, slots=True)
class Weights:
    """Every row's weight, and where the weights come from; see `Receipt` for the words."""

    values: tuple[float | None, ...] | None
    printed_sum: float | None
    unit: str | None
    basis: str
    net_assets: float | None
    notes: tuple[str, ...]


def weigh(
    printed: Sequence[float | None] | None,
    market_values: Sequence[float | None] | None,
    *,
    percent: bool,
    typed: bool,
    accept: Collection[str],
    where: str,
) -> Weights:
    """Return the weights of all rows, in parallel with the columns.

    A weight is the row's market value over the sum of all, unless the printed weights show that
    rows are missing: then over the net assets that they imply; or, if they do not follow from the
    market values at all, the printed weight. Raise TruncatedFileError when the printed weights
    sum to less than 0.9 or more than 1.1, or when rows are missing beyond what cash and rounding
    explain; GuardError when the weights of a person's list do not sum. "weights" in `accept`
    overrides all of them.
    """
    fractions: list[float | None] | None = None
    total: float | None = None
    unit = None
    if printed is not None and any(weight is not None for weight in printed):
        figures = fsum(filter(None, printed))
        unit = _unit(figures, len(printed), percent=percent)
        scale = 100.0 if unit == "percent" else 1.0
        fractions = [None if weight is None else weight / scale for weight in printed]
        total = figures / scale
        if not LOWEST_SUM <= total <= HIGHEST_SUM and ACCEPT_WEIGHTS not in accept:
            raise _refusal(figures, unit, len(printed), typed=typed, where=where)
    values, basis, net_assets, share, notes = _values(fractions, market_values)
    if share < LEAST_SHARE and ACCEPT_WEIGHTS not in accept:
        raise _shortage(f"their market values are {share:.2%} of the net assets", where)
    precise = basis == "printed" and not typed and _is_precise(printed or ())
    if precise and total is not None and total < LEAST_SHARE and ACCEPT_WEIGHTS not in accept:
        raise _shortage(f"their weights sum to {total:.2%}, more exactly printed than that", where)
    if precise and total is not None and total < WHOLE:
        told = f"the printed weights sum to {total:.2%}, more exactly printed than that"
        notes = (*notes, f"{told}: rows may be missing")
    return Weights(
        # To 12 significant digits, so that float8 and numeric hold the same number.
        None if values is None else tuple([w if w is None else float(f"{w:.12g}") for w in values]),
        None if total is None else float(f"{total:.12g}"),
        unit,
        basis,
        net_assets,
        notes,
    )


def _unit(figures: float, rows: int, *, percent: bool) -> str:
    if 100 * LOWEST_SUM <= figures <= 100 * HIGHEST_SUM:
        return "percent"
    if LOWEST_SUM <= figures <= HIGHEST_SUM:
        return "percent" if percent and rows < FEW_ROWS else "fraction"
    return "percent" if percent or figures > HIGHEST_SUM else "fraction"


def _refusal(
    figures: float, unit: str, rows: int, *, typed: bool, where: str
) -> GuardError | TruncatedFileError:
    told = f"the weights of its {count_of(rows, 'row')} sum to {figures:.6g}"
    if typed:
        return GuardError(
            f"{told}, neither near 1 nor near 100",
            where=where,
            remedy=f"correct them, or take them as {unit}s with --accept {ACCEPT_WEIGHTS}",
        )
    whole = "100" if unit == "percent" else "1"
    return TruncatedFileError(
        f"{told} instead of {whole}: rows are missing or doubled",
        where=where,
        remedy=f"download the file again, or load it as it is with --accept {ACCEPT_WEIGHTS}",
    )


def _shortage(told: str, where: str) -> TruncatedFileError:
    return TruncatedFileError(
        f"rows are missing: {told}",
        where=where,
        remedy=f"download the file again, or load it as it is with --accept {ACCEPT_WEIGHTS}",
    )


def _is_precise(printed: Sequence[float | None]) -> bool:
    """Tell whether the weights are printed to more than two decimals of a per cent."""
    return any(weight and abs(weight * 100 - round(weight * 100)) > 1e-6 for weight in printed)


def _values(
    fractions: Sequence[float | None] | None, market_values: Sequence[float | None] | None
) -> tuple[Sequence[float | None] | None, str, float | None, float, tuple[str, ...]]:
    """Return weights, basis, net assets, share and notes from the better of the two columns.

    The share is that of the rows' market values in the net assets that the printed weights imply;
    1 where nothing is known to be missing.
    """
    if market_values is None or not any(market_values):
        return fractions, "none" if fractions is None else "printed", None, 1.0, ()
    net_assets = fsum(filter(None, market_values))
    share = 1.0
    notes: tuple[str, ...] = ()
    if fractions is not None:
        implied, tolerance, agree = _implied(fractions, market_values)
        if implied is not None and abs(net_assets / implied - 1) > tolerance:
            if not agree:
                note = "the printed weights do not follow from the market values, and were taken"
                return fractions, "printed", implied, 1.0, (note,)
            share = net_assets / implied
            net_assets = implied
            note = f"the rows' market values are {share:.2%} of the net assets that the printed"
            notes = (f"{note} weights imply; the weights are fractions of those net assets",)
    gross = fsum(map(abs, filter(None, market_values)))
    if not 0 < gross <= MOST_GROSS * net_assets < inf:
        return fractions, "none" if fractions is None else "printed", None, 1.0, ()
    weights: list[float | None] = [
        None if value is None else value / net_assets for value in market_values
    ]
    if fractions is not None and None in weights:
        weights = [
            fraction if weight is None else weight
            for weight, fraction in zip(weights, fractions, strict=True)
        ]
    return weights, "market value", net_assets, share, notes


def _implied(
    fractions: Sequence[float | None], market_values: Sequence[float | None]
) -> tuple[float | None, float, bool]:
    """Return the net assets that the printed weights of the large rows imply.

    With them the relative difference that rounding explains (three deviations, 0.3 % at least),
    and whether the large rows' weights follow from their market values at all.
    """
    chosen = [fraction is not None and fraction >= _LARGE for fraction in fractions]
    if fsum(f or 0.0 for f in compress(fractions, chosen)) < 0.2:
        chosen = [bool(fraction) for fraction in fractions]
    pairs = [
        (fraction, value)
        for fraction, value in zip(
            islice(compress(fractions, chosen), _ENOUGH),
            islice(compress(market_values, chosen), _ENOUGH),
            strict=True,
        )
        if fraction is not None and value is not None
    ]
    weight = fsum(fraction for fraction, _ in pairs)
    implied = fsum(value for _, value in pairs) / weight if weight > 0 else 0.0
    if not 0 < implied < inf:
        return None, 0.0, False
    tolerance = max(_MISSING, 3 * _ROUNDING * sqrt(len(pairs)) / weight)
    agree = all(abs(value / implied - fraction) <= _AGREEMENT for fraction, value in pairs)
    return implied, tolerance, agree
