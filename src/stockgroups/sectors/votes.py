"""Votes: the label that one source reports for one stock on one day, and its weight."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.json_values import pick

if TYPE_CHECKING:
    import datetime as dt

    from stockgroups.catalog import Taxonomy


class Kind(StrEnum):
    """The kind of a source's knowledge of the sector."""

    ISSUER = "issuer"
    """An issuer licenses the classification and has it in its files."""

    MEMBERSHIP = "membership"
    """A fund whose index contains exactly one sector: to hold the stock is to label it."""

    LIST = "list"
    """A third party's list of index providers' publications."""

    SCREENER = "screener"
    """A taxonomy of its own. It breaks ties, and is used if there is no other vote."""


WEIGHTS = {Kind.ISSUER: 1.0, Kind.MEMBERSHIP: 1.0, Kind.LIST: 0.5, Kind.SCREENER: 0.0}
"""One opinion for each issuer, however many of its funds report it; a second-hand list has half."""


class Vote(NamedTuple):
    """The sector and industry of a stock as a source reports them; either may be missing.

    `source` holds the opinion (an issuer, not one of its funds); `seen_in` is the fund, universe or
    directory that it was read from. (A named tuple: a build makes thousands.)
    """

    source: str
    kind: Kind
    as_of: dt.date
    label: str
    industry: str | None = None
    seen_in: str | None = None

    @property
    def weight(self) -> float:
        """The weight of the vote."""
        return WEIGHTS[self.kind]

    def read(self, taxonomy: Taxonomy, on: dt.date | None) -> str | None:
        """Return the sector that the label means on a day (None: now); None if it means none."""
        if self.kind is Kind.SCREENER:
            return taxonomy.sector_of_screener(self.label, self.industry)
        return taxonomy.sector_of(self.label, on)


class Standing(StrEnum):
    """The outcome of a vote."""

    COUNTED = "counted"
    TIE_BREAKER = "tie-breaker"
    OUTDATED = "before the last change of the classification"
    SUPERSEDED = "superseded by a newer label of its source"
    UNKNOWN = "says no sector"


class JudgedVote(NamedTuple):
    """A vote with the sector that its label means, and its outcome."""

    vote: Vote
    sector: str | None
    standing: Standing

    def to_dict(self) -> dict[str, Any]:
        """Return the vote as JSON values."""
        said = pick(self.vote, "source kind as_of label industry seen_in weight")
        return said | pick(self, "sector standing")
