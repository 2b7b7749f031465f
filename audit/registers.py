"""Who was in an index when, by publishers other than those of the answers."""

from __future__ import annotations

import bisect
import csv
import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from audit.claims import squash
from audit.rows import read_json, read_table

BRACKET = dt.timedelta(days=400)
"""How far apart two lists may be that tell of the days between them."""
_LAST = dt.date.max


class Stay(NamedTuple):
    """A member from `start` up to, but not including, `end`."""

    start: dt.date
    end: dt.date
    place: str


class Said(NamedTuple):
    """Whether a stock is a member, and where that stands."""

    is_member: bool
    place: str


@dataclass(frozen=True, eq=False)
class History:
    """A publisher's members by date, from `first` to `last`. Symbols are squashed."""

    source: str
    file: str
    stays: Mapping[str, tuple[Stay, ...]]
    first: dt.date
    last: dt.date
    size: int | None = None
    """How many members the index has; None where the list names nobody who has left.

    On days for which it has a hundredth less, an absence says nothing.
    """

    def is_whole(self, day: dt.date) -> bool:
        """Tell whether it has all members on a day, but for a hundredth."""
        return (
            self.first <= day <= self.last
            and self.size is not None
            and len(self._members(day)) >= self.size * 0.99
        )

    @cache  # noqa: B019 - as few as there are, for one run
    def _members(self, day: dt.date) -> frozenset[str]:
        return frozenset(
            symbol
            for symbol, stays in self.stays.items()
            if any(stay.start <= day < stay.end for stay in stays)
        )

    def says(self, day: dt.date, spellings: frozenset[str]) -> Said | None:
        """Return whether a stock of these spellings is a member on a day, None where unknown."""
        if not self.first <= day <= self.last:
            return None
        for spelling in sorted(spellings):
            for stay in self.stays.get(spelling, ()):
                if stay.start <= day < stay.end:
                    return Said(True, f"{self.file}: {stay.place}")
        return Said(False, f"{self.file}: no stay on the day") if self.is_whole(day) else None

    def members(self, day: dt.date) -> frozenset[str]:
        """Return the members on a day, none outside of what the history covers."""
        return self._members(day) if self.first <= day <= self.last else frozenset()

    def movers(self, day: dt.date, within: dt.timedelta) -> set[str]:
        """Return those that came or went within so long of a day."""
        return {
            symbol
            for symbol, stays in self.stays.items()
            if any(
                abs(edge - day) <= within
                for stay in stays
                for edge in (stay.start, stay.end)
                if edge != _LAST
            )
        }


class Listed(NamedTuple):
    """The members on one day, as one publisher lists them. Symbols are squashed."""

    day: dt.date
    source: str
    file: str
    symbols: frozenset[str]


@dataclass(frozen=True)
class DatedLists:
    """Lists of single days. Between two that agree, they tell of the days between them."""

    lists: tuple[Listed, ...]

    def cover(self, day: dt.date) -> bool:
        """Tell whether two lists are near enough to a day, one on each side."""
        at = bisect.bisect_right([one.day for one in self.lists], day)
        around = self.lists[at - 1 : at + 1] if at else ()
        return len(around) == 2 and around[1].day - around[0].day <= BRACKET

    def says(
        self, day: dt.date, spellings: frozenset[str], without: str | None = None
    ) -> tuple[str, Said] | None:
        """Return who says it, and whether a stock of these spellings is a member on a day.

        Lists of the publisher `without`, whose own answer is judged, are not asked.
        """
        chosen = [one for one in self.lists if one.source != without]
        at = bisect.bisect_right([one.day for one in chosen], day)
        before = chosen[at - 1] if at else None
        if before and before.day == day:
            return before.source, Said(bool(before.symbols & spellings), before.file)
        after = chosen[at] if at < len(chosen) else None
        if not before or not after or after.day - before.day > BRACKET:
            return None
        held = bool(before.symbols & spellings)
        if held != bool(after.symbols & spellings):
            return None
        source = " and ".join(sorted({before.source, after.source}))
        return source, Said(held, f"{before.file} and {after.file}")


def read_stays(
    paths: Iterable[Path],
    columns: tuple[str, str, str],
    *,
    source: str,
    last: dt.date,
    size: int | None = None,
) -> History | None:
    """Return the history of a CSV that has a row for each stay: symbol, first day, day of leaving.

    A second file may hold later changes: `date,add,remove`. None where the first file is missing.
    """
    first_path, *more = paths
    if not first_path.is_file():
        return None
    symbol, start, end = columns
    found: defaultdict[str, list[Stay]] = defaultdict(list)
    covered = last
    for row in read_table(first_path, symbol, start):
        until = row.cells.get(end) or ""
        stay = Stay(
            dt.date.fromisoformat(row.cells[start]),
            dt.date.fromisoformat(until) if until else _LAST,
            f"line {row.line}",
        )
        found[squash(row.cells[symbol])].append(stay)
    for path in filter(Path.is_file, more):
        covered = _change(found, path, last)
    return History(
        source,
        first_path.name,
        {key: tuple(value) for key, value in found.items()},
        min(stay.start for stays in found.values() for stay in stays),
        covered,
        size,
    )


def _change(found: defaultdict[str, list[Stay]], path: Path, after: dt.date) -> dt.date:
    """Apply the changes of a file that came after a day; return the day of the last one."""
    day = after
    for row in read_table(path, "date", "add", "remove"):
        day = dt.date.fromisoformat(row.cells["date"])
        if day <= after:
            continue
        for symbol in _symbols(row.cells["remove"]):
            stays = found[symbol]
            if stays and stays[-1].end == _LAST:
                stays[-1] = stays[-1]._replace(end=day)
        for symbol in _symbols(row.cells["add"]):
            found[symbol].append(Stay(day, _LAST, f"{path.name} line {row.line}"))
    return day


def _symbols(cell: str) -> list[str]:
    return [squash(text) for text in cell.split(",") if text.strip()]


_KEY = re.compile(
    r"""^(?:(?P<year>year): *(?P<number>\d+)|\s*['"]?(?P<day>\d{4}-\d\d-\d\d)['"]?:)"""
)


def read_yearly(folder: Path, *, source: str, last: dt.date, size: int) -> History | None:
    """Return the history of a folder of YAML files, one a year, of members and changes."""
    found: defaultdict[str, list[Stay]] = defaultdict(list)
    paths = sorted(folder.glob("*.yaml"))
    for path in paths:
        for day, removed, added in _read_year(path):
            for symbol in removed:
                if found[symbol] and found[symbol][-1].end == _LAST:
                    found[symbol][-1] = found[symbol][-1]._replace(end=day)
            for symbol in added:
                if not found[symbol] or found[symbol][-1].end != _LAST:
                    found[symbol].append(Stay(day, _LAST, f"{path.name} of {day}"))
    if not paths:
        return None
    first = min(stay.start for stays in found.values() for stay in stays)
    stays = {key: tuple(value) for key, value in found.items() if value}
    return History(source, folder.name, stays, first, last, size)


def _read_year(path: Path) -> Iterator[tuple[dt.date, list[str], list[str]]]:
    """Yield the changes of a year. The members on its first day come first, as additions."""
    day: dt.date | None = None
    lists: dict[str, list[str]] = {"difference": [], "union": []}
    into: list[str] | None = None
    for line in path.read_text("utf-8").splitlines():
        text = line.partition("#")[0].strip()
        key = _KEY.match(line)
        if key or text == "changes:":
            if day is not None and any(lists.values()):
                yield day, lists["difference"], lists["union"]
            lists, into = {"difference": [], "union": []}, None
            if key and key["day"]:
                day = dt.date.fromisoformat(key["day"])
            elif key:
                day = dt.date(int(key["number"]), 1, 1)
        elif text.startswith("tickers_on_Jan_1"):
            into = lists["union"]
        elif text.rstrip(":") in lists:
            into = lists[text.rstrip(":")]
        elif text.startswith("- ") and into is not None:
            into.append(squash(text[2:].strip("'\"")))
    if day is not None and any(lists.values()):
        yield day, lists["difference"], lists["union"]


def read_list(path: Path, label: str, *, source: str, day: dt.date) -> Listed | None:
    """Return the members that a CSV lists under a label, None where the file is missing."""
    if not path.is_file():
        return None
    symbols = frozenset(squash(row.cells[label]) for row in read_table(path, label))
    return Listed(day, source, path.name, symbols - {""})


def read_vanguard_json(path: Path, *, day: dt.date) -> Listed | None:
    """Return the stocks of a fund in Vanguard's old JSON, None where the file is missing."""
    if not path.is_file():
        return None
    items = [item for fund in read_json(path) for item in fund["holdingDetailItem"]]
    symbols = {squash(item.get("bticker") or "") for item in items}
    return Listed(day, "Vanguard", path.name, frozenset(symbols - {""}))


def write_history(history: History, path: Path) -> Path:
    """Write a history as the program reads it: ticker, start_date, end_date."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("ticker", "start_date", "end_date"))
        for symbol, stays in sorted(history.stays.items()):
            for stay in stays:
                end = "" if stay.end == _LAST else stay.end.isoformat()
                writer.writerow((symbol, stay.start.isoformat(), end))
    return path
