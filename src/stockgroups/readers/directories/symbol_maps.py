"""Maps of symbols: one file for each security, with the tickers that it has had.

A line has the last day of a ticker, the ticker, and optionally a code of the exchange; the first
line has the first day of all. A last day after the file's own date is open. The file is named by
today's ticker, with `.1`, `.2` … for securities that had it before; only the lines are evidence.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import PurePath
from typing import NamedTuple

from stockgroups.errors import SymbolError, UnrecognisedFileError
from stockgroups.readers.reference import Reference
from stockgroups.readers.values.dates import find_day
from stockgroups.readers.values.texts import escape_text
from stockgroups.symbols import us_symbol

SOURCE = "symbol_map"
MOST_BYTES = 16 * 1024
"""Of the longest file: about a hundred changes of ticker, more than any security has had."""
_LINE = re.compile(rb"(\d{8}),([A-Za-z][A-Za-z0-9.\-]{0,14})(?:,[A-Za-z]{0,4})?")
_FEWEST = 2
ONE_DAY = dt.timedelta(days=1)


class Step(NamedTuple):
    """From a day on, a symbol's stock has another one, or none (None): the symbol became free."""

    old: str
    effective: dt.date
    new: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MapFile(Reference):
    """The changes of one security's symbol; they are stored only in the account."""

    KEYS = "*account() as_of_from steps=step_rows"

    source: str = SOURCE
    lines: int
    steps: tuple[Step, ...] = field(repr=False)

    @property
    def step_rows(self) -> list[list[object]]:
        """The steps as they are stored: old symbol, day, new symbol."""
        return [[*step] for step in self.steps]

    @property
    def entry_count(self) -> int:
        """The number of lines with a symbol."""
        return self.lines

    def account(self) -> dict[str, int]:
        """Return the number of lines read, and of each outcome; it adds up."""
        return {"read": self.lines, "listed": self.lines, "rejected": 0}


def is_map_file(data: bytes) -> bool:
    """Whether all lines of the bytes, at least two, are lines of a map of symbols."""
    lines = data.split() if len(data) <= MOST_BYTES else []
    return len(lines) >= _FEWEST and all(map(_LINE.fullmatch, lines))


def read_map(data: bytes, file_name: str, as_of: dt.date | None = None) -> MapFile:
    """Read a map of symbols; its date is `as_of`, else the one in its name.

    Raises:
        NoDateError: There is neither.
        UnrecognisedFileError: A day or ticker is invalid, or the dates are not in ascending order.
    """
    where = escape_text(PurePath(file_name).name, 255)
    day, day_from = find_day(as_of, where)
    held: list[tuple[dt.date, str]] = []
    for line in data.decode("ascii").split():
        digits, ticker = line.split(",")[:2]
        try:
            last = dt.datetime.strptime(digits, "%Y%m%d").date()  # noqa: DTZ007 - a date, no time
            held.append((last, us_symbol(ticker.upper(), {})))
        except (ValueError, SymbolError) as error:
            raise _refuse(f"{line!r} has no date and ticker", where) from error
    if any(before[0] > after[0] for before, after in pairwise(held)):
        raise _refuse("the dates are not in ascending order", where)
    ends: list[tuple[dt.date, str, str | None]] = [
        (last, old, new) for (last, old), (_, new) in pairwise(held) if old != new
    ]
    ends.append((*held[-1], None))
    # A ticker that ends after the file was made has not ended.
    steps = tuple(Step(old, last + ONE_DAY, new) for last, old, new in ends if last < day)
    digest = hashlib.sha256(data).hexdigest()
    return MapFile(
        file_name=where,
        sha256=digest,
        as_of=day,
        as_of_from=day_from,
        lines=len(held),
        steps=steps,
    )


def _refuse(what: str, where: str) -> UnrecognisedFileError:
    return UnrecognisedFileError(
        what, where=where, remedy="each line is `last day as YYYYMMDD,ticker`, the oldest first"
    )
