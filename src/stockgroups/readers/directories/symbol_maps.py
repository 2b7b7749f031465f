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
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.errors import SymbolError, UnrecognisedFileError
from stockgroups.readers.values.dates import find_day
from stockgroups.readers.values.texts import escape_text
from stockgroups.symbols import us_symbol

if TYPE_CHECKING:
    from stockgroups.receipts import RejectedEntry

SOURCE = "symbol_map"
READER = f"{SOURCE}/1"
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


@dataclass(frozen=True, slots=True)
class MapFile:
    """The changes of one security's symbol, and the account of the file's lines."""

    file_name: str
    sha256: str
    as_of: dt.date
    as_of_from: str
    lines: int
    steps: tuple[Step, ...] = field(repr=False)
    notes: tuple[str, ...] = ()
    rejected: tuple[RejectedEntry, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    source: str = SOURCE
    reader: str = READER

    @property
    def entry_count(self) -> int:
        """The number of lines with a symbol."""
        return self.lines

    def account(self) -> dict[str, int]:
        """Return the number of lines read, and of each outcome; it adds up."""
        return {"read": self.lines, "listed": self.lines, "rejected": 0}

    def receipt(self) -> dict[str, Any]:
        """Return the account as JSON values, with the steps, which are stored only there."""
        return {
            **self.account(),
            "as_of_from": self.as_of_from,
            "steps": [[step.old, step.effective.isoformat(), step.new] for step in self.steps],
        }


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
    named = find_day(as_of, where)
    held: list[tuple[dt.date, str]] = []
    for line in data.decode("ascii").split():
        day, ticker = line.split(",")[:2]
        try:
            last = dt.datetime.strptime(day, "%Y%m%d").date()  # noqa: DTZ007 - a date, no time
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
    steps = tuple(Step(old, last + ONE_DAY, new) for last, old, new in ends if last < named[0])
    digest = hashlib.sha256(data).hexdigest()
    return MapFile(where, digest, named[0], named[1], len(held), steps)


def _refuse(what: str, where: str) -> UnrecognisedFileError:
    return UnrecognisedFileError(
        what, where=where, remedy="each line is `last day as YYYYMMDD,ticker`, the oldest first"
    )
