"""The SEC's `company_tickers_exchange.json`: who files under which ticker.

    {"fields": ["cik", "name", "ticker", "exchange"], "data": [[320193, "Apple Inc.", "AAPL", …]]}

No date. Tickers are spelled as Yahoo does: `BRK-B`, preferreds `ABR-PD`, warrants `NE-WTA`, units
`JACS-UN`, rights `CELG-RI`. `exchange` is a word for a house, "NYSE" for three markets of it, or
null for who files and is listed nowhere. Copies that were saved again hold the CIK as text.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from stockgroups.sources.directories.cells import parse_text, parse_whole
from stockgroups.sources.directories.directory import (
    Entry,
    Layout,
    PrintedDirectory,
    RejectedEntry,
    read_entries,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.sources.directories.directory import Content

_FIELDS = ("cik", "name", "ticker", "exchange")
_LARGEST_CIK = 9_999_999_999
_MARKETS = {"Nasdaq": "XNAS", "OTC": "OTCM", "CBOE": "BATS"}


def _recognise(content: Content) -> bool:
    if not isinstance(content.json, dict):
        return False
    fields = content.json.get("fields")
    return (
        isinstance(fields, list)
        and all(field in fields for field in _FIELDS)
        and isinstance(content.json.get("data"), list)
    )


def _read(content: Content) -> PrintedDirectory:
    labels = [str(field) for field in content.json["fields"]]
    entries, rejected = read_entries(content.json["data"], partial(_read_row, labels), content)
    return PrintedDirectory(
        entries,
        rejected,
        unknown_columns=tuple(label for label in labels if label not in _FIELDS),
    )


def _read_row(labels: list[str], line: int, row: object) -> Entry | RejectedEntry:
    if not isinstance(row, list) or len(row) != len(labels):
        return RejectedEntry(line, None, None, f"no list of {len(labels)} fields")
    fields = dict(zip(labels, row, strict=True))
    try:
        return _entry(line, fields)
    except ValueError as error:
        ticker = fields["ticker"] if isinstance(fields["ticker"], str) else None
        return RejectedEntry(line, ticker, None, str(error))


def _entry(line: int, fields: Mapping[str, Any]) -> Entry:
    ticker = parse_text(fields["ticker"])
    if ticker is None:
        raise ValueError("no ticker")
    exchange = parse_text(fields["exchange"])
    return Entry(
        line,
        ticker,
        ticker,
        parse_text(fields["name"]),
        exchange,
        _MARKETS.get(exchange or ""),
        cik=parse_whole(fields["cik"], _LARGEST_CIK),
    )


LAYOUT = Layout("sec_tickers", 1, _recognise, _read)
