"""Days and times as arguments of the methods."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, TypedDict

from stockgroups.errors import UsageError
from stockgroups.times import check_age, check_range, read_date, read_time, today_utc

if TYPE_CHECKING:
    from stockgroups.queries.changes import Period
    from stockgroups.queries.moments import Moment
    from stockgroups.record.effective import ReportKind


Day = dt.date | str
"""A date: Python's, `2026-07-02`, or an age as `30d`."""
Time = dt.datetime | str
"""A time: Python's, or `2026-07-02T18:00`; of UTC where it names no zone."""


class ReportLimits(TypedDict, total=False):
    """The limits on the reports that may answer, besides the day; see `Database.group`."""

    known_at: Time | None
    max_age: int | None
    published_by: Day | None
    source: str | None


class GroupOptions(ReportLimits, total=False):
    """The options besides the day in a question about a group; see `Database.group`."""

    details: bool


def read_day(value: Day | None, where: str = "as_of") -> dt.date | None:
    """Return the date of an argument; None if it is not given. Raises UsageError."""
    return None if value is None else read_date(value, where)


def read_range(since: Day | None, until: Day | None) -> tuple[dt.date, dt.date]:
    """Return the first and last day. `until` None is today, `since` None the last day."""
    last = read_day(until, "until") or today_utc()
    return read_day(since, "since") or last, last


def read_known_at(known_at: Time | None) -> dt.datetime | None:
    """Return the time of an argument; None if it is not given. Raises UsageError."""
    return read_time(known_at, "known_at") if known_at is not None else None


def read_moment(
    as_of: Day | None,
    known_at: Time | None = None,
    max_age: int | None = None,
    published_by: Day | None = None,
    source: str | None = None,
) -> Moment | None:
    """Return the moment to answer for; None for now.

    Without a day it is today, or the day by which reports must be public if that is earlier.
    """
    if all(value is None for value in (as_of, known_at, max_age, published_by, source)):
        return None
    check_age(max_age)
    from stockgroups.queries.moments import Moment  # noqa: PLC0415 - not for questions about now

    public, today = read_day(published_by, "published_by"), today_utc()
    return Moment(
        read_day(as_of) or min(public or today, today),
        read_known_at(known_at),
        max_age,
        public,
        read_source(source),
    )


def read_source(source: str | None) -> ReportKind | None:
    """Return the kind of reports that an argument names; None if not given. Raises UsageError."""
    if source is None:
        return None
    from stockgroups.record.effective import ReportKind  # noqa: PLC0415 - as above

    try:
        return ReportKind(source.lower())
    except ValueError:
        raise UsageError(
            f"unknown kind of source {source!r}",
            where="source",
            remedy=f"use one of {', '.join(ReportKind)}",
        ) from None


def read_period(since: Day | None, until: Day | None, threshold: float | None) -> Period:
    """Return the days between which to list changes; `until` None is today."""
    from stockgroups.queries.changes import Period  # noqa: PLC0415 - not for other questions
    from stockgroups.queries.steps import DEFAULT_THRESHOLD  # noqa: PLC0415 - as above

    first, last = read_day(since, "since"), read_day(until, "until") or today_utc()
    if first is not None:
        check_range(first, last)
    return Period(
        first,
        last,
        DEFAULT_THRESHOLD if threshold is None else threshold,
    )
