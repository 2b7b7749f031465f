"""What a run of `fetch` is asked, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.catalog.sources import Content
from stockgroups.fetch.manifest import Entry, Outcome
from stockgroups.text import count_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from stockgroups.errors import StockgroupsError
    from stockgroups.fetch.wishes import Wish

UNASKED = frozenset({Content.HOLDINGS, Content.NPORT, Content.FAILS, Content.TICKERS})
"""What is fetched where nobody says: data sets are large, and hold what the filings hold."""


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """The options of a run.

    Attributes:
        sources: Keys of sources.
        funds: Tickers, none for all that a source has.
        contents: What is fetched of a source.
        since: The day from which on past files are asked for, None for the newest alone.
        accept_terms: The user accepts the terms of the sources.
        dry_run: Ask nothing, tell what would be asked.
        contact: The contact that the SEC demands.
        replay: A server on this machine that is asked in place of all hosts, for tests.
        chosen_by: What names the sources, for errors: the flag, or the setting FETCH_SOURCES.
    """

    sources: tuple[str, ...]
    funds: tuple[str, ...] = ()
    contents: frozenset[Content] = UNASKED
    since: dt.date | None = None
    accept_terms: bool = False
    dry_run: bool = False
    contact: str | None = None
    replay: str | None = None
    chosen_by: str = "--source"


@dataclass(slots=True)
class FetchReport:
    """What a run asked, and what became of it.

    Attributes:
        run: The number of the run, by which the manifest names it.
        folder: The holdings folder.
        dry_run: Nothing was asked.
        entries: What was asked.
        wishes: What would be asked, of a dry run.
        asked_before: How many files were asked for today already, or are here.
        standing: What was refused today before.
        notes: What a dry run cannot tell yet.
        left: How many were not asked for, by source, and why it was left alone.
        failures: What could not be asked.
    """

    run: str
    folder: str
    dry_run: bool
    entries: list[Entry] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    asked_before: int = 0
    standing: list[Entry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left: dict[str, tuple[int, str]] = field(default_factory=dict)
    failures: list[StockgroupsError] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether nothing was refused, failed or was left out."""
        return next(self.alarms(), None) is None

    def alarms(self) -> Iterator[str]:
        """Yield what a person should hear of."""
        for entry in (*self.entries, *self.standing):
            if entry.is_alarm:
                yield entry.describe()
        yield from map(str, self.failures)
        for source, (count, reason) in self.left.items():
            yield f"{source}: {count_of(count, 'file')} not asked for: {reason}"

    def doubts(self) -> Iterator[str]:
        """Yield what came and counts, and is odd."""
        return (entry.describe() for entry in self.entries if entry.is_doubtful)

    def count(self, outcome: Outcome) -> int:
        """Return how many files came out so."""
        return sum(entry.outcome is outcome for entry in self.entries)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "run": self.run,
            "folder": self.folder,
            "dry_run": self.dry_run,
            "passed": self.passed,
            "counts": {outcome.value: self.count(outcome) for outcome in Outcome},
            "asked_before": self.asked_before,
            "refused_before": [entry.to_dict() for entry in self.standing],
            "notes": list(self.notes),
            "left": [
                {"source": source, "files": count, "reason": reason}
                for source, (count, reason) in self.left.items()
            ],
            "files": [entry.to_dict() for entry in self.entries],
            "would_ask": [
                {
                    "source": wish.endpoint.source,
                    "subject": wish.subject,
                    "date": wish.date.isoformat() if wish.date else None,
                    "url": wish.url,
                }
                for wish in self.wishes
            ],
            "failures": [error.to_dict() for error in self.failures],
        }
