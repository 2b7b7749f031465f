"""A universe's past from a file: the members added and removed on each date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.errors import OversizedFileError, SourceError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

VERSION = 1
"""Increase it with every change of what is read from a history."""
MOST_STATEMENTS = 20_000
MOST_MEMBERS = 20_000_000
"""Of all statements together; the S&P 500 of thirty years makes some 350,000."""


@dataclass(frozen=True, slots=True)
class Step:
    """The symbols added and removed on a date. `line`: the line of the file."""

    date: dt.date
    added: frozenset[str]
    removed: frozenset[str]
    line: int


@dataclass(frozen=True, slots=True)
class MemberHistory:
    """A universe's past from a file: its steps in the order of their dates.

    `starts_empty`: there are no members before the first step; else the recorded ones are there.
    `layout` is the header of the file, `tickers` the spelling in which each symbol comes first.
    """

    file_name: str
    sha256: str
    layout: str
    starts_empty: bool
    steps: tuple[Step, ...]
    tickers: Mapping[str, str]

    @property
    def reader(self) -> str:
        """The name of the code that read it."""
        return f"history/{VERSION} {self.layout}"

    def walk(self, base: frozenset[str] = frozenset()) -> Iterator[tuple[dt.date, frozenset[str]]]:
        """Yield every date with all members from it on.

        `base` are the members before the first step, if the history does not start empty. Raises
        SourceError for a step that removes a stock that is no member or adds one that is, and
        OversizedFileError for more statements than any index has had.
        """
        members = set() if self.starts_empty else set(base)
        total = 0
        for number, step in enumerate(self.steps, 1):
            self._check(step, members)
            members -= step.removed
            members |= step.added
            total += len(members)
            if number > MOST_STATEMENTS or total > MOST_MEMBERS:
                raise OversizedFileError(
                    f"more than {MOST_STATEMENTS:,} dates or {MOST_MEMBERS:,} members on them",
                    where=self.file_name,
                )
            yield step.date, frozenset(members)

    def _check(self, step: Step, members: set[str]) -> None:
        strangers = sorted(step.removed - members)
        known = sorted(step.added & members)
        if not strangers and not known:
            return
        symbol = strangers[0] if strangers else known[0]
        what = "removes {}, which is not a member" if strangers else "adds {}, which is a member"
        raise SourceError(
            f"{what.format(symbol)} before {step.date}",
            where=f"{self.file_name}, line {step.line}",
            remedy="correct the file, or first load what it builds on",
        )
