"""The type of a symbol directory, and the account of its entries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from stockgroups.errors import OversizedFileError
from stockgroups.readers.reference import Reference

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from stockgroups.receipts import RejectedEntry

MAX_ENTRIES = 100_000

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as its directory prints it; None where the directory states nothing.

    `line` is the line of a text, or the place in a JSON list, from 1. `spelling` is the ticker in
    the directory's notation that makes class, preferred or warrant unambiguous. `exchange` is the
    directory's own code or word, `mic` the one market that it means. `is_test`: the directory marks
    the entry as a test issue, which nobody can own.
    """

    line: int
    ticker: str
    spelling: str
    name: str | None = None
    exchange: str | None = None
    mic: str | None = None
    is_etf: bool | None = None
    is_test: bool = False
    cik: int | None = None
    sector: str | None = None
    industry: str | None = None
    country: str | None = None
    ipo_year: int | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """An entry and its canonical symbol."""

    symbol: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Content:
    """A file's text; `json` holds the value if the text is JSON, else None."""

    file_name: str
    text: str = field(repr=False)
    json: Any = field(default=None, repr=False)


def read_entries(
    rows: Sequence[Row],
    read: Callable[[int, Row], Entry | RejectedEntry],
    content: Content,
    *,
    first: int = 1,
) -> tuple[list[Entry], list[RejectedEntry]]:
    """Return the results of `read` for every row and its line number, from `first`.

    Raise OversizedFileError for more rows than any directory has, before one is read.
    """
    if len(rows) > MAX_ENTRIES:
        raise OversizedFileError(f"more than {MAX_ENTRIES:,} entries", where=content.file_name)
    entries: list[Entry] = []
    rejected: list[RejectedEntry] = []
    for line, row in enumerate(rows, start=first):
        found = read(line, row)
        if isinstance(found, Entry):
            entries.append(found)
        else:
            rejected.append(found)
    return entries, rejected


@dataclass(frozen=True, slots=True)
class RawDirectory:
    """What a layout reads out of a file, before symbols are made canonical.

    `as_of` is the date in the content; None if there is none.
    """

    entries: list[Entry]
    rejected: list[RejectedEntry] = field(default_factory=list)
    as_of: dt.date | None = None
    unknown_columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of directory file.

    `recognise` decides from the content alone. `read` may raise TruncatedFileError. `version` goes
    up with every change to the result for the same file, so that files are read again.
    """

    source: str
    version: int
    recognise: Callable[[Content], bool] = field(repr=False)
    read: Callable[[Content], RawDirectory] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory(Reference):
    """What a directory lists for one date. Its listings hold each symbol once.

    Every entry is a listing (test issues too) or rejected.
    """

    listings: tuple[Listing, ...]

    @property
    def entry_count(self) -> int:
        """How many listings it has."""
        return len(self.listings)

    def account(self) -> dict[str, int]:
        """Return the number of entries read, and of each outcome; it adds up."""
        test_issues = sum(listing.entry.is_test for listing in self.listings)
        return {
            "read": len(self.listings) + len(self.rejected),
            "listed": len(self.listings) - test_issues,
            "test_issues": test_issues,
            "rejected": len(self.rejected),
        }
