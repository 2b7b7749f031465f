"""The answers of `resolve`: the stocks that a text names, how that is known, and how sure it is."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from stockgroups.queries.frames import Answers, Kind, kinds_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.queries.readings import Method


class Confidence(StrEnum):
    """How sure an answer is.

    `high`: the symbol of that day in an unmistakable spelling, or an identifier of one stock alone.
    `medium`: one stock, by its symbol of another day, the table of classes, the listing in the
    country of its ISIN, an identifier without its check digit or first zeros, or a CUSIP that a
    register has under the stock's symbol on some days. `low`: something else has that name today,
    or no group held the stock on the day, or yet, so that nothing tells whose the symbol was.
    `none`: no answer; if there are candidates, nothing tells which of them it is.
    """

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


class Candidate(NamedTuple):
    """A stock that a text may name.

    `symbol` is the one on the day asked for, None where it had none then. `security_id` is None for
    a stock that a directory lists and no source holds.
    """

    symbol: str | None
    current_symbol: str
    security_id: int | None
    method: Method

    def to_dict(self) -> dict[str, Any]:
        """Return the candidate as JSON values."""
        return self._asdict()


class Resolution(NamedTuple):
    """The stock that a text names; `candidates` are all that it may name.

    `why` gives the reason where there is no answer or a `low` one, and the source of a register's.
    """

    text: str
    symbol: str | None
    current_symbol: str | None
    security_id: int | None
    method: Method
    confidence: Confidence
    candidates: tuple[Candidate, ...] = ()
    why: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the resolution as JSON values."""
        return self._asdict() | {"candidates": [c.to_dict() for c in self.candidates]}


class Resolutions(Answers[Resolution]):
    """What several texts name, in their order."""

    KINDS: ClassVar[Mapping[str, Kind]] = kinds_of(Resolution)
