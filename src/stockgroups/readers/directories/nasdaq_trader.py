"""The three symbol directories of Nasdaq Trader: text with `|` between the fields.

`nasdaqlisted` holds what is listed on Nasdaq, `otherlisted` what is listed elsewhere in the United
States, `nasdaqtraded` both. The last line is the time of creation in New York,
`File Creation Time: 0512202609:17`; a file without it is cut. Fields without a value hold one blank
or nothing.

A line listed elsewhere has three symbols, of which only that of the consolidated tape (CQS) leaves
no doubt: `ABR$D`, `ABRpD`, `ABR-D` is a preferred, `NE.A`, `NE.WS.A`, `NE+A` a warrant. A line of
Nasdaq has one, with the kind as a fifth letter that nothing sets apart; it is taken as it stands.
Source: Nasdaq Trader, "Symbol Look-Up/Directory Data Fields & Definitions".
"""

from __future__ import annotations

import datetime as dt
import re
from functools import partial
from typing import TYPE_CHECKING

from stockgroups.errors import TruncatedFileError
from stockgroups.readers.directories.cells import parse_text
from stockgroups.readers.directories.directory import (
    Entry,
    Layout,
    RawDirectory,
    read_entries,
)
from stockgroups.readers.values.dates import EARLIEST_YEAR, LATEST_YEAR
from stockgroups.receipts import RejectedEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.readers.directories.directory import Content

# The columns by which a layout is known; the first that fits, as nasdaqtraded has all that
# nasdaqlisted has.
_SIGNS = {
    "nasdaqtraded": ("Symbol", "Nasdaq Traded", "Listing Exchange", "CQS Symbol"),
    "otherlisted": ("ACT Symbol", "Exchange", "CQS Symbol"),
    "nasdaqlisted": ("Symbol", "Market Category"),
}
_COMMON = ("Security Name", "Test Issue")
_READ = frozenset(
    {"Symbol", "ACT Symbol", "CQS Symbol", "Listing Exchange", "Exchange", "ETF", *_COMMON}
)
_IGNORED = frozenset(
    {
        "Nasdaq Traded",
        "Market Category",
        "Round Lot Size",
        "Financial Status",
        "NASDAQ Symbol",
        "NextShares",
    }
)
_MARKETS = {
    "A": "XASE",
    "M": "XCHI",
    "N": "XNYS",
    "P": "ARCX",
    "Q": "XNAS",
    "V": "IEXG",
    "Z": "BATS",
}
_NASDAQ = "XNAS"
_CREATED = re.compile(r"File Creation Time: *(\d{2})(\d{2})(\d{4}) ?\d{2}:\d{2}\|*")
# Lower case p and r are preferred and rights; w, wd and others mark trading before issue, which is
# no listing yet and must not pass for a symbol with one letter more.
_CQS = re.compile(r"[A-Z]{1,5}(?:p[A-Z]?|r|(?:\.[A-Z]+)*)")


def _recognise(content: Content, source: str) -> bool:
    if content.json is not None:
        return False
    labels = set(_labels(content))
    fitting = (name for name, signs in _SIGNS.items() if labels.issuperset((*signs, *_COMMON)))
    return next(fitting, None) == source


def _read(content: Content, source: str) -> RawDirectory:
    labels = _labels(content)
    rows = content.text.replace("\r\n", "\n").rstrip("\n").split("\n")
    created = _CREATED.fullmatch(rows[-1].strip())
    if created is None:
        raise TruncatedFileError(
            "it is cut off: the last line is not its time of creation",
            where=f"{content.file_name}, line {len(rows)}",
            remedy="download it again",
        )
    read = partial(_read_row, labels, _SIGNS[source][0])
    entries, rejected = read_entries(rows[1:-1], read, content, first=2)
    unknown_codes = sorted({e.exchange for e in entries if e.exchange and not e.mic})
    return RawDirectory(
        entries,
        rejected,
        as_of=_date(created),
        unknown_columns=tuple(
            label for label in labels if label not in _READ and label not in _IGNORED
        ),
        notes=(f"unknown exchange codes: {', '.join(unknown_codes)}",) if unknown_codes else (),
    )


def _labels(content: Content) -> list[str]:
    first = content.text[:2000].partition("\n")[0]
    return [label.strip() for label in first.split("|")]


def _read_row(labels: list[str], symbol_column: str, line: int, row: str) -> Entry | RejectedEntry:
    cells = row.split("|")
    if len(cells) != len(labels):
        reason = f"{len(cells)} fields where the header has {len(labels)}"
        return RejectedEntry(line, None, row[:200] or None, reason)
    return _entry(line, dict(zip(labels, cells, strict=True)), symbol_column)


def _entry(line: int, fields: Mapping[str, str], symbol_column: str) -> Entry | RejectedEntry:
    ticker = parse_text(fields[symbol_column])
    name = parse_text(fields["Security Name"])
    if ticker is None:
        return RejectedEntry(line, None, name, "no symbol")
    spelling = parse_text(fields.get("CQS Symbol")) or ticker
    if not _CQS.fullmatch(spelling):
        reason = f"{spelling!r} is not the symbol of an issue in regular trading"
        return RejectedEntry(line, ticker, name, reason)
    if "Listing Exchange" in fields:
        exchange = parse_text(fields["Listing Exchange"])
        mic = _MARKETS.get(exchange or "")
    elif "Exchange" in fields:
        exchange = parse_text(fields["Exchange"])
        mic = _MARKETS.get(exchange or "")
    else:
        exchange, mic = None, _NASDAQ
    return Entry(
        line,
        ticker,
        spelling,
        name,
        exchange,
        mic,
        is_etf={"Y": True, "N": False}.get(fields.get("ETF", "").strip()),
        is_test=fields["Test Issue"].strip() == "Y",
    )


def _date(created: re.Match[str]) -> dt.date | None:
    month, day, year = (int(part) for part in created.groups())
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


LAYOUTS = tuple(
    Layout(source, 1, partial(_recognise, source=source), partial(_read, source=source))
    for source in _SIGNS
)
