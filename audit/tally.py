"""Counts, rates and their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from audit.claims import Judged

_Z = 1.959964  # the 97.5th percentile of the normal distribution


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the claims of one kind.

    Attributes:
        drawn: All that were drawn.
        two: Those of which two publishers or more spoke.
        one: Those of which one spoke.
        right: Those that are right.
    """

    drawn: int
    two: int
    one: int
    right: int

    @property
    def witnessed(self) -> int:
        """How many could be judged."""
        return self.two + self.one

    @property
    def silent(self) -> int:
        """How many nobody could tell of: neither right nor wrong."""
        return self.drawn - self.witnessed

    @property
    def rate(self) -> float | None:
        """The share of right ones of those that could be judged."""
        return self.right / self.witnessed if self.witnessed else None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the rate, by Wilson."""
        return wilson(self.right, self.witnessed)


def tally(judged: Sequence[Judged]) -> Tally:
    """Count what became of claims."""
    return Tally(
        len(judged),
        sum(one.witnesses >= 2 for one in judged),
        sum(one.witnesses == 1 for one in judged),
        sum(one.is_right for one in judged),
    )


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share, by Wilson."""
    if not total:
        return 0.0, 1.0
    share = hits / total
    middle = share + _Z * _Z / (2 * total)
    spread = _Z * math.sqrt(share * (1 - share) / total + _Z * _Z / (4 * total * total))
    scale = 1 + _Z * _Z / total
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
