"""The changes between two snapshots of one group. Pure.

Members are added, removed and renamed. The share counts of the others change in three ways that
look alike in a file: the whole fund grows or shrinks (all positions by one factor), a stock splits
(its count jumps by a customary factor, in every fund that holds it), or the fund buys or sells.
Without share counts, only weights can be compared.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

DEFAULT_THRESHOLD = 0.0005
"""The smallest change of a weight that is reported: five basis points of the fund."""

EVEN_SHARE = 0.8
FEWEST_TO_SCALE = 3
SHORT_DAYS = 100
_SLACK, _SLACK_A_YEAR, _MOST_SLACK = 0.02, 0.05, 0.15
_WHOLE = (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 40, 50, 100)
_FACTORS = (*map(float, _WHOLE), *(1 / n for n in _WHOLE))
# So small a jump is also made by issues and buybacks: only over short intervals, and only exactly.
_SMALL_FACTORS = (1.5, 2 / 3)
_SMALL_SLACK = 0.005


class Position(NamedTuple):
    """A member in a snapshot: its reported symbol, its fraction of the fund, and its shares."""

    symbol: str
    weight: float | None
    shares: float | None = None


Positions = Mapping[int, Position]
"""Of one snapshot: security number to position."""


class ChangeKind(StrEnum):
    """What happened to a member."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    SPLIT = "split"
    RESIZED = "resized"
    REWEIGHTED = "reweighted"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one member. `before` is None if it was added, `after` if it was removed.

    `factor` is the change of its count relative to the fund's other counts: the customary factor of
    a split (10 for ten to one, 0.1 for one to ten), or the measured one of a resized position.
    """

    kind: ChangeKind
    security: int
    before: Position | None
    after: Position | None
    factor: float | None = None

    @property
    def position(self) -> Position:
        """The member after the change, or before it if it was removed."""
        position = self.after or self.before
        assert position is not None  # noqa: S101 - a change has at least one side
        return position


@dataclass(frozen=True, slots=True)
class Scaling:
    """How share counts moved: `scale` is the factor of the whole fund; None if unknown.

    `factors` are the additional factors of single securities. `even`: nearly all are close to 1.
    """

    scale: float | None
    factors: Mapping[int, float]
    even: bool


def compare(
    before: Positions,
    after: Positions,
    days: int,
    *,
    threshold: float = DEFAULT_THRESHOLD,
    witnesses: Sequence[Scaling] = (),
) -> list[Change]:
    """Return the changes between two snapshots the given days apart, by kind and symbol.

    `threshold` is the smallest change of a weight to report, a fraction of the fund. A change of a
    weight is reported only for a member whose count is unknown or merely drifted. `witnesses` are
    other funds over intervals that contain this one: a split in one fund is a split in all.
    """
    scaling = scale_shares(before, after, days)
    found = [
        *(Change(ChangeKind.ADDED, s, None, after[s]) for s in after.keys() - before.keys()),
        *(Change(ChangeKind.REMOVED, s, before[s], None) for s in before.keys() - after.keys()),
    ]
    for security in before.keys() & after.keys():
        was, now = before[security], after[security]
        if was.symbol != now.symbol:
            found.append(Change(ChangeKind.RENAMED, security, was, now))
        factor = scaling.factors.get(security)
        if factor is not None and abs(factor - 1) > _slack(days):
            split = _find_split(security, was, now, days, scaling, witnesses)
            kind = ChangeKind.RESIZED if split is None else ChangeKind.SPLIT
            found.append(Change(kind, security, was, now, split or factor))
        elif _weight_moved(was, now, threshold):
            found.append(Change(ChangeKind.REWEIGHTED, security, was, now))
    order = list(ChangeKind)
    return sorted(found, key=lambda change: (order.index(change.kind), change.position.symbol))


def scale_shares(before: Positions, after: Positions, days: int) -> Scaling:
    """Return how share counts moved between two snapshots the given days apart."""
    ratios = {}
    for security in before.keys() & after.keys():
        was, now = before[security].shares, after[security].shares
        if was and now and was > 0 and now > 0:
            ratios[security] = now / was
    if len(ratios) < FEWEST_TO_SCALE:
        return Scaling(None, {}, even=False)
    scale = statistics.median(ratios.values())
    factors = {security: ratio / scale for security, ratio in ratios.items()}
    slack = _slack(days)
    close = sum(abs(factor - 1) <= slack for factor in factors.values())
    return Scaling(scale, factors, even=close >= EVEN_SHARE * len(factors))


def _find_split(
    security: int,
    was: Position,
    now: Position,
    days: int,
    scaling: Scaling,
    witnesses: Sequence[Scaling],
) -> float | None:
    """Return the factor of the split that explains a change of count, or None."""
    measured = scaling.factors[security]
    split = _find_factor(measured, days)
    if split is None:
        return None
    factors = [w.factors[security] for w in witnesses if w.even and security in w.factors]
    if factors:
        agree = sum(abs(factor / split - 1) <= _MOST_SLACK for factor in factors)
        return split if 2 * agree > len(factors) else None
    if days <= SHORT_DAYS and was.weight and now.weight and was.weight > 0 and now.weight > 0:
        # A split does not change the weight; a purchase increases it.
        moved = math.log(now.weight / was.weight)
        return split if abs(moved) < abs(moved - math.log(split)) else None
    return split if scaling.even else None


def _find_factor(measured: float, days: int) -> float | None:
    """Return the customary factor that is closest to a measured one, or None."""
    nearest = min(_FACTORS, key=lambda factor: abs(math.log(measured / factor)))
    if abs(measured / nearest - 1) <= _slack(days):
        return nearest
    if days <= SHORT_DAYS:
        for factor in _SMALL_FACTORS:
            if abs(measured / factor - 1) <= _SMALL_SLACK:
                return factor
    return None


def _weight_moved(was: Position, now: Position, threshold: float) -> bool:
    if was.weight is None or now.weight is None:
        return False
    # A change of exactly the threshold is reported, despite binary rounding.
    return abs(now.weight - was.weight) >= threshold * (1 - 1e-9)


def _slack(days: int) -> float:
    """Return how far share counts drift by rounding, free float and buybacks."""
    return min(_MOST_SLACK, _SLACK + _SLACK_A_YEAR * days / 365)
