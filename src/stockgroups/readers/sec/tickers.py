"""The SEC's `company_tickers_exchange.json` and `company_tickers.json`: filers and tickers.

    {"fields": ["cik", "name", "ticker", "exchange"], "data": [[320193, "Apple Inc.", "AAPL", …]]}
    {"0": {"cik_str": 320193, "ticker": "AAPL", "title": "Apple Inc."}, "1": …}

The second names no exchange, so it does not show what is listed.

They have no date. Tickers are spelled as at Yahoo: `BRK-B`, preferreds `ABR-PD`, warrants `NE-WTA`,
units `JACS-UN`, rights `CELG-RI`. `exchange` is a word for an operator, "NYSE" for three of its
markets, or null for a filer that is not listed. Copies that were saved again hold the CIK as text.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from stockgroups.readers.directories.cells import parse_text, parse_whole
from stockgroups.readers.directories.directory import (
    Entry,
    Layout,
    RawDirectory,
    read_entries,
)
from stockgroups.receipts import RejectedEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.readers.directories.directory import Content

_FIELDS = ("cik", "name", "ticker", "exchange")
_COMPANY_FIELDS = ("cik_str", "title", "ticker")
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


def _read(content: Content) -> RawDirectory:
    labels = [str(field) for field in content.json["fields"]]
    entries, rejected = read_entries(content.json["data"], partial(_read_row, labels), content)
    return RawDirectory(
        entries,
        rejected,
        unknown_columns=tuple(label for label in labels if label not in _FIELDS),
    )


def _recognise_companies(content: Content) -> bool:
    if not isinstance(content.json, dict) or not content.json:
        return False
    first = next(iter(content.json.values()))
    return isinstance(first, dict) and all(field in first for field in _COMPANY_FIELDS)


def _read_companies(content: Content) -> RawDirectory:
    entries, rejected = read_entries(list(content.json.values()), _read_company, content)
    labels = {str(label) for row in content.json.values() if isinstance(row, dict) for label in row}
    return RawDirectory(
        entries, rejected, unknown_columns=tuple(sorted(labels - {*_COMPANY_FIELDS}))
    )


def _read_company(line: int, row: object) -> Entry | RejectedEntry:
    if not isinstance(row, dict):
        return RejectedEntry(line, None, None, f"not an object with {', '.join(_COMPANY_FIELDS)}")
    return _read_fields(
        line,
        {
            "cik": row.get("cik_str"),
            "name": row.get("title"),
            "ticker": row.get("ticker"),
            "exchange": None,
        },
    )


def _read_row(labels: list[str], line: int, row: object) -> Entry | RejectedEntry:
    if not isinstance(row, list) or len(row) != len(labels):
        return RejectedEntry(line, None, None, f"not a list of {len(labels)} fields")
    return _read_fields(line, dict(zip(labels, row, strict=True)))


def _read_fields(line: int, fields: Mapping[str, Any]) -> Entry | RejectedEntry:
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


LAYOUTS = (
    Layout("sec_tickers", 1, _recognise, _read),
    Layout("sec_companies", 1, _recognise_companies, _read_companies),
)
