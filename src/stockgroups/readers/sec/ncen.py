"""Form N-CEN, a registrant's yearly report: its funds with their kind, classes and tickers.

It comes as a whole submission text, and for all registrants of a quarter as a data set in a zip.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.errors import EmptyFileError, NoDateError, OversizedFileError
from stockgroups.readers.sec.forms import AGAIN, parse_form
from stockgroups.readers.sec.funds import (
    ASK_DAY,
    MOST_CLASSES,
    REPORT,
    REPORTS,
    FundList,
    gather,
    make_class,
)
from stockgroups.readers.sec.submission import is_submission, read_header
from stockgroups.readers.values.dates import find_day

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from stockgroups.readers.sec.funds import FundClass
    from stockgroups.readers.sec.tables import TableSet

MAX_REPORT_BYTES = 256 * 1024 * 1024
REPORT_TABLES = ("REGISTRANT", "FUND_REPORTED_INFO", "SHARES_OUTSTANDING")

_ETF = frozenset({"exchange-traded fund", "exchange-traded managed fund"})


def is_fund_report(start: bytes) -> bool:
    """Return whether a file is the submission text of an N-CEN report, by its start."""
    form = re.search(rb"CONFORMED SUBMISSION TYPE:\s*N-CEN", start)
    return is_submission(start) and form is not None


def read_fund_report(data: bytes, file_name: str) -> FundList:
    """Read the submission text of an N-CEN report: its funds with kind, classes and tickers.

    Raises:
        TruncatedFileError: It ends in the middle.
        UnrecognisedFileError: It is not such a report.
        EmptyFileError: It has no fund.
    """
    stream = io.BytesIO(data)
    header, start = read_header(stream, file_name)
    reader = _ReportReader()
    parse_form(reader, start, stream, file_name, text_follows=True)
    cik = reader.values.get("registrantCik") or reader.values.get("cik") or ""
    name = reader.values.get("registrantFullName")
    rows = [
        make_class(cik, *row[:3], name=row[3], registrant=name, is_etf=row[4])
        for row in reader.find_classes()
    ]
    if not rows:
        raise EmptyFileError("it reports no fund", where=file_name, remedy=AGAIN)
    day = header.period or header.filed_on
    if day is None:
        raise NoDateError("its header has no date", where=file_name, remedy=AGAIN)
    classes, rejected = gather(rows)
    return FundList(
        source=REPORT,
        file_name=file_name,
        sha256=hashlib.sha256(data).hexdigest(),
        as_of=day,
        as_of_from="the content",
        classes=classes,
        rejected=rejected,
    )


def read_fund_reports(tables: TableSet, file_name: str, as_of: dt.date | None) -> FundList:
    """Read the quarterly data set of N-CEN: the funds of all reports of a quarter.

    Raises:
        NoDateError: Neither `as_of` nor the file's name has a date.
        SourceError: A table is missing or damaged, or lacks a column.
    """
    tables.require(*REPORT_TABLES)
    day, day_from = find_day(as_of, file_name, remedy=ASK_DAY)
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
        raise EmptyFileError("it reports no fund", where=file_name, remedy=AGAIN)
    classes, rejected = gather(rows)
    return FundList(
        source=REPORTS,
        file_name=file_name,
        sha256=tables.hash(),
        as_of=day,
        as_of_from=day_from,
        classes=classes,
        rejected=rejected,
    )


class _Fund(NamedTuple):
    name: str | None
    series_id: str | None
    is_etf: bool
    classes: list[tuple[str | None, str | None]]


class _ReportReader:
    """The handlers that expat calls; they collect the funds of a report."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self._text: list[str] = []
        self._fund: dict[str, str] = {}
        self._classes: list[tuple[str | None, str | None]] = []
        self._types: list[str] = []
        self._funds: list[_Fund] = []
        self._listed: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str], depth: int) -> None:
        del depth
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

    def end(self, tag: str, depth: int) -> None:
        del depth
        name = tag.rpartition(" ")[2]
        text = "".join(self._text).strip()
        self._text.clear()
        if name in ("registrantFullName", "registrantCik", "cik"):
            self.values.setdefault(name, text)
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
