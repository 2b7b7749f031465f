"""Dates as issuers and file names write them. A file's mtime is never used as its date."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from pathlib import PurePath

from stockgroups.errors import AmbiguousFileError, NoDateError

EARLIEST_YEAR = 1990
LATEST_YEAR = 2100

# Written out, as the names in `calendar` are those of the process's locale. Abbreviations of three
# and four letters count too.
_NAMES = (
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar marts april maj juni juli august september oktober november desember",
)
_MONTHS = {
    spelling: number
    for names in _NAMES
    for number, name in enumerate(names.split(), start=1)
    for spelling in (name, name[:3], name[:4])
    if spelling != "jui"  # juin or juillet
} | {"mrz": 3, "mrt": 3}

_LETTERS = "[A-Za-zäçéû]"
_WORDED = re.compile(
    r"([A-Za-z]{3,9})\.?[-/ ]?(\d{1,2})(?:,? ?|[-/])(\d{4})", re.ASCII
)  # Jul 02, 2026, Jul-02-2026
_DAY_FIRST = re.compile(
    rf"(\d{{1,2}})(?:[-/ ]| de )?({_LETTERS}{{3,10}})[.,]?(?:[-/ ]| de )?(\d{{4}}|\d{{2}})",
    re.ASCII,
)  # 11-May-2022, 13-Apr-26, 30 sept. 2026, 7 October, 2026, 26 de enero de 2026, 02JUL2026
_YEAR_FIRST = re.compile(
    r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|(\d{2})(\d{2}))"
    r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?",  # a time is not asked
    re.ASCII,
)
_IN_JAPAN = re.compile(r"(\d{4})年 ?(\d{1,2})月 ?(\d{1,2})日", re.ASCII)
_SLASHES = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})", re.ASCII)
_BEFORE = re.compile(
    r"(?:as of:? |(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,? )+",
    re.IGNORECASE,
)
_GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_GERMAN_WORDED = re.compile(
    rf"([0-9]{{1,2}})\. ?({_LETTERS}{{3,9}})\.? ?([0-9]{{4}})"
)  # 11.Sept.2026, 19.Juni2026

_NAMED_DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})([-_.]?)(\d{2})\2(\d{2})(?!\d)", re.ASCII)
_NAMED_US_DAY = re.compile(r"(?<!\d)(\d{2})([-_.])(\d{2})\2((?:19|20)\d{2})(?!\d)", re.ASCII)
_NAMED_MONTH = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_.](\d{2})(?!\d)", re.ASCII)
_NAMED_QUARTER = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_.]?[Qq]([1-4])(?!\d)", re.ASCII)


def parse_date(text: str, *, month_first: bool = False) -> dt.date | None:
    """Return the date in a cell; None for a text that is not a date or may be two.

    A weekday or "as of" may come before it. Known: `Jul 02, 2026`, `11-May-2022`, `13-Apr-26`,
    `30/Aug/2021`, `02JUL2026`, `2026-07-02` (also with slashes, dots or nothing between, and with a
    time of day, which is ignored), in German `30.09.2026`, `11.Sept.2026`, and in Japanese
    `2026年7月2日`. Months may be named in the languages of Western Europe too. A year of two digits
    is in this century. Years outside 1990..2100 are not valid.

    `07/02/2026`, or with hyphens, is the 2nd of July in the United States and the 7th of February
    nearly everywhere else. It is a date only if `month_first` says that the source writes American
    dates, or if only one of the two exists, or both are the same.
    """
    text = squeeze_date(text)
    if match := _SLASHES.fullmatch(text):
        readings = _read_slashes(match)
        if month_first:
            return readings[0]
        days = set(filter(None, readings))
        return days.pop() if len(days) == 1 else None
    if match := _WORDED.fullmatch(text):
        return _date(match[3], _MONTHS.get(match[1].casefold()), match[2])
    if match := _DAY_FIRST.fullmatch(text):
        year = match[3] if len(match[3]) == 4 else f"20{match[3]}"
        return _date(year, _MONTHS.get(match[2].casefold()), match[1])
    if match := _YEAR_FIRST.fullmatch(text):
        return _date(match[1], match[3] or match[5], match[4] or match[6])
    if match := _IN_JAPAN.fullmatch(text):
        return _date(match[1], match[2], match[3])
    if match := _GERMAN.fullmatch(text):
        return _date(match[3], match[2], match[1])
    if match := _GERMAN_WORDED.fullmatch(text):
        return _date(match[3], _MONTHS.get(match[2].casefold()), match[1])
    return None


def explain_no_date(text: str) -> str:
    """Return why a cell holds no date, in words that follow the quoted text."""
    match = _SLASHES.fullmatch(squeeze_date(text))
    days = sorted(filter(None, _read_slashes(match))) if match else []
    if len(days) > 1:
        return f"may be {days[0]} or {days[1]}"
    return "is not understood"


def _read_slashes(match: re.Match[str]) -> tuple[dt.date | None, dt.date | None]:
    """Return the date with the month first, and with the day first."""
    return _date(match[4], match[1], match[3]), _date(match[4], match[3], match[1])


def squeeze_date(text: str) -> str:
    """Return the text without surplus blanks, and without words before the date."""
    squeezed = " ".join(text.split())
    before = _BEFORE.match(squeezed)
    return squeezed[before.end() :] if before else squeezed


def find_day(
    given: dt.date | None,
    file_name: str,
    *,
    remedy: str = "give it with --as-of, or put it into the file's name",
) -> tuple[dt.date, str]:
    """Return the date of a file whose content has none, and its origin.

    Args:
        given: The date that the caller gives; None for none.
        file_name: The file's name, which may have a date.
        remedy: What to do if there is none.

    Raises:
        NoDateError: Neither of them gives it.
        AmbiguousFileError: They contradict each other.
    """
    named = date_in_name(PurePath(file_name).stem)
    if given is None:
        if named is None:
            raise NoDateError(
                "no as-of date in the content or the file's name", where=file_name, remedy=remedy
            )
        return named
    if named is None:
        return given, "--as-of"
    last, origin = named
    months = 3 if "quarter" in origin else 1 if "month" in origin else 0
    first = last.replace(day=1, month=last.month - months + 1) if months else last
    if not first <= given <= last:
        raise AmbiguousFileError(
            f"its date is {last} by {origin}, but {given} is given",
            where=file_name,
            remedy="leave out --as-of, or rename the file if its name is wrong",
        )
    return given, "--as-of"


def date_in_name(stem: str) -> tuple[dt.date, str] | None:
    """Return the date in a file's name and its text there, or None.

    A month or a quarter means its last day, so that nothing is known before it happened. A name
    with two different days has no date, nor has one whose month and day cannot be told apart.
    """
    if matches := list(_NAMED_DAY.finditer(stem)):
        days = {_date(match[1], match[3], match[4]) for match in matches}
        where = "the file's name"
    elif matches := list(_NAMED_US_DAY.finditer(stem)):
        days = {parse_date(f"{match[1]}/{match[3]}/{match[4]}") for match in matches}
        where = "the file's name"
    elif matches := list(_NAMED_QUARTER.finditer(stem)):
        days = {_last_day(int(match[1]), 3 * int(match[2])) for match in matches}
        where = f"the quarter {matches[0][0]} in the file's name, its last day"
    else:
        matches = list(_NAMED_MONTH.finditer(stem))
        days = {_last_day(int(match[1]), int(match[2])) for match in matches}
        where = f"the month {matches[0][0]} in the file's name, its last day" if matches else ""
    day = days.pop() if len(days) == 1 else None
    return (day, where) if day else None


def strip_dates(stem: str) -> str:
    """Return the file's name without the dates in it, to search it for other words."""
    for pattern in (_NAMED_DAY, _NAMED_US_DAY, _NAMED_QUARTER, _NAMED_MONTH):
        stem = pattern.sub(" ", stem)
    return stem


def _last_day(year: int, month: int) -> dt.date | None:
    if not 1 <= month <= 12:
        return None
    return _date(year, month, calendar.monthrange(year, month)[1])


def _date(year: str | int, month: str | int | None, day: str | int) -> dt.date | None:
    if month is None or not EARLIEST_YEAR <= int(year) <= LATEST_YEAR:
        return None
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None
