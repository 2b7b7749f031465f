"""The options of a run of `fetch`, and its report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from stockgroups.catalog.sources import Content
from stockgroups.fetch.manifest import Entry, Outcome
from stockgroups.json_values import pick
from stockgroups.text import count_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from stockgroups.errors import StockgroupsError
    from stockgroups.fetch.wishes import Wish
    from stockgroups.settings import Settings

UNASKED = frozenset({Content.HOLDINGS, Content.NPORT, Content.FAILS, Content.TICKERS})
"""The default contents; data sets are large, and contain the same as the filings."""


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """The options of a run.

    Attributes:
        sources: Keys of sources.
        funds: Tickers; none for all funds of a source.
        contents: What to fetch from a source.
        since: The first day of past files to ask for; None for the newest files alone.
        accept_terms: The user accepts the terms of the sources.
        dry_run: Ask for nothing, and report what would be asked for.
        contact: The contact that the SEC demands.
        replay: A server on this machine that answers for all hosts, for tests.
        chosen_by: What named the sources, for errors: the flag, or the setting FETCH_SOURCES.
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

    @classmethod
    def choose(cls, settings: Settings, sources: Iterable[str]) -> Self:
        """Return the options for some sources, or if none are named for those of the settings."""
        named = tuple(sources)
        return cls(
            named or settings.fetch_sources,
            contact=settings.sec_contact,
            replay=settings.fetch_replay,
            chosen_by="--source" if named else "FETCH_SOURCES",
        )


@dataclass(slots=True)
class FetchReport:
    """What a run asked for, and the outcomes.

    Attributes:
        run: The number of the run, as the manifest has it.
        folder: The holdings folder.
        dry_run: Nothing was asked for.
        entries: The requests with their outcomes.
        wishes: In a dry run, what would be asked for.
        asked_before: The number of files that were asked for earlier today, or are here.
        standing: What was refused earlier today.
        notes: What a dry run cannot know yet.
        left: By source, the number of files not asked for, and why the source was left alone.
        failures: What could not be asked for.
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
        """Yield the messages for a person."""
        for entry in (*self.entries, *self.standing):
            if entry.is_alarm:
                yield entry.describe()
        yield from map(str, self.failures)
        for source, (count, reason) in self.left.items():
            yield f"{source}: {count_of(count, 'file')} not requested: {reason}"

    def doubts(self) -> Iterator[str]:
        """Yield what arrived and was accepted, but is odd."""
        return (entry.describe() for entry in self.entries if entry.is_doubtful)

    def count(self, outcome: Outcome) -> int:
        """Return the number of files with an outcome."""
        return sum(entry.outcome is outcome for entry in self.entries)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            **pick(self, "run folder dry_run passed"),
            "counts": {outcome.value: self.count(outcome) for outcome in Outcome},
            **pick(self, "asked_before refused_before=standing notes"),
            "left": [
                {"source": source, "files": count, "reason": reason}
                for source, (count, reason) in self.left.items()
            ],
            "files": [entry.to_dict() for entry in self.entries],
            "would_ask": [
                pick(wish, "source=endpoint.source subject date url") for wish in self.wishes
            ],
            "failures": [error.to_dict() for error in self.failures],
        }
