"""The SEC's fails-to-deliver files: which CUSIP traded under which symbol on which days.

`cnsfailsYYYYMM{a,b}.txt`, one for each half month: settlement date, CUSIP, symbol without
separators (`BRKB`), quantity, description of 30 characters, price; then two trailer lines, the
first with the number of rows. Only securities with fails on a day are listed: absence proves
nothing.

A file announces a change of CUSIP: on the last day before it, the new CUSIP is listed under the
symbol and `ZZZZ`; on the first day after it, the old one under the symbol and `XXXX`. Payments and
rights (`W103DIVDPYMNT`) are not securities.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import PurePath
from sys import intern
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.errors import EmptyFileError, TruncatedFileError, UnrecognisedFileError
from stockgroups.readers.reference import Reference
from stockgroups.readers.sec.forms import AGAIN
from stockgroups.readers.values.texts import escape_text, is_printable
from stockgroups.receipts import RejectedEntry
from stockgroups.symbols.identifiers import valid_cusip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SOURCE = "sec_fails"
MAX_FILE_BYTES = 32 * 1024 * 1024
"""Four times the largest half month so far: 65,883 rows are 4.1 MB."""

_HEADER = ("SETTLEMENT DATE", "CUSIP", "SYMBOL")
_SYMBOL = re.compile(r"[A-Z]{1,12}")
_TRAILER = re.compile(r"Trailer record count (\d{1,9})")
_ANNOUNCED, _REPLACED = "ZZZZ", "XXXX"
_LONGEST_NAME = 60
_MOST_REJECTIONS = 1000
_SECOND_HALF = 15
_FURTHEST = dt.timedelta(days=60)
"""How far a day can be from the middle of a file's days. A half month has 16; the rest is slack for
longer periods, of which none was seen. A torn digit turns 2009 into 2069: a symbol for 60 years."""
_MERGED_AT_ONCE = 8


_PLACE, _PAIR = itemgetter(0, 1, 2, 3), itemgetter(0, 1)
"""The sort key of a run, and its CUSIP with its symbol."""


class CusipRun(NamedTuple):
    """A CUSIP under a symbol, from the first to the last day on which it is listed so.

    In between, no other CUSIP has the symbol and no other symbol has the CUSIP. `symbol` has no
    separators, as in the file.
    """

    cusip: str
    symbol: str
    first: dt.date
    last: dt.date
    name: str | None


class CusipChange(NamedTuple):
    """A file's notice that a CUSIP is the new one, or was the old one, of a symbol's stock."""

    symbol: str
    cusip: str
    day: dt.date
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FailsFile(Reference):
    """The content of one half month, from `first` to `as_of`, and the account of its rows."""

    KEYS = "*account() as_of_from rejections notes"

    source: str = SOURCE
    as_of_from: str = "the content"
    first: dt.date
    runs: tuple[CusipRun, ...] = field(repr=False)
    changes: tuple[CusipChange, ...] = field(repr=False)
    rows: int
    others: int

    def without_runs(self) -> FailsFile:
        """Return only the account, because twenty years of runs would fill the memory."""
        return replace(self, runs=(), changes=())

    @property
    def rejections(self) -> tuple[RejectedEntry, ...]:
        """The first rejected rows, which are recorded."""
        return self.rejected[:_MOST_REJECTIONS]

    @property
    def entry_count(self) -> int:
        """The number of rows that list a security."""
        return self.rows - self.others - len(self.rejected)

    def account(self) -> dict[str, int]:
        """Return the number of rows read, and of each outcome; it adds up."""
        return {
            "read": self.rows,
            "listed": self.entry_count,
            "no_securities": self.others,
            "rejected": len(self.rejected),
        }


def is_fails_file(data: bytes) -> bool:
    """Whether the bytes begin like a fails-to-deliver file."""
    return data[:64].lstrip(b"\xef\xbb\xbf").startswith("|".join(_HEADER).encode())


def read_fails(data: bytes, file_name: str) -> FailsFile:
    """Read a fails-to-deliver file.

    Raises:
        TruncatedFileError: The trailer's count differs from the rows, or the last row is torn.
        EmptyFileError: There are no rows.
        UnrecognisedFileError: The rows do not have the format of such a file.
    """
    where = escape_text(PurePath(file_name).name, 255)
    lines = _decode(data).splitlines()
    seen: dict[tuple[str, str], list[dt.date]] = defaultdict(list)
    names: dict[str, str] = {}
    changes: list[CusipChange] = []
    days = _read_days(lines[1:])
    valid: dict[str, bool] = {}
    rejected: list[RejectedEntry] = []
    rows = others = 0
    counted: int | None = None
    for number, line in enumerate(lines[1:], start=2):
        cells = line.split("|")
        if len(cells) < 3:
            trailer = _TRAILER.fullmatch(line.strip())
            counted = int(trailer[1]) if trailer else counted
            if not (trailer or not line.strip() or line.startswith("Trailer")):
                raise TruncatedFileError(
                    f"the row {escape_text(line, 40)!r} is incomplete",
                    where=where,
                    remedy=AGAIN,
                )
            continue
        rows += 1
        # Twenty years of files repeat the same texts, so each is stored once.
        cusip, symbol = intern(cells[1].upper()), intern(cells[2].strip().upper())
        if cusip not in valid:
            valid[cusip] = valid_cusip(cusip) is not None
        day = days.get(cells[0])
        if day is None or len(cells) < 6 or not valid[cusip]:
            rejected.append(_reject(number, cells, day))
            continue
        if not _SYMBOL.fullmatch(symbol):
            others += 1
            continue
        stem, mark = symbol[:-4], symbol[-4:]
        if stem and mark in (_ANNOUNCED, _REPLACED):
            changes.append(CusipChange(stem, cusip, day, mark == _ANNOUNCED))
            continue
        seen[cusip, symbol].append(day)
        if is_printable(cells[4]):
            names[cusip] = intern(cells[4].strip()[:_LONGEST_NAME])
    _check(rows, len(rejected), counted, where)
    return FailsFile(
        file_name=where,
        sha256=hashlib.sha256(data).hexdigest(),
        first=min(days.values()),
        as_of=max(days.values()),
        runs=tuple(_make_runs(seen, names)),
        changes=tuple(sorted(set(changes))),
        rows=rows,
        others=others,
        rejected=tuple(rejected),
        notes=() if counted is not None else ("no trailer counts the rows",),
    )


class FailsRegister:
    """The runs of many half months, joined unless something contradicts it."""

    def __init__(self, runs: Iterable[CusipRun] = (), half_months: Iterable[dt.date] = ()) -> None:
        """Start from the recorded runs, and a day of each of their half months."""
        self._runs = list(runs)
        self._half_months = {_count_half_months(day) for day in half_months}
        self._fresh = 0
        self.changes: set[CusipChange] = set()

    def add(self, file: FailsFile) -> None:
        """Add one file; the order does not matter."""
        self._runs += file.runs
        self._half_months.add(_count_half_months(file.as_of))
        self.changes.update(file.changes)
        self._fresh += 1
        if self._fresh == _MERGED_AT_ONCE:
            self._merge()

    @property
    def runs(self) -> list[CusipRun]:
        """The joined runs so far."""
        self._merge()
        return self._runs

    def _merge(self) -> None:
        self._runs = merge_runs(self._runs, self._find_gaps())
        self._fresh = 0

    def _find_gaps(self) -> list[tuple[dt.date, dt.date]]:
        """Return the days of half months without a file between half months with one."""
        known = sorted(self._half_months)
        return [
            (_first_of(before + 1), _first_of(after) - dt.timedelta(days=1))
            for before, after in pairwise(known)
            if after > before + 1
        ]


def _count_half_months(day: dt.date) -> int:
    return (day.year * 12 + day.month - 1) * 2 + (day.day >= _SECOND_HALF)


def _first_of(half_month: int) -> dt.date:
    months, is_second = divmod(half_month, 2)
    return dt.date(months // 12, months % 12 + 1, _SECOND_HALF if is_second else 1)


def merge_runs(runs: Iterable[CusipRun], gaps: Sequence[tuple[dt.date, dt.date]]) -> list[CusipRun]:
    """Return the runs of many half months, joined unless something contradicts it.

    Two runs of one CUSIP and symbol are one unless between them the CUSIP has another symbol, the
    symbol has another CUSIP, or there are days that no loaded file covers (`gaps`, each from its
    first to its last day), because the files of those days are unknown.
    """
    ordered = sorted(runs, key=_PLACE)
    pairs = set(map(_PAIR, ordered))
    symbols = Counter(symbol for _, symbol in pairs)
    cusips = Counter(cusip for cusip, _ in pairs)
    # Nearly all CUSIPs have one symbol, and all symbols one CUSIP: only the others have rivals.
    by_cusip: dict[str, list[CusipRun]] = defaultdict(list)
    by_symbol: dict[str, list[CusipRun]] = defaultdict(list)
    for run in ordered:
        if cusips[run.cusip] > 1:
            by_cusip[run.cusip].append(run)
        if symbols[run.symbol] > 1:
            by_symbol[run.symbol].append(run)
    merged: list[CusipRun] = []
    for (cusip, symbol), own in groupby(ordered, key=_PAIR):
        rivals = [r for r in by_cusip.get(cusip, ()) if r.symbol != symbol]
        rivals += [r for r in by_symbol.get(symbol, ()) if r.cusip != cusip]
        between = [*gaps, *((rival.first, rival.last) for rival in rivals)]
        before, *later = own
        for run in later:
            is_parted = run.first > before.last and any(
                start < run.first and end > before.last for start, end in between
            )
            if is_parted:
                merged.append(before)
                before = run
            else:
                last = max(before.last, run.last)
                before = before._replace(last=last, name=run.name or before.name)
        merged.append(before)
    return merged


def _decode(data: bytes) -> str:
    """Return the text: ASCII since April 2020, with a few bytes of Latin-1 before."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _read_days(lines: Sequence[str]) -> dict[str, dt.date]:
    """Return the date of each text in the first column, except dates far from the others."""
    texts = {line.partition("|")[0] for line in lines}
    days = {text: day for text in texts if (day := _read_day(text)) is not None}
    middle = sorted(days.values())[len(days) // 2] if days else dt.date.min
    return {text: day for text, day in days.items() if abs(day - middle) <= _FURTHEST}


def _reject(line: int, cells: Sequence[str], day: dt.date | None) -> RejectedEntry:
    """Return a rejected row, with the first reason that applies."""
    if len(cells) < 6:
        reason = f"{len(cells)} fields in place of 6"
    elif day is None:
        reason = f"{escape_text(cells[0], 20)!r} is not a day of this file"
    else:
        reason = f"{escape_text(cells[1], 20)!r} is not a CUSIP"
    return RejectedEntry(line, escape_text(cells[2], 20), None, reason)


def _read_day(text: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a date, no time
    except ValueError:
        return None


def _check(rows: int, rejected: int, counted: int | None, where: str) -> None:
    if not rows:
        raise EmptyFileError("it lists nothing", where=where, remedy="download it again")
    if counted is not None and counted != rows:
        raise TruncatedFileError(
            f"{rows:,} rows, but the trailer counts {counted:,}",
            where=where,
            remedy=AGAIN,
        )
    if rejected * 2 > rows:
        raise UnrecognisedFileError(
            f"{rejected:,} of {rows:,} rows lack the date and CUSIP that the SEC's files have",
            where=where,
            remedy=AGAIN,
        )


def _make_runs(
    seen: dict[tuple[str, str], list[dt.date]], names: dict[str, str]
) -> Iterable[CusipRun]:
    """Yield a run for each day of each pair that others interrupt, joined where none does."""
    symbols: dict[str, int] = defaultdict(int)
    cusips: dict[str, int] = defaultdict(int)
    for cusip, symbol in seen:
        cusips[cusip] += 1
        symbols[symbol] += 1
    contested: list[CusipRun] = []
    for (cusip, symbol), days in seen.items():
        name = names.get(cusip) or None
        if cusips[cusip] == symbols[symbol] == 1:  # nearly all
            yield CusipRun(cusip, symbol, min(days), max(days), name)
        else:
            contested += [CusipRun(cusip, symbol, day, day, name) for day in days]
    yield from merge_runs(contested, ())
