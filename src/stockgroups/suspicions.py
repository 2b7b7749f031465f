"""Signs that a source is damaged or mistaken, and the words of `--accept` that accept them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.errors import GuardError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


class Guard(StrEnum):
    """A kind of suspicion. The values are the words of `--accept`; docs/receipts.md explains them.

    TRUNCATED, REPEATED, WEIGHTS and REJECTED judge a file alone. SHRINK, ROWS, CHANGED and FUTURE
    compare it with the record and with the calendar.
    """

    TRUNCATED = "truncated"
    REPEATED = "repeated"
    WEIGHTS = "weights"
    REJECTED = "rejected"
    SHRINK = "shrink"
    ROWS = "rows"
    CHANGED = "changed"
    FUTURE = "future"


REJECTED_SHARE = 0.05
"""The part of a file, by weight, that may be rejected without a suspicion."""

EVERY_GUARD = "all"
"""The word of `--accept` that means all others."""


class Suspicion(NamedTuple):
    """One sign: its guard, and a sentence with the figures, without a full stop."""

    guard: Guard
    message: str

    def to_dict(self) -> dict[str, str]:
        """Return the suspicion as JSON values."""
        return {"guard": self.guard.value, "message": self.message}


def refuse_suspicions(
    suspicions: Iterable[Suspicion], accept: Collection[str], where: str
) -> tuple[Suspicion, ...]:
    """Return the suspicions if `accept` accepts all of them.

    Args:
        suspicions: The suspicions, in the order in which the error lists them.
        accept: Words of `Guard`.
        where: The file or group, for the error.

    Raises:
        GuardError: Some are not accepted. It lists them, and the flags that accept them.
    """
    found = tuple(suspicions)
    refused = [suspicion for suspicion in found if suspicion.guard not in accept]
    if refused:
        flags = " ".join(f"--accept {guard}" for guard in dict.fromkeys(s.guard for s in refused))
        raise GuardError(
            "; ".join(suspicion.message for suspicion in refused),
            where=where,
            remedy=f"download it again, or accept it as it is with {flags} "
            f"(--accept {EVERY_GUARD} also accepts anything else suspicious)",
        )
    return found


def parse_accept(words: Iterable[str]) -> frozenset[str]:
    """Return the words of `--accept`.

    Raises:
        UsageError: A word is not a guard. The error lists all guards.
    """
    accept = frozenset(words)
    unknown = sorted(accept - {*Guard, EVERY_GUARD})
    if unknown:
        raise UsageError(
            f"unknown guard {unknown[0]!r}",
            where="--accept",
            remedy=f"use one of {', '.join([*Guard, EVERY_GUARD])}",
        )
    return frozenset(Guard) if EVERY_GUARD in accept else accept
