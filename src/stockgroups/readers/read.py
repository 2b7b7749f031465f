"""Holdings files: one call from bytes to a snapshot."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from stockgroups.errors import EmptyFileError, NoDateError, UnsupportedFileError
from stockgroups.readers.containers.document import MAX_FILE_BYTES, open_document
from stockgroups.readers.containers.files import LONGEST_FILE_NAME, open_file, refusing_file
from stockgroups.readers.format import Field
from stockgroups.readers.formats import FORMATS, recognise
from stockgroups.readers.funds import find_claim, find_fund
from stockgroups.readers.holdings.assemble import assemble
from stockgroups.readers.holdings.repeats import only_value
from stockgroups.readers.sec.nport import READER as FILING_READER
from stockgroups.readers.sec.nport_xml import START_BYTES, is_filing, read_filing
from stockgroups.readers.values.dates import date_in_name, explain_no_date, parse_date
from stockgroups.readers.values.numbers import NULLS
from stockgroups.readers.values.texts import escape_text
from stockgroups.suspicions import refuse_suspicions

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence
    from contextlib import AbstractContextManager
    from typing import BinaryIO

    from stockgroups.catalog import Catalog
    from stockgroups.model import Snapshot
    from stockgroups.readers.format import FileColumns, Format
    from stockgroups.readers.sec.nport_xml import Filing


PIPELINE_VERSION = 13
"""Goes up with every change to what becomes of a format's columns: rows, weights, symbols."""

_CONTENT = "the content"
_FILE_NAME = "the file's name"

LONGEST_FUND_NAME = 200
_LONGEST_QUOTE = 40

_FOREIGN_KINDS = frozenset({"international", "bond"})
"""The catalogue's kinds of funds that hold other things than US stocks."""


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
    `accept` holds the guards that the caller overrides (see `Guard`). Raise a SourceError of the
    kind that fits, and GuardError for a file that looks damaged. Nothing of a refused file is kept.
    """
    file_name = escape_text(file_name, LONGEST_FILE_NAME)
    with refusing_file(file_name):
        return _read_holdings(source, file_name, catalog, as_of, accept, formats)


def _read_holdings(
    source: Path | bytes,
    file_name: str,
    catalog: Catalog,
    as_of: dt.date | None,
    accept: Collection[str],
    formats: Sequence[Format],
) -> ReadResult:
    with _open_source(source, file_name) as stream:
        if is_filing(stream.read(START_BYTES)):
            stream.seek(0)
            return _read_filing(read_filing(stream, file_name), file_name, catalog, accept)
        stream.seek(0)
        data = stream.read(MAX_FILE_BYTES + 1)
    chosen, printed = _read_columns(data, file_name, formats)
    fund_ticker = only_value(printed, Field.FUND, file_name) or printed.fund_ticker
    day, as_of_from = find_as_of(printed, as_of, file_name)
    squeezed = " ".join((printed.fund_name or "").split())
    fund_name = escape_text(squeezed, LONGEST_FUND_NAME) or None
    fund = find_fund(
        file_name,
        catalog,
        as_of=day,
        printed_ticker=fund_ticker,
        printed_name=fund_name,
    )
    if printed.listed_by_fund:
        _check_us_fund(fund, catalog, file_name)
    says_fund = fund_ticker or (fund_name and catalog.fund_named(fund_name))
    snapshot = assemble(
        printed,
        catalog,
        file_name,
        as_of=day,
        as_of_from=as_of_from,
        source=chosen.name,
        reader=_reader_id(chosen, catalog),
        sha256=hashlib.sha256(data).hexdigest(),
        fund_from=_CONTENT if says_fund else _FILE_NAME,
        issuer=chosen.issuer,
    )
    refuse_suspicions(snapshot.suspicions, accept, file_name)
    return ReadResult(fund, fund_name, snapshot, chosen.name)


def _open_source(source: Path | bytes, file_name: str) -> AbstractContextManager[BinaryIO]:
    return io.BytesIO(source) if isinstance(source, bytes) else open_file(source, file_name)


def _read_filing(
    filing: Filing, file_name: str, catalog: Catalog, accept: Collection[str]
) -> ReadResult:
    """Return what a filing at the SEC says; its series is the fund, which has no ticker in XML."""
    header = filing.header
    squeezed = " ".join(header.name.split())
    fund_name = escape_text(squeezed, LONGEST_FUND_NAME) or None
    told = set(header.tickers)
    fund_ticker = told.pop() if len(told) == 1 else None
    fund = find_fund(
        file_name,
        catalog,
        as_of=header.as_of,
        printed_ticker=fund_ticker,
        printed_name=fund_name,
    )
    says_fund = fund_ticker or (fund_name and catalog.fund_named(fund_name))
    snapshot = filing.make_snapshot(PurePath(file_name).name, _CONTENT if says_fund else _FILE_NAME)
    refuse_suspicions(snapshot.suspicions, accept, file_name)
    return ReadResult(fund, fund_name, snapshot, snapshot.source)


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
    former = catalog.renamed_fund(claim.ticker, as_of) if claim else None
    claimed = former.fund if former else claim and claim.ticker
    if fund_from == _CONTENT:
        same_fund = claim is None or not claim.sure or claimed == fund
    else:
        same_fund = claimed == fund
    if not same_fund or as_of_from == _CONTENT:
        return same_fund
    named = date_in_name(PurePath(file_name).stem)
    return named is not None and named[0] == as_of


def reader_ids(catalog: Catalog, formats: Sequence[Format] = FORMATS) -> frozenset[str]:
    """Return all values that `Snapshot.reader` can have today.

    A stored snapshot with the same sha256 and one of these would be read the same again.
    """
    return frozenset({*(_reader_id(known, catalog) for known in formats), FILING_READER})


def _reader_id(chosen: Format, catalog: Catalog) -> str:
    return f"{chosen.name}/{chosen.version}.{PIPELINE_VERSION}+{catalog.reading_digest}"


def _read_columns(
    data: bytes, file_name: str, formats: Sequence[Format]
) -> tuple[Format, FileColumns]:
    """Return the file's format, and its columns without the rows that they were taken from."""
    chosen, read = recognise(open_document(data, file_name), formats)
    return chosen, read()


def _check_us_fund(fund: str, catalog: Catalog, file_name: str) -> None:
    """Raise UnsupportedFileError for a fund that is not known to hold US listings only."""
    known = catalog.etfs.get(fund)
    if known is None or known.kind in _FOREIGN_KINDS:
        raise UnsupportedFileError(
            f"the file does not say where its stocks are listed, and {fund} is not in the catalogue"
            " as a fund of US stocks",
            where=file_name,
            remedy="load a file of the fund that has exchanges, countries or ISINs",
        )


def find_as_of(printed: FileColumns, given: dt.date | None, file_name: str) -> tuple[dt.date, str]:
    """Return the as-of date and where it comes from: content, caller, or the file's name.

    Raise NoDateError where none of them says it, EmptyFileError where the issuer prints a null, and
    AmbiguousFileError where rows differ in it.
    """
    text = only_value(printed, Field.DATE, file_name) or printed.as_of
    if text is not None and text in NULLS:
        raise EmptyFileError(
            "the issuer prints no date: it has no holdings for that day",
            where=file_name,
            remedy="download the file of another day",
        )
    in_content = parse_date(text, month_first=printed.month_first) if text else None
    if in_content:
        return in_content, _CONTENT
    if given:
        return given, "the caller"
    if text:
        raise NoDateError(
            f"the as-of date {text[:_LONGEST_QUOTE]!r} {explain_no_date(text)}",
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
