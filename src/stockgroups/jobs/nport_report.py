"""What is asked of a load of N-PORT filings, and what became of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from stockgroups.errors import StockgroupsError

ALL, ETFS = "all", "etf"
"""The words of `--funds`, beside a list of tickers, series and registrants."""


class Outcome(StrEnum):
    """What becomes of a filing."""

    NEW = "new"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded by an amendment"
    WITHOUT_STOCKS = "without stocks"
    NOT_ASKED = "not asked for"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class NportOptions:
    """The options of a load.

    Attributes:
        funds: `etf`, `all`, or tickers, numbers of series (S…) and of registrants (CIK).
        filed_on: The day of filing, of files that do not tell it.
        rebuild: Read filings again that were read before.
    """

    funds: str | Sequence[str] = ETFS
    filed_on: dt.date | None = None
    accept: frozenset[str] = frozenset()
    dry_run: bool = False
    rebuild: bool = False


@dataclass(slots=True)
class FilingOutcome:
    """One filing: where it stands, of which fund and day it is, and what became of it.

    `file` is a path in the folder, or the data set's name and the filing's number. `unresolved`
    counts the stocks that it identifies by CUSIP, SEDOL or FIGI alone: registers tell which they
    are. `why` is the reason where it was not loaded.
    """

    file: str
    fund: str | None = None
    as_of: dt.date | None = None
    filed_on: dt.date | None = None
    outcome: Outcome = Outcome.REFUSED
    members: int = 0
    unresolved: int = 0
    rows: int = 0
    why: str | None = None
    error: StockgroupsError | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what became of it as JSON values."""
        return {
            "file": self.file,
            "fund": self.fund,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "published_on": self.filed_on.isoformat() if self.filed_on else None,
            "outcome": self.outcome.value,
            "rows": self.rows,
            "members": self.members,
            "unresolved": self.unresolved,
            "why": self.why,
            "error": str(self.error) if self.error else None,
        }


@dataclass(slots=True)
class NportReport:
    """What became of every filing.

    Attributes:
        filings: All filings; of those that were not asked for only their number.
        not_asked: The number of those, by reason.
        loads: The numbers of the loads in the audit.
        errors: Files and data sets that could not be read at all.
    """

    dry_run: bool
    filings: list[FilingOutcome] = field(default_factory=list)
    not_asked: Counter[str] = field(default_factory=Counter)
    loads: list[int] = field(default_factory=list)
    errors: list[StockgroupsError] = field(default_factory=list)

    @property
    def counts(self) -> Counter[Outcome]:
        """The number of filings by what became of them."""
        counts = Counter(one.outcome for one in self.filings)
        counts[Outcome.NOT_ASKED] += self.not_asked.total()
        return counts

    @property
    def failures(self) -> list[StockgroupsError]:
        """Everything that went wrong."""
        return [*self.errors, *(one.error for one in self.filings if one.error)]

    @property
    def is_vain(self) -> bool:
        """Whether no filing is in the database, by this load or before."""
        counts = self.counts
        return not counts[Outcome.NEW] and not counts[Outcome.UNCHANGED]

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome as JSON values."""
        return {
            "dry_run": self.dry_run,
            "loads": self.loads,
            "counts": {outcome.value: count for outcome, count in sorted(self.counts.items())},
            "not_asked": dict(self.not_asked.most_common()),
            "filings": [one.to_dict() for one in self.filings],
            "errors": [str(error) for error in self.errors],
        }


class Progress(NamedTuple):
    """How far a load is: a share of all work from 0 to 1, and what it is at."""

    share: float
    what: str
