"""What a text means, how that is known, and how sure it is, as types."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from stockgroups.queries.readings import Method


class Confidence(StrEnum):
    """How sure an answer is.

    `high`: the symbol of that day in an unmistakable spelling, or an identifier of one stock alone.
    `medium`: one stock, by its symbol of another day, by the table of classes, or the listing in
    the country of its ISIN. `low`: something else goes by that name today, or nothing is known but
    that it is spelt as a symbol. `none`: no answer; with candidates there are several, and nothing
    tells which.
    """

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


class Candidate(NamedTuple):
    """A stock that a text may mean.

    `symbol` is that of the day asked for, None where it had none then; `security_id` is None for
    what a directory lists and no source holds.
    """

    symbol: str | None
    current_symbol: str
    security_id: int | None
    method: Method

    def as_dict(self) -> dict[str, Any]:
        """Return the candidate as JSON values."""
        return self._asdict()


class Resolution(NamedTuple):
    """What a text means. `candidates` are all that it may mean where there are several."""

    text: str
    symbol: str | None
    current_symbol: str | None
    security_id: int | None
    method: Method
    confidence: Confidence
    candidates: tuple[Candidate, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the resolution as JSON values."""
        return self._asdict() | {"candidates": [c.as_dict() for c in self.candidates]}
