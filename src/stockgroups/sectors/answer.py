"""The sector of a stock, with the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from stockgroups.json_values import Fields
from stockgroups.sectors.votes import Kind, Standing

if TYPE_CHECKING:
    from stockgroups.catalog import SectorOverride
    from stockgroups.sectors.votes import JudgedVote


class Confidence(StrEnum):
    """The confidence of an answer."""

    OVERRIDE = "override"
    """A user's decision."""

    HIGH = "high"
    """Two or more sources agree, and the contradicting ones have at least one vote less."""

    MEDIUM = "medium"
    """Only one source, or a majority of less than one vote."""

    LOW = "low"
    """Only the screener, or a tie that was broken."""

    KEPT = "kept"
    """Another program's membership of a SECTOR group, against or without the votes."""

    NONE = "none"
    """No sector: no source has a vote that counts."""


@dataclass(frozen=True, slots=True)
class Classification(Fields):
    """A stock's sector with the votes behind it, on a day or now.

    `sector_label` and `industry_label` are the newest of the agreeing sources' labels; `industry`
    is the sector's industry for them, None if there is none. `margin` is the sector's lead over the
    next, in votes. `votes` holds all votes, the newest first; `dissent` the votes for another
    sector. `kept` is the membership of a SECTOR group that another program wrote, if there is one.
    """

    KEYS = (
        "sector industry sector_label printed_industry=industry_label confidence margin sources "
        "votes dissent override=override?.decision kept=kept?.decision advice=advise()"
    )

    sector: str | None
    industry: str | None
    sector_label: str | None
    industry_label: str | None
    confidence: Confidence
    margin: float
    votes: tuple[JudgedVote, ...]
    dissent: tuple[JudgedVote, ...]
    override: SectorOverride | None = None
    kept: SectorOverride | None = None

    @property
    def shown_industry(self) -> str | None:
        """The industry; the reported one if the sector has no industry for it."""
        return None if self.sector is None else self.industry or self.industry_label

    @property
    def sources(self) -> list[str]:
        """The sources whose counted label is of this sector, or the tie-breaker."""
        if self.override is not None:
            return ["override"]
        if self.confidence is Confidence.KEPT:
            return ["another program"]
        agree = {
            h.vote.source for h in self._list_votes(Standing.COUNTED) if h.sector == self.sector
        }
        if agree:
            return sorted(agree)
        breakers = self._list_votes(Standing.TIE_BREAKER)
        return sorted({h.vote.source for h in breakers if h.sector == self.sector})

    @property
    def is_disputed(self) -> bool:
        """Whether counted votes differ."""
        return bool(self.dissent)

    def advise(self) -> str:
        """Return, in words, what would change the answer, or what would give one."""
        if self.override is not None:
            return (
                "it was set by a user: "
                "`stockgroups classify override SYMBOL --remove --reason TEXT` withdraws it"
            )
        if self.confidence is Confidence.KEPT:
            return (
                "another program's tables say so: "
                "`stockgroups classify override SYMBOL SECTOR --reason TEXT` overrides them"
            )
        if self.sector is None:
            return (
                f"{self._lack()}; load a newer file of an issuer that prints sectors and holds it"
            )
        if not self._list_votes(Standing.COUNTED):
            return "only the screener says so: one issuer's label would decide it"
        if not self.margin:
            return "as many votes are against it: one more source would decide it"
        needed = int(self.margin) + 1
        sources = "one more source" if needed == 1 else f"{needed} more sources"
        return f"{sources} that agree on another sector would change it"

    def _list_votes(self, standing: Standing) -> list[JudgedVote]:
        return [judged for judged in self.votes if judged.standing is standing]

    def _lack(self) -> str:
        """Return why there is no sector."""
        if not self.votes:
            return "no source prints a sector for it"
        newest = self.votes[0]
        if newest.standing is Standing.OUTDATED:
            return (
                f"its newest label ({newest.vote.source}, {newest.vote.as_of}) is too old to count"
            )
        if newest.vote.kind is Kind.SCREENER:
            return f"the screener's label is too vague ({newest.vote.label})"
        return f"{newest.vote.source} prints {newest.vote.label!r}, which is not a sector"
