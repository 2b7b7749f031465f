"""A universe's whole past in one table, as people publish it: the members and their dates.

Three layouts, distinguished by their header:

    ticker,start_date,end_date    a member from start_date to before end_date; blank, or a date from
                                  2099 on: still a member
    date,tickers                  all members from that date on, separated by commas
    date,add,remove               the members added and removed on that date

Every row must be understood, or the whole file is refused: one lost row would be wrong on every
later day.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from stockgroups.errors import (
    EmptyFileError,
    SourceError,
    SymbolError,
    TruncatedFileError,
    UnrecognisedFileError,
    UnsupportedFileError,
)
from stockgroups.readers.containers.document import read_document
from stockgroups.readers.containers.files import LONGEST_FILE_NAME, refusing_file
from stockgroups.readers.lists.homes import find_market_abroad
from stockgroups.readers.lists.member_history import MemberHistory, Step
from stockgroups.readers.tables import is_blank
from stockgroups.readers.values.dates import parse_date
from stockgroups.readers.values.texts import escape_text
from stockgroups.symbols import is_foreign, read_symbol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stockgroups.catalog import Catalog
    from stockgroups.readers.containers.document import Document, Row

SOURCE = "history"

_EARLIEST = dt.date(1900, 1, 1)
_LATEST = dt.date(2100, 12, 31)
_STILL = dt.date(2099, 1, 1)
"""Ends from here on say that there is none: 2099-12-31, 9999-12-31, what pandas has last."""


def read_history(
    source: Path | bytes,
    file_name: str,
    catalog: Catalog,
    *,
    end_inclusive: bool = False,
    universe: str = "",
) -> MemberHistory:
    """Return the past in a file, given by its path or its bytes.

    `end_inclusive` says that an interval's end is the stock's last day, not the first without it.
    `file_name` or `universe` may show that the stocks are listed abroad. Raises
    UnrecognisedFileError for another header, EmptyFileError for no rows, UnsupportedFileError for
    local tickers abroad, SourceError for a row that is not understood, and the errors of
    `open_document`.
    """
    file_name = escape_text(file_name, LONGEST_FILE_NAME)
    with refusing_file(file_name):
        document, data = read_document(source, file_name)
        sha256 = hashlib.sha256(data).hexdigest()
        return _read_history(document, sha256, catalog, universe, end_inclusive=end_inclusive)


def _read_history(
    document: Document, sha256: str, catalog: Catalog, universe: str, *, end_inclusive: bool
) -> MemberHistory:
    file_name = document.file_name
    rows = (row for row in document.rows() if not is_blank(row[1]))
    header = next(rows, None)
    columns = _fold(header[1]) if header else ()
    if columns[1:2] == ("name",):  # `symbol,name,opt-in,opt-out`: the name is not needed
        columns = (columns[0], *columns[2:])
        rows = ((line, [*cells[:1], *cells[2:]]) for line, cells in rows)
    if columns not in _LAYOUTS:
        known = "; ".join(dict.fromkeys(layout for layout, _ in _LAYOUTS.values()))
        raise UnrecognisedFileError(
            "not a history of members",
            where=file_name,
            remedy=f"its header must be one of: {known}",
        )
    layout, read = _LAYOUTS[columns]
    symbols = _Symbols(document, catalog)
    cells = _Cells(document, rows, len(columns), end_inclusive=end_inclusive)
    steps = read(cells, symbols)
    if not symbols.tickers:
        raise EmptyFileError("the history holds no rows", where=file_name)
    _check_home(symbols.tickers, f"{PurePath(file_name).stem} {universe}", catalog, file_name)
    return MemberHistory(
        file_name,
        sha256,
        layout,
        starts_empty=read is not _read_changes,
        steps=tuple(steps),
        tickers=symbols.tickers,
    )


def _check_home(tickers: Mapping[str, str], names: str, catalog: Catalog, file_name: str) -> None:
    """Raise UnsupportedFileError for foreign tickers that would pass for US ones."""
    market = find_market_abroad(names, catalog)
    bare = [ticker for symbol, ticker in tickers.items() if not is_foreign(symbol)]
    if market is not None and 2 * len(bare) > len(tickers):
        raise UnsupportedFileError(
            f"{len(bare)} of its {len(tickers)} symbols have no exchange, and its name says "
            f"{market.name}",
            where=file_name,
            remedy=f"write them as {bare[0]}.{market.mic}; if they are US listings, rename file "
            "and universe",
        )


class _Cells:
    """The rows below the header, each with the given number of stripped cells."""

    def __init__(
        self, document: Document, rows: Iterator[Row], width: int, *, end_inclusive: bool
    ) -> None:
        self._end_inclusive = end_inclusive
        self._document = document
        self._rows = rows
        self._width = width

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        torn = self._document.last_row() if self._document.ends_inside_a_line else []
        for line, printed in self._rows:
            is_last = (printed[:1], printed[-1:]) == (torn[:1], torn[-1:])
            if is_last and len(printed) < self._width:
                raise TruncatedFileError(
                    "the file ends inside its last row",
                    where=f"{self._document.file_name}, line {line}",
                    remedy="download the file again, or complete that line",
                )
            cells = [cell.strip() for cell in printed]
            if any(cells[self._width :]):
                raise self.error(line, f"{len(cells)} columns under a header of {self._width}")
            yield line, [*cells, *[""] * self._width][: self._width]

    def date(self, line: int, text: str) -> dt.date:
        """Return the date that a cell holds."""
        try:
            found = dt.date.fromisoformat(text[:10])
        except ValueError:
            found = parse_date(text) or dt.date.min
        if not _EARLIEST <= found <= _LATEST:
            raise self.error(line, f"{text!r} is not a date", "write it as 2026-07-02")
        return found

    def end(self, line: int, text: str) -> dt.date:
        """Return the first day without the stock of an interval's end; `date.max` for none."""
        try:
            beyond = not text or dt.date.fromisoformat(text[:10]) >= _STILL
        except ValueError:
            beyond = False
        if beyond:
            return dt.date.max
        found = self.date(line, text)
        return found + dt.timedelta(days=self._end_inclusive)

    def check_ends(self, held: Mapping[str, list[tuple[dt.date, dt.date, int]]]) -> None:
        """Raise SourceError if ends are last days: each lies a day before the next start."""
        gaps = [
            ((later[0] - earlier[1]).days, later[2])
            for intervals in held.values()
            for earlier, later in pairwise(sorted(intervals))
        ]
        if not self._end_inclusive and gaps and all(days == 1 for days, _ in gaps):
            raise self.error(
                gaps[0][1],
                "every interval of a stock begins the day after the previous one ended: the end "
                "dates are last days of membership",
                "load it with --end-inclusive",
            )

    def error(self, line: int, what: str, remedy: str | None = None) -> SourceError:
        """Return the error for a row."""
        return SourceError(what, where=f"{self._document.file_name}, line {line}", remedy=remedy)


class _Symbols:
    """Canonical symbols of the file's tickers; every spelling is parsed once."""

    def __init__(self, document: Document, catalog: Catalog) -> None:
        self._document = document
        self._catalog = catalog
        self._known: dict[str, str] = {}
        self.tickers: dict[str, str] = {}

    def read(self, line: int, text: str) -> str:
        """Return the symbol of one ticker."""
        symbol = self._known.get(text)
        if symbol is None:
            try:
                symbol = read_symbol(text, self._catalog)
            except SymbolError as error:
                where = f"{self._document.file_name}, line {line}"
                raise SourceError(error.what, where=where, remedy=error.remedy) from error
            self._known[text] = symbol
            self.tickers.setdefault(symbol, text)
        return symbol

    def read_list(self, line: int, text: str) -> frozenset[str]:
        """Return the symbols of a list of tickers, separated by commas."""
        tickers = filter(None, (part.strip() for part in text.split(",")))
        return frozenset(self.read(line, ticker) for ticker in tickers)


def _fold(header: list[str]) -> tuple[str, ...]:
    labels = [label.strip().casefold().replace(" ", "_") for label in header]
    while labels and not labels[-1]:
        labels.pop()
    return tuple(labels)


def _read_intervals(cells: _Cells, symbols: _Symbols) -> list[Step]:
    held: dict[str, list[tuple[dt.date, dt.date, int]]] = defaultdict(list)
    for line, (ticker, start, end) in cells:
        first = cells.date(line, start)
        last = cells.end(line, end)
        if last <= first:
            raise cells.error(
                line,
                f"{ticker} ends on {last} and begins on {first}",
                "the end is the first day without the stock; if it is the last day with it, "
                "load the file with --end-inclusive",
            )
        held[symbols.read(line, ticker)].append((first, last, line))
    cells.check_ends(held)
    edges: dict[dt.date, tuple[set[str], set[str], list[int]]] = defaultdict(
        lambda: (set(), set(), [])
    )

    def mark(date: dt.date, side: int, symbol: str, line: int) -> None:
        if date != dt.date.max:
            edge = edges[date]
            (edge[0] if side == 0 else edge[1]).add(symbol)
            edge[2].append(line)

    for symbol, intervals in held.items():
        intervals.sort()
        since, until, line = intervals[0]
        for first, last, here in intervals[1:]:
            if first > until:
                mark(since, 0, symbol, line)
                mark(until, 1, symbol, line)
                since, until, line = first, last, here
            else:  # two rows that touch or overlap are one interval
                until = max(until, last)
        mark(since, 0, symbol, line)
        mark(until, 1, symbol, line)
    return [
        Step(date, frozenset(added), frozenset(removed), min(lines))
        for date, (added, removed, lines) in sorted(edges.items())
    ]


def _read_constituents(cells: _Cells, symbols: _Symbols) -> list[Step]:
    by_day: dict[dt.date, tuple[frozenset[str], int]] = {}
    for line, (date, tickers) in cells:
        day = cells.date(line, date)
        members = symbols.read_list(line, tickers)
        if day in by_day and by_day[day][0] != members:
            raise cells.error(
                line, f"the members on {day} differ from those in line {by_day[day][1]}"
            )
        by_day.setdefault(day, (members, line))
    steps = []
    before: frozenset[str] = frozenset()
    for day, (members, line) in sorted(by_day.items()):
        if members != before:
            steps.append(Step(day, members - before, before - members, line))
        before = members
    return steps


def _read_changes(cells: _Cells, symbols: _Symbols) -> list[Step]:
    days: dict[dt.date, Step] = {}
    for line, (date, add, remove) in cells:
        day = cells.date(line, date)
        added, removed = symbols.read_list(line, add), symbols.read_list(line, remove)
        if day in days:
            added, removed = added | days[day].added, removed | days[day].removed
        if both := sorted(added & removed):
            raise cells.error(line, f"{both[0]} is both added and removed on {day}")
        days[day] = Step(day, added, removed, line)
    return [step for _, step in sorted(days.items()) if step.added or step.removed]


_Reader = Callable[[_Cells, _Symbols], list[Step]]
_LAYOUTS: dict[tuple[str, ...], tuple[str, _Reader]] = {
    (name, start, end): ("ticker,start_date,end_date", _read_intervals)
    for name in ("ticker", "symbol")
    for start, end in (("start_date", "end_date"), ("start", "end"), ("opt-in", "opt-out"))
}
_LAYOUTS |= {
    ("date", name): ("date,tickers", _read_constituents)
    for name in ("tickers", "symbols", "constituents", "members")
}
_LAYOUTS |= {
    ("date", add, remove): ("date,add,remove", _read_changes)
    for add, remove in (("add", "remove"), ("added", "removed"))
}
