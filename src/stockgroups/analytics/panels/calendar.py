"""The dates of a panel: every day, the ends of weeks, months and so on, or a given list."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING

from stockgroups.errors import UsageError
from stockgroups.text import advise_nearest
from stockgroups.times import check_range, read_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MOST_DATES = 100_000
"""Dates of a panel: 270 years of days."""
_SATURDAY = 5
_DAY = dt.timedelta(days=1)
_MONTHS = {"M": 1, "Q": 3, "Y": 12}
_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


def _list_days(since: dt.date, until: dt.date) -> Iterator[dt.date]:
    return map(dt.date.fromordinal, range(since.toordinal(), until.toordinal() + 1))


def _list_weekdays(since: dt.date, until: dt.date) -> Iterator[dt.date]:
    return (day for day in _list_days(since, until) if day.weekday() < _SATURDAY)


def _list_weeks(weekday: int) -> Callable[[dt.date, dt.date], Iterator[dt.date]]:
    return lambda since, until: (d for d in _list_days(since, until) if d.weekday() == weekday)


def _list_months(
    months: int, *, at_end: bool, business: bool
) -> Callable[[dt.date, dt.date], Iterator[dt.date]]:
    """Return what lists the first or last days of every so many months of a year."""

    def find(since: dt.date, until: dt.date) -> Iterator[dt.date]:
        for place in range(since.year * 12, until.year * 12 + 12):
            year, month = place // 12, place % 12 + 1
            if (month if at_end else month - 1) % months:
                continue
            day = dt.date(year, month, calendar.monthrange(year, month)[1] if at_end else 1)
            while business and day.weekday() >= _SATURDAY:
                day += -_DAY if at_end else _DAY
            if since <= day <= until:
                yield day

    return find


FREQUENCIES: dict[str, Callable[[dt.date, dt.date], Iterator[dt.date]]] = {
    "D": _list_days,
    "B": _list_weekdays,
    "W": _list_weeks(6),
    **{f"W-{name}": _list_weeks(number) for number, name in enumerate(_WEEKDAYS)},
    **{
        f"{'B' if business else ''}{letter}{'E' if at_end else 'S'}": _list_months(
            months, at_end=at_end, business=business
        )
        for business in (False, True)
        for letter, months in _MONTHS.items()
        for at_end in (True, False)
    },
}
"""What each frequency lists; the names are those of pandas. B leaves out Saturdays and Sundays."""


def list_dates(since: dt.date, until: dt.date, freq: str) -> tuple[dt.date, ...]:
    """Return the dates of a frequency from `since` to `until`, both of them among them.

    Args:
        since: The first day that may be one of them.
        until: The last day that may be.
        freq: `D` (every day), `B` (Monday to Friday), `W` or `W-FRI` (Sundays or another day of the
            week), `ME`, `MS`, `QE`, `QS`, `YE`, `YS` (ends and starts of months, quarters, years);
            with a `B` before the last six, the last or first weekday.

    Raises:
        UsageError: There is no such frequency, or no date, or more than MOST_DATES.
    """
    find = FREQUENCIES.get(freq.strip().upper())
    if find is None:
        raise UsageError(
            f"unknown frequency {freq!r}",
            where="freq",
            remedy=advise_nearest(
                freq.upper(), FREQUENCIES, f"use one of {', '.join(FREQUENCIES)}", most=1
            ),
        )
    check_range(since, until)
    return _check(find(since, until), f"from {since} to {until} with the frequency {freq}")


def read_dates(dates: Iterable[dt.date | str]) -> tuple[dt.date, ...]:
    """Return dates of a list, such as an exchange's trading days, in order and each once.

    Raises:
        UsageError: One is no date, there is none, or there are more than MOST_DATES.
    """
    given = [dates] if isinstance(dates, str | dt.date) else dates
    return tuple(sorted(set(_check((read_date(one, "dates") for one in given), "in the list"))))


def _check(dates: Iterator[dt.date], what: str) -> tuple[dt.date, ...]:
    found: list[dt.date] = []
    for day in dates:
        found.append(day)
        if len(found) > MOST_DATES:
            raise UsageError(
                f"more than {MOST_DATES:,} dates {what}", remedy="ask for fewer of them"
            )
    if not found:
        raise UsageError(f"no date {what}", remedy="widen the range, or choose another frequency")
    return tuple(found)
