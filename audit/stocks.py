"""Who had which symbol when, by registers and lists that the answers do not rest on."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from audit.claims import squash
from audit.rows import read_json, read_table

_CHANGES = re.compile(r"(ZZZZ|XXXX)$")
_NAMED_LISTS = (
    (
        "index_lists/sp500_datasets_2012-12-27_symbol-name-sector.csv",
        "Name",
        "Wikipedia",
        (2012, 12, 27),
    ),
    ("pit/sp500_wikipedia_gics_2025-11.csv", "Security", "Wikipedia", (2025, 11, 16)),
    ("index_lists/sp500_datasets_2026-08-08_8-columns.csv", "Security", "Wikipedia", (2026, 8, 8)),
    *(
        (f"pit/index-constituents/{index}_{month}.csv", "Name", "yfiua/index-constituents", day)
        for month, day in (
            ("2023-07", (2023, 7, 30)),
            ("2024-07", (2024, 7, 1)),
            ("2026-01", (2026, 1, 1)),
            ("2026-07", (2026, 7, 1)),
        )
        for index in ("sp500", "nasdaq100", "dowjones")
    ),
)
_COMPANY = re.compile(
    r"\b(the|inc|incorporated|corp|corporation|co|company|companies|plc|ltd|limited|group|holdings?"
    r"|class [abc]|cl [abc]|series [abc]|common stock|new|nv|sa|ag|de|com|trust|reit)\b"
)


_VANGUARD = (
    (
        "VTI_2023-08-31_ProductDetailsHoldings_advisors-layout_resaved.csv",
        "Ticker",
        "Holdings name",
    ),
    ("VTV_2024-02-29_Holdings_details.csv", "TICKER", "HOLDINGS"),
    ("VOO_2025-09-30_Holdings_details.csv", "TICKER", "HOLDINGS"),
    ("VTI_2025-09-30_Holdings_details.csv", "TICKER", "HOLDINGS"),
)
_REGISTRANTS = (
    ("tickers/company_tickers_2024-08-12.json", dt.date(2024, 8, 12)),
    ("company_tickers_exchange_2024-12-19.json", dt.date(2024, 12, 19)),
    ("company_tickers_exchange_2026-08-22_ctec-variant.json", dt.date(2026, 8, 22)),
)
_SEDOL = re.compile(r"[0-9A-Z]{6}[0-9]")


class Seen(NamedTuple):
    """One entry of a register: a symbol with a CUSIP or SEDOL, or a name, on a day."""

    day: dt.date
    code: str | None
    name: str | None
    place: str


Book = Mapping[str, list[Seen]]
"""The entries of one publisher by squashed symbol, in the order of their days."""


def read_fails(folder: Path) -> Book:
    """Return the SEC's fails-to-deliver files as a register of CUSIPs."""
    book: defaultdict[str, list[Seen]] = defaultdict(list)
    for path in sorted((folder / "sec/ftd").glob("cnsfails*")):
        seen: set[tuple[str, str]] = set()
        for at, line in enumerate(path.read_text("latin-1").splitlines(), 1):
            cells = line.split("|")
            if len(cells) != 6 or not cells[0].isdigit() or _CHANGES.search(cells[2]):
                continue
            symbol, cusip = squash(cells[2]), cells[1]
            if (symbol, cusip) not in seen:
                seen.add((symbol, cusip))
                book[symbol].append(Seen(_day(cells[0]), cusip, cells[4], f"{path.name} line {at}"))
    for path in sorted((folder / "sec/ftd/by_ticker_lean").glob("[a-z]*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            found: set[tuple[str, str]] = set()
            for at, cells in enumerate(csv.reader(file), 1):
                if path.stem.startswith("universe"):
                    symbol, cusip, day = cells[0], cells[2], cells[4]
                else:
                    symbol, cusip, day = path.stem, cells[2], cells[1]
                if (symbol, cusip) not in found:
                    found.add((symbol, cusip))
                    book[squash(symbol)].append(
                        Seen(_day(day), cusip, None, f"{path.name} line {at}")
                    )
    return {symbol: sorted(entries) for symbol, entries in book.items()}


def read_named(folder: Path) -> dict[str, Book]:
    """Return the lists that name their stocks, by publisher."""
    books: dict[str, defaultdict[str, list[Seen]]] = defaultdict(lambda: defaultdict(list))
    for name, label, source, day in _NAMED_LISTS:
        path = folder / name
        if path.is_file():
            for row in read_table(path, "Symbol", label):
                seen = Seen(dt.date(*day), None, row.cells[label], f"{path.name} line {row.line}")
                books[source][squash(row.cells["Symbol"])].append(seen)
    return {source: dict(book) for source, book in books.items()}


class NamedStay(NamedTuple):
    """A member of an index under a name, from `start` up to, but not including, `end`."""

    start: dt.date
    end: dt.date
    name: str
    source: str
    place: str


def read_named_stays(folder: Path) -> Mapping[str, list[NamedStay]]:
    """Return the stays of a history that names its members, by squashed symbol."""
    stays: defaultdict[str, list[NamedStay]] = defaultdict(list)
    for path in sorted((folder / "index_lists/index-constitution").glob("history_*.csv")):
        for row in read_table(path, "symbol", "opt-out"):
            start = dt.date.fromisoformat(row.cells["opt-in"])
            end = dt.date.fromisoformat(row.cells["opt-out"] or f"{dt.date.max}")
            if start < end:
                place = f"{path.name} line {row.line}"
                stays[squash(row.cells["symbol"])].append(
                    NamedStay(start, end, row.cells["name"], "unliftedq/index-constitution", place)
                )
    return stays


def read_vanguard(folder: Path) -> Book:
    """Return Vanguard's files as a register of SEDOLs."""
    book: defaultdict[str, list[Seen]] = defaultdict(list)
    path = folder / "vanguard/VOO_2022-11-30_api.json"
    if path.is_file():
        for fund in read_json(path):
            for at, item in enumerate(fund["holdingDetailItem"], 1):
                fields = item.get("sedol"), item["name"], f"{path.name} item {at}"
                book[squash(item.get("bticker") or "")].append(Seen(dt.date(2022, 11, 30), *fields))
    for name, ticker, label in _VANGUARD:
        path = folder / "vanguard" / name
        day = dt.date.fromisoformat(name.split("_")[1])
        for row in read_table(path, "SEDOL", ticker) if path.is_file() else ():
            fields = row.cells["SEDOL"], row.cells[label], f"{path.name} line {row.line}"
            book[squash(row.cells[ticker])].append(Seen(day, *fields))
    return {
        symbol: sorted((seen for seen in every if _SEDOL.fullmatch(seen.code or "")), key=_by_day)
        for symbol, every in book.items()
    }


def read_registrants(folder: Path) -> Book:
    """Return the SEC's lists of tickers as a register of the companies' numbers (CIK)."""
    book: defaultdict[str, list[Seen]] = defaultdict(list)
    for name, day in _REGISTRANTS:
        path = folder / "sec" / name
        if not path.is_file():
            continue
        content = read_json(path)
        rows = (
            [(cik, label, symbol) for cik, label, symbol, _ in content["data"]]
            if "data" in content
            else [(row["cik_str"], row["title"], row["ticker"]) for row in content.values()]
        )
        for cik, label, symbol in rows:
            book[squash(symbol)].append(Seen(day, str(int(cik)), label, path.name))
    return book


def _by_day(seen: Seen) -> dt.date:
    return seen.day


class Step(NamedTuple):
    """One security's change of ticker in a map: the first day of the new one."""

    old: str
    new: str
    day: dt.date
    place: str


def read_maps(folder: Path) -> Iterator[Step]:
    """Yield the changes of ticker in maps of one security each: last day, ticker of that day."""
    for path in sorted((folder / "pit/lean_map_files").glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            rows = [(_day(cells[0]), squash(cells[1])) for cells in csv.reader(file) if cells]
        for (day, old), (_, new) in pairwise(rows):
            if old != new:
                yield Step(old, new, day + dt.timedelta(days=1), path.name)


def same_name(one: str, other: str) -> bool | None:
    """Tell whether two names are of one company: equal, wholly unlike, or None between."""
    words = [set(_words(name)) for name in (one, other)]
    if not all(words):
        return None
    if words[0] == words[1] or "".join(_words(one)) == "".join(_words(other)):
        return True
    return None if words[0] & words[1] else False


def _words(name: str) -> list[str]:
    text = re.sub(r"[^a-z0-9 ]", "", name.lower().replace("&", " ").replace("-", " "))
    return _COMPANY.sub(" ", text).split()


def _day(text: str) -> dt.date:
    return dt.date(int(text[:4]), int(text[4:6]), int(text[6:8]))
