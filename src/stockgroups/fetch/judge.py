"""Whether what came is what was asked: every download is judged before it counts. Pure.

A status of 200 proves nothing: web pages, empty templates, lists that were cut, the list of another
fund or of another day come under it too. What is refused is told with its true reason.
"""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from stockgroups.catalog.sources import Content
from stockgroups.errors import (
    EmptyFileError,
    NoDateError,
    StockgroupsError,
    UnrecognisedFileError,
    WrongFundError,
)
from stockgroups.fetch.manifest import Outcome
from stockgroups.fetch.pages import explain_page, is_page
from stockgroups.readers import read_funds, read_holdings
from stockgroups.readers.containers.archives import unpack_only
from stockgroups.readers.containers.document import open_document
from stockgroups.readers.containers.workbook import is_zip
from stockgroups.readers.directories.read import read_directory
from stockgroups.readers.sec.fails import MAX_FILE_BYTES as MAX_FAILS_BYTES
from stockgroups.readers.sec.fails import is_fails_file, read_fails
from stockgroups.record.guards import Report, check_file, share_rejected
from stockgroups.suspicions import Guard, Suspicion
from stockgroups.text import count_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from stockgroups.catalog import Catalog
    from stockgroups.readers import ReadResult

PAGE_SIZES = frozenset(
    {8, 10, 12, 15, 20, 25, 49, 50, 100, 200, 250, 499, 500, 999, 1000, 2000, 5000}
)
"""Rows at which sites cut a list: their first page."""

WHOLE = 0.99
"""Of the fund, what a whole list weighs at least where it has just so many rows as a page."""

LEAST_ALIKE = 0.5
"""Of the weight, what two lists of one fund share, a few months apart."""

SAME = 0.999
"""Of the weight: two lists that share so much are one."""

MOST_UNPACKED = 64 << 30
MOST_MEMBERS = 1_000
_OF_DATASETS = frozenset({"SUBMISSION.TSV", "REGISTRANT.TSV", "FUND_REPORTED_HOLDING.TSV"})
_SYNTHETIC = re.compile(
    r"indirect\W{0,4}\(?swap|swap[- ]based|"
    r"replication[ _]?method\w*\W{1,20}(synthetic|indirect|unfunded|swap)",
    re.IGNORECASE,
)
_NPORT = re.compile(rb"<(\w+:)?edgarSubmission\b[^>]*sec\.gov/edgar/nport")
_SERIES = re.compile(rb"<(?:\w+:)?seriesId>\s*([A-Z0-9]{1,12})\s*<")
_CIK = re.compile(rb"<(?:\w+:)?(?:cik|regCik)>\s*0*([0-9]{1,10})\s*<")
_HEAD_BYTES = 64 << 10
_LOOK = "look at the file that was kept aside"
_OTHER = f"{_LOOK}; where the address leads elsewhere now, correct it in a fetch.toml of your own"
_CHANGED = (
    f"{_LOOK}: where the format is new, docs/add-a-format.md tells how to teach it; where the "
    "address has changed, correct it in a fetch.toml of your own"
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What was asked.

    Attributes:
        content: What the end point answers.
        file_name: The name under which the body is read.
        subject: The fund's ticker, or the period; None for the one file that there is.
        date: The day that was asked, None for the newest.
        today: The day of asking.
        names: What the answer must contain, None where it names the fund itself.
        series: The fund's series at the SEC, None for a trust without one.
        cik: The filer's number at the SEC.
    """

    content: Content
    file_name: str
    subject: str | None
    date: dt.date | None
    today: dt.date
    names: str | None = None
    series: str | None = None
    cik: str | None = None


class Known:
    """A good file that is here.

    Attributes:
        subject: The fund's ticker, or what else it is of.
        sha256: The hash of its bytes.
        rows: The rows of its list.
        as_of: The as-of date of its content.
    """

    def __init__(
        self,
        subject: str | None,
        sha256: str,
        rows: int,
        as_of: dt.date | None = None,
        read: Callable[[], Report | None] = lambda: None,
    ) -> None:
        """Keep what is known, and `read`, which reads the file again where that is needed."""
        self.subject = subject
        self.sha256 = sha256
        self.rows = rows
        self.as_of = as_of
        self._read = read

    @cached_property
    def report(self) -> Report | None:
        """What it says of its date; None for other things than holdings."""
        return self._read()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one body.

    Attributes:
        outcome: What becomes of it.
        reason: Why, in words.
        remedy: What to do, None where nothing is to be done.
        as_of: The as-of date of the content.
        rows: The rows of the list.
        is_wall: The site keeps programs out, and is not asked any more.
        known: What later files are compared with, where it is accepted.
    """

    outcome: Outcome
    reason: str
    remedy: str | None = None
    as_of: dt.date | None = None
    rows: int | None = None
    is_wall: bool = False
    known: Known | None = None


def judge(
    data: bytes,
    sha256: str,
    expected: Expected,
    catalog: Catalog,
    own: Sequence[Known] = (),
    others: Sequence[Known] = (),
) -> Verdict:
    """Return whether a body counts.

    Args:
        data: The body.
        sha256: Its hash.
        expected: What was asked.
        catalog: Funds and exchanges, as `load` uses them.
        own: The good files of the same subject.
        others: The newest good file of each other fund of the end point.
    """
    if not data.strip():
        return _refuse("an empty answer, with status 200", "ask again tomorrow")
    try:
        match expected.content:
            case Content.HOLDINGS:
                return _judge_holdings(data, sha256, expected, catalog, own, others)
            case Content.NPORT:
                _check_filing(data, expected)
                return _judge_holdings(data, sha256, expected, catalog, own, ())
            case Content.FAILS:
                return _judge_fails(data, sha256, expected)
            case Content.FILINGS:
                return _judge_feed(data, sha256, expected)
            case _:
                return _judge_tickers(data, sha256, expected, own)
    except StockgroupsError as error:
        return _explain(error, data, expected)


def judge_archive(path: Path, expected: Expected) -> Verdict:
    """Return whether a quarter's data set counts: a whole archive that holds its tables."""
    with path.open("rb") as file:
        start = file.read(_HEAD_BYTES)
    if is_page(start):
        return _of_page(start)
    if not start:
        return _refuse("an empty answer, with status 200", "ask again tomorrow")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        return _refuse(f"no archive, or one that was cut: {error}", "ask again tomorrow")
    names = {member.filename.upper().rpartition("/")[2] for member in members}
    if lacking := sorted(_OF_DATASETS - names):
        return _refuse(f"an archive without {', '.join(lacking)}", _LOOK)
    if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > MOST_UNPACKED:
        return _refuse("an archive that unpacks to more than any data set has", _LOOK)
    return Verdict(Outcome.ACCEPTED, f"the data set of {expected.subject}: {len(members)} tables")


def _refuse(reason: str, remedy: str, **more: Any) -> Verdict:
    return Verdict(Outcome.REFUSED, reason, remedy, **more)


def _of_page(data: bytes) -> Verdict:
    page = explain_page(data)
    return _refuse(page.words, page.remedy, is_wall=page.is_wall)


def _explain(error: StockgroupsError, data: bytes, expected: Expected) -> Verdict:
    """Return the refusal of a body that could not be read as what it should be."""
    if is_page(data):
        return _of_page(data)
    if isinstance(error, EmptyFileError):
        if expected.date:
            return Verdict(
                Outcome.ABSENT, f"no holdings of {expected.date}: the publisher sends an empty list"
            )
        return _refuse(f"an empty list, with status 200: {error.what}", "ask again tomorrow")
    if isinstance(error, WrongFundError):
        told = error.what.partition(", its content ")[2] or error.what
        return _refuse(f"asked for {expected.subject}, got {told}: another fund's file", _OTHER)
    if isinstance(error, NoDateError):
        return _refuse(
            f"nothing tells its day: {error.what}",
            f"{_LOOK}; where you know the day, put it into the holdings folder as "
            f"{expected.subject}_DATE",
        )
    if isinstance(error, UnrecognisedFileError):
        return _refuse(error.what, _CHANGED)
    return _refuse(error.what, error.remedy or _LOOK)


# ---- holdings ------------------------------------------------------------------------------------


def _judge_holdings(
    data: bytes,
    sha256: str,
    expected: Expected,
    catalog: Catalog,
    own: Sequence[Known],
    others: Sequence[Known],
) -> Verdict:
    if twin := next((one for one in own if one.sha256 == sha256), None):
        return _is_twin(twin, expected)
    head = "" if expected.content is Content.NPORT else _read_head(data, expected)
    if sign := _SYNTHETIC.search(head):
        told_so = f"the collateral of a swap, not what the fund follows: it says {sign[0][:60]!r}"
        return _refuse(told_so, "no file tells what such a fund follows: leave it out")
    filer = expected.subject if expected.content is Content.NPORT else None
    read = read_list(data, expected.file_name, catalog, filer)
    snapshot, receipt = read.snapshot, read.snapshot.receipt
    rows = receipt.rows_read if receipt else snapshot.member_count
    day = snapshot.as_of
    if day is None or receipt is None:
        return _refuse("nothing tells its day", _LOOK)
    told: dict[str, Any] = {"as_of": day, "rows": rows}
    if reason := _find_mix_up(head, sha256, read, expected, own, others):
        return _refuse(reason, _OTHER, **told)
    if expected.date and day != expected.date:
        return _refuse(
            f"asked for {expected.date}, got {day}: the day in the address was ignored",
            "the publisher may have no file of that day, or offers no past days any more",
            **told,
        )
    newest = max((one.as_of for one in own if one.as_of), default=None)
    is_newest = expected.content is Content.HOLDINGS and not expected.date
    if is_newest and newest and day < newest:
        return _refuse(
            f"an older file again: of {day}, and that of {newest} is here already",
            "ask again tomorrow",
            **told,
        )
    report = weigh(read)
    if any(one.as_of == day and one.report == report for one in own):
        return Verdict(
            Outcome.UNCHANGED, f"the holdings of {day} again, which are here already", **told
        )
    neighbour = _choose_neighbour(own, day)
    doubts = [*_find_cuts(rows, read, neighbour), *snapshot.suspicions]
    doubts += check_file(
        expected.file_name,
        report,
        (neighbour.report,) if neighbour and neighbour.report else (),
        (),
        share_rejected(receipt),
        expected.today,
        frozenset(Guard),
    )
    if doubts:
        guards = " ".join(f"--accept {one}" for one in dict.fromkeys(d.guard for d in doubts))
        return _refuse(
            "; ".join(dict.fromkeys(doubt.message for doubt in doubts)),
            f"{_LOOK}; where it is right, copy it into the holdings folder and run "
            f"`stockgroups load {guards}`",
            **told,
        )
    return Verdict(
        Outcome.ACCEPTED,
        f"{rows} rows as of {day}, {snapshot.member_count} members, format {read.format}",
        known=Known(expected.subject, sha256, rows, day, lambda: report),
        **told,
    )


def _read_head(data: bytes, expected: Expected) -> str:
    """Return the first rows of a table as text, or all of what is no table."""
    document = open_document(data, expected.file_name)
    if document.markup:
        return document.text()
    return "\n".join(" ".join(cells) for _, cells in document.head)


def _is_twin(twin: Known, expected: Expected) -> Verdict:
    """Return the verdict on bytes that are here already."""
    day = twin.as_of
    told: dict[str, Any] = {"as_of": day, "rows": twin.rows}
    if expected.date and day != expected.date:
        return _refuse(
            f"asked for {expected.date}, got the file of {day} again, which is here already",
            "the publisher may have no file of that day, or offers no past days any more",
            **told,
        )
    return Verdict(
        Outcome.UNCHANGED, f"the file of {day} again, byte for byte: nothing newer", **told
    )


def _find_mix_up(
    head: str,
    sha256: str,
    read: ReadResult,
    expected: Expected,
    own: Sequence[Known],
    others: Sequence[Known],
) -> str | None:
    """Return why a list is another fund's; None where nothing speaks for that."""
    if expected.names and expected.names not in head:
        return (
            f"{expected.names} is not in it, which names {expected.subject} there: another fund's"
        )
    if twin := next((one for one in others if one.sha256 == sha256), None):
        return f"the file of {twin.subject}, byte for byte, under the name of {expected.subject}"
    receipt = read.snapshot.receipt
    if receipt is None or receipt.fund_from == "the content":
        return None
    report = weigh(read)
    if (last := _choose_neighbour(own, read.snapshot.as_of)) and last.report:
        if (shared := _share(report.weights, last.report.weights)) < LEAST_ALIKE:
            like = _find_like(report, others)
            return (
                f"it shares {shared:.0%} of its weight with the file of {expected.subject} of "
                f"{last.as_of}: another fund's" + (f", it seems {like.subject}'s" if like else "")
            )
        return None
    like = _find_like(report, others)
    return f"the list of {like.subject} under the name of {expected.subject}" if like else None


def _find_like(report: Report, others: Sequence[Known]) -> Known | None:
    """Return the other fund whose list this is, None for none."""
    return next(
        (
            one
            for one in others
            if one.report and _share(report.weights, one.report.weights) >= SAME
        ),
        None,
    )


def _share(ours: Mapping[str, float | None], theirs: Mapping[str, float | None]) -> float:
    """Return how much of their weight two lists share, from 0 to 1; without weights by number."""
    common = ours.keys() & theirs.keys()
    total = sum(weight or 0.0 for weight in ours.values())
    if total <= 0.0:
        return len(common) / max(1, len(ours), len(theirs))
    return sum(min(ours[one] or 0.0, theirs[one] or 0.0) for one in common) / total


def read_list(
    data: bytes, file_name: str, catalog: Catalog, filer: str | None = None
) -> ReadResult:
    """Return what a list says, whatever is suspicious about it.

    Args:
        data: The body.
        file_name: What it is called.
        catalog: Funds and exchanges.
        filer: The fund of a filing at the SEC, which was found by its series: its name may be one
            that no catalogue has. None for other lists.

    Raises:
        SourceError: It is no list of this fund.
    """
    accept = frozenset(Guard)
    if filer is None:
        return read_holdings(data, file_name, catalog, accept=accept)
    (found,) = read_funds(data, file_name, catalog, accept=accept, find_ticker=lambda _: filer)
    if found.result is None:
        raise found.error or UnrecognisedFileError("no filing")
    return found.result


def weigh(read: ReadResult) -> Report:
    """Return what a file says of its date: members with their weights, as guards compare them."""
    snapshot = read.snapshot
    if snapshot.as_of is None:
        raise NoDateError("no as-of date")
    weights = snapshot.weights or (None,) * len(snapshot.refs)
    told = {ref.known_as: weight for ref, weight in zip(snapshot.refs, weights, strict=True)}
    return Report(snapshot.as_of, told)


def _choose_neighbour(own: Sequence[Known], day: dt.date | None) -> Known | None:
    """Return the good file of the fund that is next to a day."""
    dated = [(abs((one.as_of - day).days), one) for one in own if one.as_of and day]
    return min(dated, key=lambda pair: pair[0])[1] if dated else None


def _find_cuts(rows: int, read: ReadResult, last: Known | None) -> list[Suspicion]:
    """Return the suspicion that a list ends where a page of it ends."""
    if rows not in PAGE_SIZES:
        return []
    receipt = read.snapshot.receipt
    total = receipt.printed_weight if receipt else None
    if last and last.report and last.rows > rows:
        if weigh(read).symbols < last.report.symbols:
            told = f"the list was cut at {rows} rows: that of {last.as_of} has {last.rows}"
            return [Suspicion(Guard.TRUNCATED, told)]
    elif total is not None and total < WHOLE:
        told = f"the list was cut at {rows} rows: they are {total:.1%} of the fund"
        return [Suspicion(Guard.TRUNCATED, told)]
    return []


# ---- the SEC's other files -----------------------------------------------------------------------


def _check_filing(data: bytes, expected: Expected) -> None:
    """Raise UnrecognisedFileError for another form, or the filing of another fund."""
    head = data[:_HEAD_BYTES]
    if not _NPORT.search(head):
        raise UnrecognisedFileError("no N-PORT filing, but another document")
    series = sorted({one.decode() for one in _SERIES.findall(head)})
    if expected.series and expected.series not in series:
        found = f"series {series[0]}" if series else "a trust without series"
        raise UnrecognisedFileError(
            f"the filing of {found}: {expected.subject} is {expected.series}"
        )
    filers = {one.decode() for one in _CIK.findall(head)}
    if expected.cik and not expected.series and filers and expected.cik.lstrip("0") not in filers:
        raise UnrecognisedFileError(
            f"the filing of CIK {min(filers)}: {expected.subject} is {expected.cik}"
        )


def _judge_fails(data: bytes, sha256: str, expected: Expected) -> Verdict:
    if not is_zip(data):
        raise UnrecognisedFileError("no archive")
    _, text = unpack_only(data, MAX_FAILS_BYTES, expected.file_name)
    if not is_fails_file(text):
        raise UnrecognisedFileError("an archive without a file of fails to deliver")
    read = read_fails(text, expected.file_name)
    half = f"{read.as_of:%Y%m}{'a' if read.first.day <= 15 else 'b'}"
    if half != expected.subject:
        return _refuse(
            f"asked for {expected.subject}, got {half}", _LOOK, as_of=read.as_of, rows=read.rows
        )
    return Verdict(
        Outcome.ACCEPTED,
        f"{read.rows} rows up to {read.as_of}",
        as_of=read.as_of,
        rows=read.rows,
        known=Known(expected.subject, sha256, read.rows, read.as_of),
    )


def _judge_feed(data: bytes, sha256: str, expected: Expected) -> Verdict:
    head = data[:_HEAD_BYTES]
    if b"<feed" not in head:
        raise UnrecognisedFileError("no list of filings")
    count = data.count(b"<accession-number>")
    if not count:
        return Verdict(Outcome.ABSENT, f"{expected.subject} has no public N-PORT filing")
    return Verdict(
        Outcome.ACCEPTED,
        count_of(count, "filing"),
        rows=count,
        known=Known(expected.subject, sha256, count),
    )


def _judge_tickers(data: bytes, sha256: str, expected: Expected, own: Sequence[Known]) -> Verdict:
    rows = _count_tickers(data, expected)
    last = own[-1] if own else None
    if last and last.sha256 == sha256:
        return Verdict(Outcome.UNCHANGED, "the same file as before", rows=rows)
    if last and 2 * rows < last.rows:
        return _refuse(
            f"the list was cut: {rows} entries, and the last one had {last.rows}", _LOOK, rows=rows
        )
    return Verdict(Outcome.ACCEPTED, f"{rows} entries", rows=rows, known=Known(None, sha256, rows))


def _count_tickers(data: bytes, expected: Expected) -> int:
    if expected.content is Content.TICKERS:
        return len(read_directory(data, expected.file_name).listings)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnrecognisedFileError("no JSON, or JSON that was cut") from error
    rows = list_fund_tickers(value) or list_company_tickers(value)
    if not rows:
        raise UnrecognisedFileError(f"JSON, but no list of {expected.content}")
    return len(rows)


def list_fund_tickers(value: Any) -> dict[str, tuple[str, str | None]]:
    """Return, by symbol, the CIK and the series in `company_tickers_mf.json`; else nothing."""
    fields = value.get("fields") if isinstance(value, dict) else None
    wanted = ("symbol", "cik", "seriesId")
    if not isinstance(fields, list) or not all(name in fields for name in wanted):
        return {}
    symbol, cik, series = (fields.index(name) for name in wanted)
    found = {}
    for row in value.get("data") or ():
        if isinstance(row, list) and len(row) == len(fields) and str(row[cik]).isdecimal():
            found[str(row[symbol])] = str(row[cik]), str(row[series] or "") or None
    return found


def list_company_tickers(value: Any) -> dict[str, tuple[str, str | None]]:
    """Return, by symbol, the CIK in `company_tickers.json`, and no series; else nothing."""
    rows = value.values() if isinstance(value, dict) else ()
    return {
        str(row["ticker"]): (str(row["cik_str"]), None)
        for row in rows
        if isinstance(row, dict) and "ticker" in row and str(row.get("cik_str")).isdecimal()
    }
