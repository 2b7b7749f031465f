"""The answers of `resolve`: the stocks that a text names, the method, and the confidence."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from stockgroups.json_values import write_tuple
from stockgroups.queries.frames import Answers, Kind, kinds_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.queries.readings import Method


class Confidence(StrEnum):
    """How certain an answer is.

    `high`: the symbol of that day in an unmistakable spelling, or an identifier of exactly one
    stock. `medium`: one stock, by its symbol of another day, the table of classes, the listing in
    the country of its ISIN, an identifier without its check digit or leading zeros, or a CUSIP that
    a register has under the stock's symbol on some days. `low`: something else has that name today,
    or no group held the stock on the day or before, so that it is uncertain whose the symbol was.
    `none`: no answer; if there are candidates, nothing decides between them.
    """

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


class Candidate(NamedTuple):
    """A stock that a text may name.

    `symbol` is the one on the day asked for; None if it had none then. `security_id` is None for a
    stock that a directory lists and no source holds.
    """

    symbol: str | None
    current_symbol: str
    security_id: int | None
    method: Method

    def to_dict(self) -> dict[str, Any]:
        """Return the candidate as JSON values."""
        return self._asdict()


class Resolution(NamedTuple):
    """The stock that a text names; `candidates` are all stocks that it may name.

    `why` gives the reason if there is no answer or a `low` one, and the source if a register
    answers.
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
        return write_tuple(self)


class Resolutions(Answers[Resolution]):
    """What several texts name, in the order of the texts."""

    KINDS: ClassVar[Mapping[str, Kind]] = kinds_of(Resolution)
