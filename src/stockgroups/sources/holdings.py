"""Holdings files: one call from bytes to a snapshot."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from stockgroups.errors import EmptyFileError, NoDateError, OversizedFileError
from stockgroups.model import Snapshot
from stockgroups.sources.assemble import assemble
from stockgroups.sources.dates import date_in_name, parse_date
from stockgroups.sources.document import MAX_FILE_BYTES, open_document
from stockgroups.sources.files import read_file
from stockgroups.sources.formats import FORMATS, recognise
from stockgroups.sources.funds import find_claim, find_fund
from stockgroups.sources.numbers import NULLS
from stockgroups.sources.texts import escape_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from stockgroups.catalog import Catalog
    from stockgroups.sources.format import Format, Printed


PIPELINE_VERSION = 4
"""Goes up with every change to what becomes of a format's columns: rows, weights, symbols."""

_CONTENT = "the content"
_FILE_NAME = "the file's name"

LONGEST_FUND_NAME = 200
LONGEST_FILE_NAME = 255
_LONGEST_QUOTE = 40


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What a holdings file says: of which fund, under what full name, and the snapshot."""

    fund: str
    fund_name: str | None
    snapshot: Snapshot
    format: str


def read_holdings(
    source: Path | bytes,
    file_name: str,
    catalog: Catalog,
    *,
    as_of: dt.date | None = None,
    accept: Collection[str] = (),
    formats: Sequence[Format] = FORMATS,
) -> ReadResult:
    """Read a holdings file, given by its path or its bytes.

    `file_name` is the name that the file was published or saved under; fund and date are looked
    for in it when the content does not say them. `as_of` is used when the content has no date.
    `accept` holds the checks that the caller overrides: "weights". Raise a SourceError of the kind
    that fits, GuardError for a list whose weights sum to nothing known, OSError for a path that
    cannot be read. Nothing of a refused file is kept.
    """
    file_name = escape_text(file_name, LONGEST_FILE_NAME)
    data = source if isinstance(source, bytes) else _read_bytes(source, file_name)
    chosen, printed = _read_printed(data, file_name, formats)
    day, as_of_from = _as_of(printed.as_of, as_of, file_name)
    squeezed = " ".join((printed.fund_name or "").split())
    fund_name = escape_text(squeezed, LONGEST_FUND_NAME) or None
    fund = find_fund(file_name, catalog, printed_ticker=printed.fund_ticker, printed_name=fund_name)
    says_fund = printed.fund_ticker or (fund_name and catalog.fund_named(fund_name))
    assembled = assemble(printed, catalog, as_of_from=as_of_from, accept=accept, where=file_name)
    snapshot = Snapshot(
        as_of=day,
        source=chosen.name,
        sha256=hashlib.sha256(data).hexdigest(),
        reader=_reader_id(chosen, catalog),
        refs=assembled.refs,
        receipt=replace(assembled.receipt, fund_from=_CONTENT if says_fund else _FILE_NAME),
        file_name=PurePath(file_name).name,
        issuer=chosen.issuer,
        net_assets=assembled.net_assets,
        weights=assembled.weights,
        shares=assembled.shares,
        sectors=assembled.sectors,
        industries=assembled.industries,
    )
    return ReadResult(fund, fund_name, snapshot, chosen.name)


def reads_the_same(
    file_name: str,
    catalog: Catalog,
    *,
    fund: str,
    as_of: dt.date | None,
    fund_from: str | None,
    as_of_from: str | None,
) -> bool:
    """Tell whether a file that was read as this fund and date would be so under another name too.

    What the content says holds under every name that says nothing else; what the content does not
    say has to be in the name.
    """
    claim = find_claim(file_name, catalog)
    if fund_from == _CONTENT:
        same_fund = claim is None or not claim.sure or claim.ticker == fund
    else:
        same_fund = claim is not None and claim.ticker == fund
    if not same_fund or as_of_from == _CONTENT:
        return same_fund
    named = date_in_name(PurePath(file_name).stem)
    return named is not None and named[0] == as_of


def reader_ids(catalog: Catalog, formats: Sequence[Format] = FORMATS) -> frozenset[str]:
    """Return all values that `Snapshot.reader` can have today.

    A stored snapshot with the same sha256 and one of these would be read the same again.
    """
    return frozenset(_reader_id(known, catalog) for known in formats)


def _reader_id(chosen: Format, catalog: Catalog) -> str:
    return f"{chosen.name}/{chosen.version}.{PIPELINE_VERSION}+{catalog.reading_digest}"


def _read_printed(data: bytes, file_name: str, formats: Sequence[Format]) -> tuple[Format, Printed]:
    """Return the file's format, and its columns without the rows that they were taken from."""
    chosen, read = recognise(open_document(data, file_name), formats)
    return chosen, read()


def _read_bytes(path: Path, file_name: str) -> bytes:
    data = read_file(path, MAX_FILE_BYTES, file_name)
    if len(data) > MAX_FILE_BYTES:
        raise OversizedFileError(
            f"more than {MAX_FILE_BYTES:,} bytes; no holdings file has as many", where=file_name
        )
    return data


def _as_of(printed: str | None, given: dt.date | None, file_name: str) -> tuple[dt.date, str]:
    """Return the as-of date and where it comes from: content, caller, or the file's name."""
    if printed is not None and printed in NULLS:
        raise EmptyFileError(
            "the issuer prints no date: it has no holdings for that day",
            where=file_name,
            remedy="download the file of another day",
        )
    in_content = parse_date(printed) if printed else None
    if in_content:
        return in_content, _CONTENT
    if given:
        return given, "the caller"
    if printed:
        raise NoDateError(
            f"the as-of date {printed[:_LONGEST_QUOTE]!r} is not understood",
            where=file_name,
            remedy="give the date with --as-of",
        )
    named = date_in_name(PurePath(file_name).stem)
    if named is None:
        raise NoDateError(
            "no as-of date in the content or the file's name",
            where=file_name,
            remedy="give it with --as-of, or name the file TICKER_DATE",
        )
    return named
