"""Read symbol directories: one call from bytes to the listings."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from stockgroups.errors import (
    AmbiguousFileError,
    EmptyFileError,
    OversizedFileError,
    SymbolError,
    TruncatedFileError,
    UnrecognisedFileError,
    UnsupportedFileError,
)
from stockgroups.readers.containers.archives import unpack_only
from stockgroups.readers.containers.document import name_markup
from stockgroups.readers.containers.files import open_file, read_file, refusing_file
from stockgroups.readers.containers.json_text import make_object
from stockgroups.readers.containers.spreadsheetml import is_spreadsheetml
from stockgroups.readers.directories import nasdaq_screener, nasdaq_trader
from stockgroups.readers.directories.directory import Content, Directory, Listing
from stockgroups.readers.directories.symbol_maps import SOURCE, is_map_file, read_map
from stockgroups.readers.sec import fails, funds, tickers
from stockgroups.readers.sec.fails import MAX_FILE_BYTES as MAX_FAILS_BYTES
from stockgroups.readers.sec.fails import FailsFile, is_fails_file, read_fails
from stockgroups.readers.sec.funds import FundList, is_fund_list, read_fund_list
from stockgroups.readers.sec.ncen import (
    MAX_REPORT_BYTES,
    REPORT_TABLES,
    is_fund_report,
    read_fund_report,
    read_fund_reports,
)
from stockgroups.readers.sec.nport_tables import HOLDINGS
from stockgroups.readers.sec.nport_xml import START_BYTES, is_filing
from stockgroups.readers.sec.tables import TableSet
from stockgroups.readers.values.dates import find_day
from stockgroups.readers.values.texts import escape_text, is_printable
from stockgroups.receipts import RejectedEntry
from stockgroups.symbols import us_symbol

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from stockgroups.readers.directories.directory import Entry, Layout, RawDirectory
    from stockgroups.readers.reference import Reference

LAYOUTS: tuple[Layout, ...] = (
    *nasdaq_trader.LAYOUTS,
    *tickers.LAYOUTS,
    nasdaq_screener.LAYOUT,
)
_KNOWN = (*(layout.source for layout in LAYOUTS), funds.LIST, funds.REPORT, fails.SOURCE, SOURCE)
MAX_FILE_BYTES = 16 * 1024 * 1024
"""Ten times the largest directory there is: 12,600 entries are 0.9 MB, of the screener 3 MB."""

MAX_UNKNOWN = 50
LONGEST_TEXT = 500
"""Security names have up to 250 characters, if they contain a preferred's terms."""

_BOM = "\ufeff"
_ZIP = b"PK\x03\x04"
_START_CHARACTERS = 4000
_WHERE_FROM = "download it again from Nasdaq Trader, the SEC or the Nasdaq screener"


def read_directory(
    source: Path | bytes, file_name: str, *, as_of: dt.date | None = None
) -> Directory:
    """Read a symbol directory, given by its path or its bytes.

    The as-of date is the content's; else `as_of`; else the one in `file_name`. An entry whose
    symbol cannot be made canonical is rejected, and so is a second entry with the same symbol.
    Raise the SourceError that fits; nothing of a refused file is kept.
    """
    file_name = escape_text(file_name, LONGEST_TEXT)
    with refusing_file(file_name):
        return _read_directory(source, file_name, as_of)


def read_reference(source: Path, file_name: str, *, as_of: dt.date | None = None) -> Reference:
    """Read a symbol directory, an SEC register or a map of symbols, whichever it is.

    Raises as `read_directory` does.
    """
    name = escape_text(file_name, LONGEST_TEXT)
    with refusing_file(name):
        with open_file(source, name) as stream:
            start = stream.read(START_BYTES)
        if start.startswith(_ZIP):
            return _read_zip(source, name, as_of)
        is_report = is_fund_report(start)
        most = MAX_REPORT_BYTES if is_report else MAX_FILE_BYTES
        data = read_file(source, most, name)
        if is_report:
            _check_size(data, most, name)
            return read_fund_report(data, name)
        if is_fund_list(start):
            _check_size(data, most, name)
            return read_fund_list(data, name, as_of)
        if is_fails_file(data):
            return read_fails(data, name)
        if is_map_file(data):
            return read_map(data, name, as_of)
    return read_directory(data, file_name, as_of=as_of)


def _read_zip(source: Path, name: str, as_of: dt.date | None) -> FundList | FailsFile:
    """Read an SEC zip: one fails-to-deliver file, or N-CEN's data set."""
    with TableSet(source, (*REPORT_TABLES, HOLDINGS)) as tables:
        if tables.has(HOLDINGS):
            raise UnsupportedFileError(
                "a data set of N-PORT, not a symbol directory",
                where=name,
                remedy="load it with `stockgroups load-nport FILE`",
            )
        if tables.has(REPORT_TABLES[-1]):
            return read_fund_reports(tables, name, as_of)
    packed = read_file(source, MAX_FILE_BYTES, name)
    _check_size(packed, MAX_FILE_BYTES, name)
    _, data = unpack_only(packed, MAX_FAILS_BYTES, name)
    if not is_fails_file(data):
        raise UnrecognisedFileError(
            "a zip that holds no fails-to-deliver file and no reports of funds",
            where=name,
            remedy="unpack it, and load what is in it",
        )
    return read_fails(data, name)


def _check_size(data: bytes, most: int, name: str) -> None:
    if len(data) > most:
        raise OversizedFileError(
            f"more than {most:,} bytes, more than any such file has", where=name
        )


def _read_directory(source: Path | bytes, file_name: str, as_of: dt.date | None) -> Directory:
    data = source if isinstance(source, bytes) else read_file(source, MAX_FILE_BYTES, file_name)
    content = _open(data, file_name)
    layout = _recognise(content)
    printed = layout.read(content)
    if not printed.entries and not printed.rejected:
        raise EmptyFileError("it lists nothing", where=file_name, remedy=_WHERE_FROM)
    day, as_of_from = (
        (printed.as_of, "the content") if printed.as_of else find_day(as_of, file_name)
    )
    listings, rejected = _list_symbols(printed)
    return Directory(
        source=layout.source,
        as_of=day,
        as_of_from=as_of_from,
        file_name=PurePath(file_name).name,
        sha256=hashlib.sha256(data).hexdigest(),
        version=layout.version,
        listings=tuple(listings.values()),
        rejected=tuple(sorted(map(_escape, rejected), key=lambda entry: entry.line)),
        unknown_columns=tuple(
            escape_text(label, LONGEST_TEXT) for label in printed.unknown_columns[:MAX_UNKNOWN]
        ),
        notes=tuple(escape_text(note, LONGEST_TEXT) for note in printed.notes),
    )


def _open(data: bytes, file_name: str) -> Content:
    _check_size(data, MAX_FILE_BYTES, file_name)
    try:
        text = data.decode("utf-8").lstrip(_BOM)
    except UnicodeDecodeError as error:
        raise UnrecognisedFileError(
            "not UTF-8 text, as all symbol directories are", where=file_name, remedy=_WHERE_FROM
        ) from error
    if not text.strip():
        raise EmptyFileError("the file is empty", where=file_name, remedy=_WHERE_FROM)
    if text.lstrip()[0] not in "{[":
        return Content(file_name, text)
    return Content(file_name, text, _parse_json(text, file_name))


def _parse_json(text: str, file_name: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=make_object)
    except ValueError as error:
        raise TruncatedFileError(
            f"JSON that ends early or is not valid: {error}", where=file_name, remedy=_WHERE_FROM
        ) from error
    except RecursionError as error:
        raise UnrecognisedFileError(
            "JSON nested deeper than any symbol directory", where=file_name, remedy=_WHERE_FROM
        ) from error


def _recognise(content: Content) -> Layout:
    found = [layout for layout in LAYOUTS if layout.recognise(content)]
    if not found:
        likeness = _likeness(content.text)
        raise UnrecognisedFileError(
            f"{likeness}, not a symbol directory" if likeness else "not a known symbol directory",
            where=content.file_name,
            remedy=f"known are {', '.join(_KNOWN)}",
        )
    if len(found) > 1:
        raise AmbiguousFileError(
            f"it matches several layouts: {', '.join(layout.source for layout in found)}",
            where=content.file_name,
            remedy=_WHERE_FROM,
        )
    return found[0]


def _likeness(text: str) -> str | None:
    start = text[:_START_CHARACTERS]
    if is_spreadsheetml(start):
        return "a workbook in SpreadsheetML"
    markup = "an N-PORT filing" if is_filing(start.encode()) else name_markup(start)
    return None if markup == "JSON" else markup  # as two of the directories are


def _list_symbols(
    printed: RawDirectory,
) -> tuple[dict[str, Listing], list[RejectedEntry]]:
    """Return the listings by symbol, and all entries that are not listings."""
    listings: dict[str, Listing] = {}
    rejected = list(printed.rejected)
    for entry in printed.entries:
        reason = _fault(_texts(entry))
        if reason is None:
            try:
                # A directory says itself which symbols there are: no table of compact spellings.
                symbol = us_symbol(entry.spelling, {})
            except SymbolError as error:
                reason = error.what
            else:
                first = listings.setdefault(symbol, Listing(symbol, entry)).entry
                if first is not entry:
                    reason = (
                        f"a duplicate of {symbol}, listed as {first.ticker!r} on line {first.line}"
                    )
        if reason is not None:
            rejected.append(RejectedEntry(entry.line, entry.ticker, entry.name, reason))
    return listings, rejected


def _texts(entry: Entry) -> Iterable[str | None]:
    return (
        entry.ticker,
        entry.name,
        entry.exchange,
        entry.sector,
        entry.industry,
        entry.country,
    )


def _fault(texts: Iterable[str | None]) -> str | None:
    """Return why one of the texts cannot be stored, or None."""
    for text in texts:
        if text is None:
            continue
        if len(text) > LONGEST_TEXT:
            return f"a text of {len(text):,} characters"
        if not is_printable(text):
            return "a text with unprintable characters"
    return None


def _escape(entry: RejectedEntry) -> RejectedEntry:
    """Return the entry with its texts escaped, so that they can be stored and printed."""
    return replace(
        entry,
        ticker=None if entry.ticker is None else escape_text(entry.ticker, LONGEST_TEXT),
        name=None if entry.name is None else escape_text(entry.name, LONGEST_TEXT),
        reason=escape_text(entry.reason, LONGEST_TEXT),
    )
