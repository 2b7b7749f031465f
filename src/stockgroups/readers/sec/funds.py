"""Which tickers the classes of a fund's series have, and whether a fund is an ETF.

Three kinds of files tell it: the SEC's `company_tickers_mf.json`, a list of all classes; N-CEN, a
registrant's yearly report, as a whole submission text; and the quarterly data set of N-CEN, a zip.

    {"fields": ["cik", "seriesId", "classId", "symbol"], "data": [[2110, "S000009184", …, "LACAX"]]}

The list has no date and no kind. A text in place of a symbol (`n/a`, `(NWAKX)`) is none.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.parsers import expat

from stockgroups.errors import (
    EmptyFileError,
    NoDateError,
    OversizedFileError,
    TruncatedFileError,
    UnrecognisedFileError,
)
from stockgroups.readers.sec.submission import is_submission, read_header
from stockgroups.readers.values.dates import date_in_name
from stockgroups.readers.values.numbers import NULLS
from stockgroups.readers.values.texts import escape_text, is_printable

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from stockgroups.readers.directories.directory import RejectedEntry
    from stockgroups.readers.sec.tables import TableSet

LIST, REPORT, REPORTS = "sec_fund_classes", "sec_ncen", "sec_ncen_set"
"""Sources: the list of all classes, one registrant's report, a quarter's data set of reports."""

MAX_REPORT_BYTES = 256 * 1024 * 1024
MOST_CLASSES = 200_000
"""Seven times the classes that there are."""

REPORT_TABLES = ("REGISTRANT", "FUND_REPORTED_INFO", "SHARES_OUTSTANDING")

_FIELDS = ("cik", "seriesId", "classId", "symbol")
_SERIES, _CLASS = re.compile(r"S\d{9}"), re.compile(r"C\d{9}")
_TICKER = re.compile(r"[A-Z][A-Z0-9]{0,9}(?:[.-][A-Z]{1,2})?")
_LONGEST_NAME = 200
_MOST_DEPTH = 40
_LARGEST_CIK = 9_999_999_999
_ETF = frozenset({"exchange-traded fund", "exchange-traded managed fund"})
_AGAIN = "download it again from the SEC"


class FundClass(NamedTuple):
    """A class of a fund as a file has it.

    Attributes:
        cik: The registrant's number.
        series_id: The fund's series, None for a registrant that is a fund itself.
        class_id: The class, None where the fund has none.
        ticker: Its ticker, None where the file has none.
        name: The fund's name.
        registrant: The registrant's name.
        is_etf: Whether the fund is exchange traded; None where the file does not tell.
    """

    cik: int
    series_id: str | None
    class_id: str | None
    ticker: str | None
    name: str | None = None
    registrant: str | None = None
    is_etf: bool | None = None


@dataclass(frozen=True, slots=True)
class FundList:
    """The classes of funds that one file has, and the account of its rows."""

    source: str
    file_name: str
    sha256: str
    as_of: dt.date
    as_of_from: str
    classes: tuple[FundClass, ...] = field(repr=False)
    rejected: tuple[RejectedEntry, ...] = ()
    notes: tuple[str, ...] = ()
    unknown_columns: tuple[str, ...] = ()

    @property
    def reader(self) -> str:
        """The code that read it."""
        return f"{self.source}/1"

    @property
    def entry_count(self) -> int:
        """How many classes it has."""
        return len(self.classes)

    def account(self) -> dict[str, int]:
        """Return the number of rows read, and what became of them; it adds up."""
        listed = sum(one.ticker is not None for one in self.classes)
        return {
            "read": len(self.classes) + len(self.rejected),
            "listed": listed,
            "without_ticker": len(self.classes) - listed,
            "rejected": len(self.rejected),
        }

    def receipt(self) -> dict[str, Any]:
        """Return the account as JSON values."""
        return {
            **self.account(),
            "as_of_from": self.as_of_from,
            "rejections": [
                {"line": one.line, "ticker": one.ticker, "name": one.name, "reason": one.reason}
                for one in self.rejected
            ],
            "unknown_columns": list(self.unknown_columns),
            "notes": list(self.notes),
        }


def is_fund_list(start: bytes) -> bool:
    """Tell whether a file that starts so is the SEC's list of classes."""
    head = start[:400].replace(b" ", b"")
    return all(f'"{name}"'.encode() in head for name in _FIELDS)


def is_fund_report(start: bytes) -> bool:
    """Tell whether a file that starts so is the submission text of an N-CEN report."""
    form = re.search(rb"CONFORMED SUBMISSION TYPE:\s*N-CEN", start)
    return is_submission(start) and form is not None


def read_fund_list(data: bytes, file_name: str, as_of: dt.date | None) -> FundList:
    """Read `company_tickers_mf.json`; its date is `as_of`, else that in the file's name.

    Raises:
        NoDateError: There is neither.
        TruncatedFileError: It is cut.
        UnrecognisedFileError: It is no list of classes.
        EmptyFileError: It lists nothing.
    """
    try:
        told = json.loads(data)
        columns = [told["fields"].index(name) for name in _FIELDS]
        rows = told["data"]
    except (ValueError, RecursionError) as error:
        raise TruncatedFileError(
            f"JSON that ends early or is not valid: {error}", where=file_name, remedy=_AGAIN
        ) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise UnrecognisedFileError(
            "JSON that is no list of funds' classes", where=file_name, remedy=_AGAIN
        ) from error
    unknown = tuple(escape_text(str(name), 60) for name in told["fields"] if name not in _FIELDS)
    if not isinstance(rows, list) or not rows:
        raise EmptyFileError("it lists nothing", where=file_name, remedy=_AGAIN)
    if len(rows) > MOST_CLASSES:
        raise OversizedFileError(f"more than {MOST_CLASSES:,} classes", where=file_name)
    day, day_from = _find_day(file_name, as_of)
    classes, rejected = _gather(_pick(rows, columns))
    return FundList(
        LIST,
        file_name,
        hashlib.sha256(data).hexdigest(),
        day,
        day_from,
        classes,
        rejected,
        unknown_columns=unknown,
    )


def _pick(rows: Iterable[Any], columns: list[int]) -> Iterator[FundClass | str]:
    for row in rows:
        if not isinstance(row, list) or len(row) <= max(columns):
            yield "no list of the fields"
            continue
        cik, series, klass, ticker = (row[at] for at in columns)
        yield make_class(cik, series, klass, ticker)


def make_class(
    cik: object,
    series: object,
    klass: object,
    ticker: object,
    *,
    name: str | None = None,
    registrant: str | None = None,
    is_etf: bool | None = None,
) -> FundClass | str:
    """Return the class that a row tells of, or why the row is none."""
    number = str(cik).strip()
    if not number.isdecimal() or not 0 < int(number) <= _LARGEST_CIK:
        return f"{str(cik)[:20]!r} is no CIK"
    ids = [None if _is_null(one) else str(one).strip() for one in (series, klass)]
    for one, pattern, what in zip(ids, (_SERIES, _CLASS), ("series", "class"), strict=True):
        if one is not None and not pattern.fullmatch(one):
            return f"{one[:20]!r} is the number of no {what}"
    symbol = None if _is_null(ticker) else str(ticker).strip().upper()
    if symbol is not None and not _TICKER.fullmatch(symbol):
        return f"{symbol[:20]!r} is no ticker"
    return FundClass(int(number), ids[0], ids[1], symbol, _tidy(name), _tidy(registrant), is_etf)


def _is_null(value: object) -> bool:
    return value is None or str(value).strip() in NULLS or str(value).strip().upper() == "N/A"


def _tidy(text: str | None) -> str | None:
    squeezed = " ".join((text or "").split())
    return squeezed if 0 < len(squeezed) <= _LONGEST_NAME and is_printable(squeezed) else None


def _gather(
    rows: Iterable[FundClass | str],
) -> tuple[tuple[FundClass, ...], tuple[RejectedEntry, ...]]:
    # The package of directories reads these files too.
    from stockgroups.readers.directories.directory import RejectedEntry  # noqa: PLC0415

    classes: list[FundClass] = []
    rejected: list[RejectedEntry] = []
    for line, row in enumerate(rows, 1):
        if isinstance(row, FundClass):
            classes.append(row)
        else:
            rejected.append(RejectedEntry(line, None, None, escape_text(row, _LONGEST_NAME)))
    return tuple(classes), tuple(rejected)


def _find_day(file_name: str, given: dt.date | None) -> tuple[dt.date, str]:
    if given:
        return given, "the caller"
    named = date_in_name(file_name.rpartition(".")[0])
    if named is None:
        raise NoDateError(
            "no as-of date in the content or the file's name",
            where=file_name,
            remedy="give the day of the download with --as-of, or put it into the file's name",
        )
    return named


def read_fund_report(data: bytes, file_name: str) -> FundList:
    """Read the submission text of an N-CEN report: its funds with kind, classes and tickers.

    Raises:
        TruncatedFileError: It ends in the middle.
        UnrecognisedFileError: It is no such report.
        EmptyFileError: It has no fund.
    """
    stream = io.BytesIO(data)
    header, start = read_header(stream, file_name)
    reader = _ReportReader(file_name)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse_document_type
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.add_text
    try:
        parser.Parse(start.lstrip(), False)
        while not reader.is_done and (piece := stream.read(1 << 18)):
            parser.Parse(piece, False)
        if not reader.is_done:
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        if not reader.is_done:
            raise TruncatedFileError(
                f"the XML cannot be read: {expat.ErrorString(error.code)}",
                where=f"{file_name}, line {error.lineno}",
                remedy=_AGAIN,
            ) from error
    cik = reader.told.get("registrantCik") or reader.told.get("cik") or ""
    name = reader.told.get("registrantFullName")
    rows = [
        make_class(cik, *row[:3], name=row[3], registrant=name, is_etf=row[4])
        for row in reader.find_classes()
    ]
    if not rows:
        raise EmptyFileError("it reports no fund", where=file_name, remedy=_AGAIN)
    day = header.period or header.filed_on
    if day is None:
        raise NoDateError("its header has no date", where=file_name, remedy=_AGAIN)
    classes, rejected = _gather(rows)
    sha256 = hashlib.sha256(data).hexdigest()
    return FundList(REPORT, file_name, sha256, day, "the content", classes, rejected)


def read_fund_reports(tables: TableSet, file_name: str, as_of: dt.date | None) -> FundList:
    """Read the quarterly data set of N-CEN: the funds of all reports of a quarter.

    Raises:
        NoDateError: Neither `as_of` nor the file's name has a date.
        SourceError: A table is missing or damaged, or lacks a column.
    """
    tables.require(*REPORT_TABLES)
    day, day_from = _find_day(file_name, as_of)
    registrants = {
        accession: (cik, name)
        for accession, cik, name in tables.rows(
            "REGISTRANT", ("ACCESSION_NUMBER", "CIK"), ("REGISTRANT_NAME",)
        )
    }
    listed = defaultdict[str, list[tuple[str, str]]](list)
    for fund, klass, ticker in tables.rows("SHARES_OUTSTANDING", ("FUND_ID", "CLASS_ID", "TICKER")):
        listed[fund].append((klass, ticker))
    rows: list[FundClass | str] = []
    columns = ("FUND_ID", "ACCESSION_NUMBER", "FUND_NAME", "SERIES_ID", "IS_ETF")
    for fund, accession, name, series, etf, managed in tables.rows(
        "FUND_REPORTED_INFO", columns, ("IS_ETMF",)
    ):
        cik, registrant = registrants.get(accession, ("", ""))
        is_etf = "Y" in (etf.strip().upper()[:1], managed.strip().upper()[:1])
        rows += [
            make_class(cik, series, *one, name=name, registrant=registrant, is_etf=is_etf)
            for one in listed.get(fund) or [("", "")]
        ]
        if len(rows) > MOST_CLASSES:
            raise OversizedFileError(f"more than {MOST_CLASSES:,} classes", where=file_name)
    if not rows:
        raise EmptyFileError("it reports no fund", where=file_name, remedy=_AGAIN)
    classes, rejected = _gather(rows)
    return FundList(REPORTS, file_name, tables.hash(), day, day_from, classes, rejected)


class _Fund(NamedTuple):
    name: str | None
    series_id: str | None
    is_etf: bool
    classes: list[tuple[str | None, str | None]]


class _ReportReader:
    """What expat calls: it gathers the funds of a report."""

    def __init__(self, where: str) -> None:
        self.told: dict[str, str] = {}
        self.is_done = False
        self._where = where
        self._depth = 0
        self._text: list[str] = []
        self._fund: dict[str, str] = {}
        self._classes: list[tuple[str | None, str | None]] = []
        self._types: list[str] = []
        self._funds: list[_Fund] = []
        self._listed: dict[str, str] = {}

    def refuse_document_type(self, *_: Any) -> None:
        raise UnrecognisedFileError(
            "XML with a document type, which no report has", where=self._where, remedy=_AGAIN
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise OversizedFileError("XML nested deeper than any report", where=self._where)
        name = tag.rpartition(" ")[2]
        self._text.clear()
        if name == "sharesOutstanding":
            self._classes.append(
                (
                    attributes.get("sharesOutstandingClassId"),
                    attributes.get("sharesOutstandingTickerSymbol"),
                )
            )
        elif name == "securityExchange" and "etfSeriesId" in self._fund:
            self._listed.setdefault(
                self._fund["etfSeriesId"], attributes.get("fundsTickerSymbol", "")
            )

    def add_text(self, text: str) -> None:
        if len(self._text) < 20:
            self._text.append(text[:1000])

    def end(self, tag: str) -> None:
        name = tag.rpartition(" ")[2]
        text = "".join(self._text).strip()
        self._text.clear()
        if name in ("registrantFullName", "registrantCik", "cik"):
            self.told.setdefault(name, text)
        elif name in ("mgmtInvFundName", "mgmtInvSeriesId", "etfSeriesId"):
            self._fund[name] = text
        elif name == "fundType":
            self._types.append(text.casefold())
        elif name == "managementInvestmentQuestion":
            self._funds.append(
                _Fund(
                    self._fund.get("mgmtInvFundName"),
                    self._fund.get("mgmtInvSeriesId"),
                    not _ETF.isdisjoint(self._types),
                    self._classes,
                )
            )
            self._fund, self._classes, self._types = {}, [], []
        elif name == "exchangeTradedFund":
            self._fund = {}
        self._depth -= 1
        self.is_done = self._depth == 0

    def find_classes(
        self,
    ) -> Iterator[tuple[str | None, str | None, str | None, str | None, bool]]:
        """Yield series, class, ticker, name and kind of each class of each fund.

        The ticker under which an exchange lists the fund comes first.
        """
        for fund in self._funds:
            listed = self._listed.get(fund.series_id or "")
            is_etf = fund.is_etf or listed is not None
            for class_id, ticker in fund.classes or [(None, None)]:
                alone = listed if len(fund.classes) <= 1 and listed else ticker
                yield fund.series_id, class_id, alone, fund.name, is_etf
