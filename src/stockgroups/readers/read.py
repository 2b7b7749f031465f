"""Read holdings files: one call from bytes to a snapshot."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from stockgroups.collector import pausing_collector
from stockgroups.errors import (
    AmbiguousFileError,
    EmptyFileError,
    NoDateError,
    StockgroupsError,
    UnsupportedFileError,
)
from stockgroups.readers.containers.document import MAX_FILE_BYTES, open_document
from stockgroups.readers.containers.files import LONGEST_FILE_NAME, open_file, refusing_file
from stockgroups.readers.format import Field
from stockgroups.readers.formats import is_known, known_formats, recognise
from stockgroups.readers.funds import find_claim, find_fund
from stockgroups.readers.holdings.assemble import assemble
from stockgroups.readers.holdings.repeats import only_value
from stockgroups.readers.holdings.several import split_funds
from stockgroups.readers.sec.fund_register import explain_unknown
from stockgroups.readers.sec.nport import READER as FILING_READER
from stockgroups.readers.sec.nport_xml import START_BYTES, is_filing, read_filing
from stockgroups.readers.values.dates import date_in_name, explain_no_date, find_day, parse_date
from stockgroups.readers.values.numbers import NULLS
from stockgroups.readers.values.texts import escape_text
from stockgroups.suspicions import refuse_suspicions

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Sequence
    from contextlib import AbstractContextManager
    from typing import BinaryIO

    from stockgroups.catalog import Catalog
    from stockgroups.model import Snapshot
    from stockgroups.readers.format import FileColumns, Format
    from stockgroups.readers.sec.nport import FilingHeader
    from stockgroups.readers.sec.nport_xml import Filing


PIPELINE_VERSION = 32
"""Increase it with every change of how a format's columns become rows, weights or symbols."""

_CONTENT = "the content"
_FILE_NAME = "the file's name"

LONGEST_FUND_NAME = 200
_LONGEST_QUOTE = 40
_MOST_NAMED = 5

_FOREIGN_KINDS = frozenset({"international", "bond"})
"""The catalogue's kinds of funds that hold other things than US stocks."""


@dataclass(frozen=True, slots=True)
class ReadResult:
    """The content of a holdings file: its fund, the fund's full name, and the snapshot."""

    fund: str
    fund_name: str | None
    snapshot: Snapshot

    @property
    def format(self) -> str:
        """The name of the file's format."""
        return self.snapshot.source


@dataclass(frozen=True, slots=True)
class FundReading:
    """The reading of one fund of a file, or why it is refused."""

    fund: str
    result: ReadResult | None = None
    error: StockgroupsError | None = None


def read_holdings(
    source: Path | bytes,
    file_name: str,
    catalog: Catalog,
    *,
    as_of: dt.date | None = None,
    accept: Collection[str] = (),
    formats: Sequence[Format] | None = None,
) -> ReadResult:
    """Read the holdings file of one fund, given by its path or its bytes.

    Args:
        source: The file.
        file_name: The name under which it was published or saved; fund and date are looked for in
            it if the content does not state them.
        catalog: The catalogue.
        as_of: The date of a file that states none.
        accept: The guards that the caller overrides (see `Guard`).
        formats: The formats to try; None for all known formats.

    Returns:
        The content of the file. Nothing of a refused file is kept.

    Raises:
        SourceError: The fitting subclass; AmbiguousFileError for a file of several funds.
        GuardError: The file looks damaged.
    """
    readings = read_funds(source, file_name, catalog, as_of=as_of, accept=accept, formats=formats)
    if len(readings) > 1:
        funds = [reading.fund for reading in readings]
        shown = ", ".join(funds[:_MOST_NAMED]) + (", …" if funds[_MOST_NAMED:] else "")
        raise AmbiguousFileError(
            f"it holds {len(funds)} funds: {shown}",
            where=escape_text(file_name, LONGEST_FILE_NAME),
            remedy="load its folder to load them all, or one of them with --etf TICKER",
        )
    [reading] = readings
    if reading.result is None:
        raise reading.error or AssertionError
    return reading.result


@pausing_collector()
def read_funds(
    source: Path | bytes,
    file_name: str,
    catalog: Catalog,
    *,
    as_of: dt.date | None = None,
    accept: Collection[str] = (),
    formats: Sequence[Format] | None = None,
    find_ticker: Callable[[FilingHeader], str | None] = lambda _: None,
) -> list[FundReading]:
    """Read a holdings file with all its funds; there is nearly always one.

    If there are several, each fund is refused by itself. The arguments are those of
    `read_holdings`. `find_ticker` gives the ticker of a filing's series, which the filing itself
    does not have. Raises an error that refuses the whole file.
    """
    file_name = escape_text(file_name, LONGEST_FILE_NAME)
    with refusing_file(file_name):
        with _open_source(source, file_name) as stream:
            if is_filing(stream.read(START_BYTES)):
                stream.seek(0)
                filing = read_filing(stream, file_name)
                ticker = find_ticker(filing.header)
                result = _read_filing(filing, ticker, file_name, catalog, accept)
                return [FundReading(result.fund, result)]
            stream.seek(0)
            data = stream.read(MAX_FILE_BYTES + 1)
        known = known_formats(catalog) if formats is None else formats
        document = open_document(data, file_name, lambda sheet: is_known(sheet, known))
        chosen, read = recognise(document, known)
        printed = read()
        sha256 = hashlib.sha256(data).hexdigest()
        parts = split_funds(printed) if printed.several_funds else {}
        if len(parts) < 2:
            result = _read_fund(printed, chosen, file_name, catalog, as_of, accept, sha256)
            return [FundReading(result.fund, result)]
    readings = []
    for fund, part in parts.items():
        try:
            with refusing_file(file_name):
                result = _read_fund(
                    part, chosen, file_name, catalog, as_of, accept, sha256, is_alone=False
                )
        except StockgroupsError as error:
            error.where = f"{error.where or file_name}, fund {escape_text(fund, _LONGEST_QUOTE)}"
            readings.append(FundReading(fund, error=error.without_frames()))
        else:
            readings.append(FundReading(result.fund, result))
    return readings


def _read_fund(
    printed: FileColumns,
    chosen: Format,
    file_name: str,
    catalog: Catalog,
    as_of: dt.date | None,
    accept: Collection[str],
    sha256: str,
    *,
    is_alone: bool = True,
) -> ReadResult:
    """Return the reading of one fund; if there are several, the file's name is ignored."""
    fund_ticker = only_value(printed, Field.FUND, file_name) or printed.fund_ticker
    day, as_of_from = find_as_of(printed, as_of, file_name)
    name = only_value(printed, Field.FUND_NAME, file_name) or printed.fund_name or ""
    squeezed = " ".join(name.split())
    fund_name = escape_text(squeezed, LONGEST_FUND_NAME) or None
    fund_id = only_value(printed, Field.FUND_ID, file_name) or printed.fund_id
    fund = find_fund(
        file_name if is_alone else "",
        catalog,
        as_of=day,
        printed_ticker=fund_ticker,
        printed_name=fund_name,
        printed_id=fund_id,
    )
    if printed.listed_by_fund:
        _check_us_fund(fund, catalog, file_name)
    says_fund = (
        fund_ticker
        or (fund_name and catalog.fund_named(fund_name))
        or (fund_id and catalog.fund_identified(fund_id))
    )
    snapshot = assemble(
        printed,
        catalog,
        file_name,
        as_of=day,
        as_of_from=as_of_from,
        source=chosen.name,
        reader=_reader_id(chosen, catalog),
        sha256=sha256,
        fund_from=_CONTENT if says_fund else _FILE_NAME,
        issuer=chosen.issuer,
    )
    refuse_suspicions(snapshot.suspicions, accept, file_name)
    return ReadResult(fund, fund_name, snapshot)


def _open_source(source: Path | bytes, file_name: str) -> AbstractContextManager[BinaryIO]:
    return io.BytesIO(source) if isinstance(source, bytes) else open_file(source, file_name)


def _read_filing(
    filing: Filing,
    ticker: str | None,
    file_name: str,
    catalog: Catalog,
    accept: Collection[str],
) -> ReadResult:
    """Return the content of an SEC filing. Its series is the fund; the XML has no ticker for it."""
    header = filing.header
    fund_name = escape_text(" ".join(header.name.split()), LONGEST_FUND_NAME) or None
    tickers = set(header.tickers)
    ticker = ticker or (tickers.pop() if len(tickers) == 1 else None)
    says_fund = ticker or (fund_name and catalog.fund_named(fund_name))
    claim = find_claim(file_name, catalog)
    if not says_fund and (claim is None or not claim.sure):
        raise explain_unknown(header, file_name)
    fund = find_fund(
        file_name,
        catalog,
        as_of=header.as_of,
        printed_ticker=ticker,
        printed_name=fund_name,
    )
    snapshot = filing.make_snapshot(PurePath(file_name).name, _CONTENT if says_fund else _FILE_NAME)
    refuse_suspicions(snapshot.suspicions, accept, file_name)
    return ReadResult(fund, fund_name, snapshot)


def reads_the_same(
    file_name: str,
    catalog: Catalog,
    *,
    fund: str,
    as_of: dt.date | None,
    fund_from: str | None,
    as_of_from: str | None,
) -> bool:
    """Return whether a file read as this fund and date would be read the same under another name.

    What the content states holds under every name that does not contradict it; what the content
    does not state has to be in the name.
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


def reader_ids(catalog: Catalog, formats: Sequence[Format] | None = None) -> frozenset[str]:
    """Return the current values of `Snapshot.reader`, except for files of several funds.

    A stored snapshot with the same sha256 and one of these values would be read the same again. For
    a file of several funds, the stored snapshots may be incomplete. Raises CatalogError for a
    mistake in a format of the catalogue.
    """
    known = known_formats(catalog) if formats is None else formats
    single = (_reader_id(one, catalog) for one in known if not one.several_funds)
    return frozenset({*single, FILING_READER})


def _reader_id(chosen: Format, catalog: Catalog) -> str:
    return f"{chosen.name}/{chosen.version}.{PIPELINE_VERSION}+{catalog.reading_digest}"


def _check_us_fund(fund: str, catalog: Catalog, file_name: str) -> None:
    """Raise UnsupportedFileError for a fund that is not known to hold US listings only."""
    known = catalog.etfs.get(fund)
    if known is None or known.kind in _FOREIGN_KINDS:
        raise UnsupportedFileError(
            f"the file does not say where its stocks are listed, and {fund} is not in the catalogue"
            " as a fund of US stocks",
            where=file_name,
            remedy="load a file of the fund that has exchanges, countries or ISINs; in your own "
            "format, set listed_on",
        )


def find_as_of(printed: FileColumns, given: dt.date | None, file_name: str) -> tuple[dt.date, str]:
    """Return the as-of date and its origin: content, caller, or the file's name.

    Raise NoDateError if none of them gives it, EmptyFileError if the issuer prints a null, and
    AmbiguousFileError if rows differ in it, or the caller and the file's name do.
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
    if text and given is None:
        raise NoDateError(
            f"the as-of date {text[:_LONGEST_QUOTE]!r} {explain_no_date(text)}",
            where=file_name,
            remedy="give the date with --as-of",
        )
    return find_day(given, file_name, remedy="give it with --as-of, or name the file TICKER_DATE")
