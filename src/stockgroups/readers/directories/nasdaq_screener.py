"""The JSON of Nasdaq's stock screener: a list of stocks with sector and industry.

It is the list alone, or inside the site's answer (`{"data": {"rows": […]}}`). It has no date, no
exchange and no funds, and covers the stocks of one market or of all. Sector and industry belong to
a taxonomy of Nasdaq's own. Classes are `BRK/B`, preferreds `ABR^D` (`DCOM^` without a series),
warrants `RAC/WS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.readers.directories.cells import parse_text, parse_whole
from stockgroups.readers.directories.directory import (
    Entry,
    Layout,
    RawDirectory,
    read_entries,
)
from stockgroups.readers.values.dates import LATEST_YEAR
from stockgroups.receipts import RejectedEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.readers.directories.directory import Content

_FIELDS = frozenset({"symbol", "name", "country", "ipoyear", "industry", "sector"})
# Prices and what follows from them are of the moment, not of the listing.
_IGNORED = frozenset({"lastsale", "netchange", "pctchange", "volume", "marketCap", "url"})


def _recognise(content: Content) -> bool:
    rows = _rows(content.json)
    return bool(rows) and isinstance(rows[0], dict) and rows[0].keys() >= _FIELDS


def _read(content: Content) -> RawDirectory:
    rows = _rows(content.json)
    entries, rejected = read_entries(rows, _read_row, content)
    keys = {key for row in rows if isinstance(row, dict) for key in row}
    return RawDirectory(entries, rejected, unknown_columns=tuple(sorted(keys - _FIELDS - _IGNORED)))


def _read_row(line: int, row: object) -> Entry | RejectedEntry:
    if not isinstance(row, dict):
        return RejectedEntry(line, None, None, "not an object of fields")
    try:
        return _entry(line, row)
    except ValueError as error:
        symbol = row.get("symbol")
        ticker = symbol if isinstance(symbol, str) else None
        return RejectedEntry(line, ticker, None, str(error))


def _rows(value: Any) -> list[Any]:
    if isinstance(value, dict) and isinstance(value.get("data"), dict):
        value = value["data"].get("rows")
    return value if isinstance(value, list) else []


def _entry(line: int, row: Mapping[str, Any]) -> Entry:
    ticker = parse_text(row.get("symbol"))
    if ticker is None:
        raise ValueError("no symbol")
    return Entry(
        line,
        ticker,
        # On the tape a circumflex alone means rights; here it is always a preferred.
        ticker.replace("^", "$"),
        parse_text(row.get("name")),
        sector=parse_text(row.get("sector")),
        industry=parse_text(row.get("industry")),
        country=parse_text(row.get("country")),
        ipo_year=parse_whole(row.get("ipoyear"), LATEST_YEAR),
    )


LAYOUT = Layout("nasdaq_screener", 1, _recognise, _read)
