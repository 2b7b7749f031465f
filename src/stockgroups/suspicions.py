"""Signs that a source is damaged or mistaken, and the words with which a person accepts them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.errors import GuardError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


class Guard(StrEnum):
    """What is guarded against. The values are the words of `--accept`; docs/receipts.md has them.

    TRUNCATED, REPEATED, WEIGHTS and REJECTED judge a file by itself; SHRINK, ROWS, CHANGED and
    FUTURE judge it beside what is recorded and beside the calendar.
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
"""Of a file, by weight, what need not be understood."""

EVERY_GUARD = "all"
"""The word of `--accept` that stands for all others."""


class Suspicion(NamedTuple):
    """One sign: the guard that it raises, and a sentence with the figures, without a full stop."""

    guard: Guard
    message: str

    def to_dict(self) -> dict[str, str]:
        """Return the suspicion as JSON values."""
        return {"guard": self.guard.value, "message": self.message}


def refuse_suspicions(
    suspicions: Iterable[Suspicion], accept: Collection[str], where: str
) -> tuple[Suspicion, ...]:
    """Return the suspicions, all of which `accept` lets pass.

    Args:
        suspicions: what was noticed, in the order in which it is told.
        accept: words of `Guard`.
        where: the file or group, for the error.

    Raises:
        GuardError: tells every suspicion that is not accepted, and the flags that accept them.
    """
    told = tuple(suspicions)
    refused = [suspicion for suspicion in told if suspicion.guard not in accept]
    if refused:
        flags = " ".join(f"--accept {guard}" for guard in dict.fromkeys(s.guard for s in refused))
        raise GuardError(
            "; ".join(suspicion.message for suspicion in refused),
            where=where,
            remedy=f"download it again, or take it as it is with {flags} "
            f"(--accept {EVERY_GUARD}: with whatever else is odd about it)",
        )
    return told


def parse_accept(words: Iterable[str]) -> frozenset[str]:
    """Return the words of `--accept`.

    Raises:
        UsageError: for a word that is no guard; names all that are.
    """
    accept = frozenset(words)
    unknown = sorted(accept - {*Guard, EVERY_GUARD})
    if unknown:
        raise UsageError(
            f"no guard {unknown[0]!r}",
            where="--accept",
            remedy=f"use one of {', '.join([*Guard, EVERY_GUARD])}",
        )
    return frozenset(Guard) if EVERY_GUARD in accept else accept
