"""What is claimed, what witnesses say of it, and what follows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

_LABEL = re.compile(r"-\d{6}$")


class Kind(StrEnum):
    """What an answer is about."""

    MEMBERSHIP = "membership"
    WEIGHT = "weight"
    SECTOR = "sector"
    IDENTITY = "identity"
    ORDINARY = "ordinary stocks"
    AS_OF = "as-of"


@dataclass(frozen=True, slots=True)
class Claim:
    """One answer of the program.

    Attributes:
        kind: What it is about.
        group: The fund or universe; of an identity event its kind.
        subject: The stock, as the answer or the witness writes it; of an event both sides.
        day: The day that it is true for.
        answer: The answer: yes or no, a weight as a fraction, a sector.
        stratum: What it is drawn from evenly: a file, a decade, a size of companies.
        spellings: All symbols by which a witness may know the stock on the day, squashed.
        earlier: Of a claim about two days the first one; `day` is the second.
    """

    kind: Kind
    group: str
    subject: str
    day: dt.date
    answer: str
    stratum: str
    spellings: frozenset[str] = field(default=frozenset(), compare=False)
    earlier: dt.date | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        """What names the claim, whatever the answer is."""
        return f"{self.kind}|{self.group}|{self.subject}|{self.day}"

    def tell(self) -> str:
        """Return the claim in words."""
        match self.kind:
            case Kind.WEIGHT:
                return f"{self.subject} is {float(self.answer):.6%} of {self.group} on {self.day}"
            case Kind.SECTOR:
                return f"{self.subject} is in the sector {self.answer} on {self.day}"
            case Kind.IDENTITY:
                one = "one stock" if self.answer == YES else "two stocks"
                return f"{self.subject}: {one} ({self.group})"
            case Kind.ORDINARY:
                one = "one stock" if self.answer == YES else "two stocks"
                return f"{self.subject} of {self.earlier} and of {self.day}: {one} ({self.group})"
            case _:
                verb = "is" if self.answer == YES else "is not"
                return f"{self.subject} {verb} in {self.group} on {self.day}"


YES, NO = "yes", "no"


def yes_no(value: object) -> str:
    """Return the answer that a truth is written as."""
    return YES if value else NO


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one witness says of a claim. A witness that cannot tell gives none.

    Attributes:
        source: Who publishes it: two files of one publisher are one witness.
        agrees: Whether it says the same.
        text: What it says, with file and place.
    """

    source: str
    agrees: bool
    text: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim and what all witnesses say of it."""

    claim: Claim
    verdicts: tuple[Verdict, ...]

    @property
    def is_witnessed(self) -> bool:
        """Whether any witness could tell."""
        return bool(self.verdicts)

    @property
    def is_right(self) -> bool:
        """Whether a witness says the same, and none says otherwise."""
        return self.is_witnessed and all(verdict.agrees for verdict in self.verdicts)

    @property
    def is_missed(self) -> bool:
        """Whether a witness says otherwise."""
        return any(not verdict.agrees for verdict in self.verdicts)

    @property
    def witnesses(self) -> int:
        """How many publishers spoke."""
        return len({verdict.source for verdict in self.verdicts})


Witness = Callable[[Claim], Iterable[Verdict]]
"""Says what a source that took no part knows of a claim."""


def judge(claim: Claim, witnesses: Sequence[Witness]) -> Judged:
    """Return the claim with what every witness says of it."""
    return Judged(claim, tuple(verdict for witness in witnesses for verdict in witness(claim)))


def squash(symbol: str) -> str:
    """Return a symbol without what publishers write differently: BRK.B, BRK/B, BRKB are one.

    The month of a label (`ALTR-201512`) is no part of the symbol that the stock had.
    """
    return "".join(c for c in _LABEL.sub("", symbol.strip().upper()) if c.isalnum())
