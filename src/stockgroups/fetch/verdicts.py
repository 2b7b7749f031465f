"""The input and the result of judging a download."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from stockgroups.fetch.manifest import Outcome

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from stockgroups.catalog.sources import Content
    from stockgroups.record.guards import Report

HEAD_BYTES = 64 << 10
"""Bytes at the start of a body, by which it is recognised."""
LOOK = "look at the file that was set aside"
OTHER_ADDRESS = f"{LOOK}; if the address now leads elsewhere, correct it in your own fetch.toml"


@dataclass(frozen=True, slots=True)
class Expected:
    """What was asked for.

    Attributes:
        content: What the end point provides.
        file_name: The name under which the body is read.
        subject: The fund's ticker, or the period; None if the end point has only one file.
        date: The requested day; None for the newest.
        today: The day of the request.
        names: Texts that the file must contain; None if it names the fund itself.
        series: The fund's series at the SEC; None for a trust without one.
        cik: The filer's number at the SEC.
        changed: The day on which the publisher says that it changed the file; None if it does not
            say.
    """

    content: Content
    file_name: str
    subject: str | None
    date: dt.date | None
    today: dt.date
    names: str | None = None
    series: str | None = None
    cik: str | None = None
    changed: dt.date | None = None


@dataclass(frozen=True, eq=False)
class Known:
    """A good file that is here.

    Attributes:
        subject: The fund's ticker, or the file's other subject.
        sha256: The hash of its bytes.
        rows: The number of rows of its list.
        as_of: The as-of date of its content.
        read: What reads the file again if it is needed.
    """

    subject: str | None
    sha256: str
    rows: int
    as_of: dt.date | None = None
    read: Callable[[], Report | None] = lambda: None

    @cached_property
    def report(self) -> Report | None:
        """Its members for its date; None for anything but holdings."""
        return self.read()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one body.

    Attributes:
        outcome: The outcome.
        reason: The reason for it, in words.
        remedy: What to do; None if nothing is to be done.
        as_of: The as-of date of the content.
        rows: The number of rows of the list.
        is_wall: The site keeps programs out, and is not asked again in this run.
        known: An accepted file, for later files to be compared with.
    """

    outcome: Outcome
    reason: str
    remedy: str | None = None
    as_of: dt.date | None = None
    rows: int | None = None
    is_wall: bool = False
    known: Known | None = None


def refuse(reason: str, remedy: str, **more: Any) -> Verdict:
    """Return a refusal with its reason and what to do."""
    return Verdict(Outcome.REFUSED, reason, remedy, **more)
