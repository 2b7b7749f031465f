"""Dates and times from users: a text, or a Python value."""

from __future__ import annotations

import datetime as dt

from stockgroups.errors import UsageError

_DAYS = {"d": 1, "w": 7, "y": 365}
"""Units of ages."""


def today_utc() -> dt.date:
    """Return today's date in UTC, the time zone of all dates in this program."""
    return dt.datetime.now(dt.UTC).date()


def read_date(value: str | dt.date, where: str) -> dt.date:
    """Return a date from a text or a value.

    Args:
        value: A date, `2026-07-02`, or an age: `30d`, `6w` and `1y` mean that many days, weeks or
            years of 365 days before today.
        where: The flag or argument that gave it, for the error.

    Raises:
        UsageError: It is not a date.
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        if value[-1:] in _DAYS and value[:-1].isdecimal():
            ago = dt.timedelta(days=int(value[:-1]) * _DAYS[value[-1]])
            return today_utc() - ago
        return dt.date.fromisoformat(value)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{value!r} is not a date",
            where=where,
            remedy="write it as 2026-07-02, or 30d for 30 days ago",
        ) from error


def check_range(since: dt.date, until: dt.date, where: str = "since") -> None:
    """Raise UsageError if the first day is after the last; `where` names the first's argument."""
    if since > until:
        raise UsageError(
            f"{since} is after {until}", where=where, remedy=f"give a day up to {until}"
        )


def check_age(days: int | None, where: str = "max_age") -> None:
    """Raise UsageError for an age of less than 0 days; None means any age."""
    if days is not None and days < 0:
        raise UsageError("an age cannot be less than 0 days", where=where, remedy="give 0 or more")


def read_time(value: str | dt.datetime, where: str) -> dt.datetime:
    """Return a time from a text or a value; without a zone it is in UTC. Raises UsageError."""
    try:
        time = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise UsageError(
            f"{value!r} is not a time", where=where, remedy="write it as 2026-07-02T18:00"
        ) from error
    return time if time.tzinfo else time.replace(tzinfo=dt.UTC)
