"""The options of a load of N-PORT filings, and the outcome of each filing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.json_values import Fields

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from stockgroups.errors import StockgroupsError

ALL, ETFS = "all", "etf"
"""The words of `--funds`, beside a list of tickers, series and registrants."""


class Outcome(StrEnum):
    """The outcome of a filing."""

    NEW = "new"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded by a later filing"
    WITHOUT_STOCKS = "without stocks"
    NOT_ASKED = "not selected"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class NportOptions:
    """The options of a load.

    Attributes:
        funds: `etf`, `all`, or tickers, series numbers (S…) and registrant numbers (CIK).
        filed_on: The filing date, for files that do not state it.
        rebuild: Read filings again that were read before.
    """

    funds: str | Sequence[str] = ETFS
    filed_on: dt.date | None = None
    accept: frozenset[str] = frozenset()
    dry_run: bool = False
    rebuild: bool = False


@dataclass(slots=True)
class FilingOutcome(Fields):
    """One filing: its place, its fund, its date, and its outcome.

    `file` is a path in the folder, or the data set's name and the filing's number. `unresolved`
    counts the stocks that it identifies by CUSIP, SEDOL or FIGI alone: registers can resolve them.
    `why` is the reason if it was not loaded.
    """

    KEYS = "file fund as_of published_on=filed_on outcome rows members unresolved why error"

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


@dataclass(slots=True)
class NportReport:
    """The outcome of every filing.

    Attributes:
        filings: The filings that were asked for.
        not_asked: The number of filings that were not asked for, by reason.
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
        """The number of filings by outcome."""
        counts = Counter(one.outcome for one in self.filings)
        counts[Outcome.NOT_ASKED] += self.not_asked.total()
        return counts

    @property
    def failures(self) -> list[StockgroupsError]:
        """Everything that went wrong."""
        return [*self.errors, *(one.error for one in self.filings if one.error)]

    @property
    def is_vain(self) -> bool:
        """Whether none of the filings is in the database, from this load or an earlier one."""
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
    """The progress of a load: a share of all work from 0 to 1, and the current item."""

    share: float
    what: str
