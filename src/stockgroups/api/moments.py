"""Days and times as the methods take them, and what they mean."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from stockgroups.times import check_age, check_range, read_date, read_time, today_utc

if TYPE_CHECKING:
    from stockgroups.queries.changes import Period
    from stockgroups.queries.moments import Moment


Day = dt.date | str
"""A date: Python's, `2026-07-02`, or an age as `30d`."""
Time = dt.datetime | str
"""A time: Python's, or `2026-07-02T18:00`; of UTC where it names no zone."""


def read_day(said: Day | None, where: str = "as_of") -> dt.date | None:
    """Return the date that an argument gives, None where it is not given. Raises UsageError."""
    return None if said is None else read_date(said, where)


def read_range(since: Day | None, until: Day | None) -> tuple[dt.date, dt.date]:
    """Return the first and the last day. `until` None is today, `since` None the last day too."""
    last = read_day(until, "until") or today_utc()
    return read_day(since, "since") or last, last


def read_known_at(known_at: Time | None) -> dt.datetime | None:
    """Return the time that an argument gives, None where it is not given. Raises UsageError."""
    return read_time(known_at, "known_at") if known_at is not None else None


def read_moment(as_of: Day | None, known_at: Time | None, max_age: int | None) -> Moment | None:
    """Return the moment that is asked about, None for now."""
    if as_of is None and known_at is None and max_age is None:
        return None
    check_age(max_age)
    from stockgroups.queries.moments import Moment  # noqa: PLC0415 - not for questions about now

    return Moment(
        read_day(as_of) or today_utc(),
        read_known_at(known_at),
        max_age,
    )


def read_period(since: Day | None, until: Day | None, threshold: float | None) -> Period:
    """Return the days between which changes are asked for; `until` None is today."""
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
