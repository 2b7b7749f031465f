"""Judge what the SEC sent: a filing, a list of filings, fails, or tickers."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any

from stockgroups.catalog.sources import Content
from stockgroups.errors import UnrecognisedFileError
from stockgroups.fetch.manifest import Outcome
from stockgroups.fetch.verdicts import HEAD_BYTES, LOOK, Known, Verdict, refuse
from stockgroups.fetch.wishes import read_feed
from stockgroups.readers.containers.archives import unpack_only
from stockgroups.readers.containers.json_text import make_object
from stockgroups.readers.containers.workbook import is_zip
from stockgroups.readers.directories.read import read_directory
from stockgroups.readers.sec.fails import MAX_FILE_BYTES as MAX_FAILS_BYTES
from stockgroups.readers.sec.fails import is_fails_file, read_fails
from stockgroups.text import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.fetch.verdicts import Expected

OLD = dt.timedelta(days=30)
"""The days after which a list of tickers, which changes daily, is too old."""

_NPORT = re.compile(rb"<(\w+:)?edgarSubmission\b[^>]*sec\.gov/edgar/nport")
_SERIES = re.compile(rb"<(?:\w+:)?seriesId>\s*([A-Z0-9]{1,12})\s*<")
_CIK = re.compile(rb"<(?:\w+:)?(?:cik|regCik)>\s*0*([0-9]{1,10})\s*<")


def check_filing(data: bytes, expected: Expected) -> None:
    """Raise UnrecognisedFileError for another form, or for a filing of another fund."""
    head = data[:HEAD_BYTES]
    if not _NPORT.search(head):
        raise UnrecognisedFileError("not an N-PORT filing but another document")
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


def judge_fails(data: bytes, sha256: str, expected: Expected) -> Verdict:
    if not is_zip(data):
        raise UnrecognisedFileError("not an archive")
    _, text = unpack_only(data, MAX_FAILS_BYTES, expected.file_name)
    if not is_fails_file(text):
        raise UnrecognisedFileError("an archive without a fails-to-deliver file")
    read = read_fails(text, expected.file_name)
    half = f"{read.as_of:%Y%m}{'a' if read.first.day <= 15 else 'b'}"
    if half != expected.subject:
        return refuse(
            f"asked for {expected.subject}, got {half}", LOOK, as_of=read.as_of, rows=read.rows
        )
    return Verdict(
        Outcome.ACCEPTED,
        f"{read.rows} rows up to {read.as_of}",
        as_of=read.as_of,
        rows=read.rows,
        known=Known(expected.subject, sha256, read.rows, read.as_of),
    )


def judge_feed(data: bytes, sha256: str, expected: Expected) -> Verdict:
    head = data[:HEAD_BYTES]
    if b"<feed" not in head:
        raise UnrecognisedFileError("not a list of filings")
    if not data.rstrip().endswith(b"</feed>"):
        raise UnrecognisedFileError("a list of filings that was cut off")
    count, entries = len(list(read_feed(data.decode("utf-8", "replace")))), data.count(b"<entry")
    if entries and not count:
        raise UnrecognisedFileError(
            f"a list of {count_of(entries, 'filing')}, none of them an N-PORT filing with "
            "address and date"
        )
    if not count:
        return Verdict(Outcome.ABSENT, f"{expected.subject} has no public N-PORT filing")
    return Verdict(
        Outcome.ACCEPTED,
        count_of(count, "filing"),
        rows=count,
        known=Known(expected.subject, sha256, count),
    )


def judge_tickers(data: bytes, sha256: str, expected: Expected, own: Sequence[Known]) -> Verdict:
    """Return the verdict on a list of tickers. It holds no date; only a header may give one."""
    rows, day = _count_tickers(data, expected), expected.changed
    last = own[-1] if own else None
    if last and last.sha256 == sha256:
        return Verdict(Outcome.UNCHANGED, "the same file as before", rows=rows)
    if last and 2 * rows < last.rows:
        return refuse(
            f"the list was cut off: {rows} entries, while the last one had {last.rows}",
            LOOK,
            rows=rows,
        )
    if last and last.as_of and day and day < last.as_of:
        return refuse(
            f"an older file, of {day}; that of {last.as_of} is already here",
            "try again tomorrow",
            as_of=day,
            rows=rows,
        )
    reason, remedy = f"{rows} entries", None
    if day and expected.today - day > OLD:
        reason += f", of {day} according to the publisher"
        remedy = "it publishes them daily: check whether the address has changed"
    known = Known(None, sha256, rows, day)
    return Verdict(Outcome.ACCEPTED, reason, remedy, as_of=day, rows=rows, known=known)


def _count_tickers(data: bytes, expected: Expected) -> int:
    if expected.content is Content.TICKERS:
        return len(read_directory(data, expected.file_name).listings)
    try:
        value = json.loads(data, object_pairs_hook=make_object)
    except (ValueError, RecursionError) as error:
        raise UnrecognisedFileError("not JSON, or JSON that was cut off") from error
    rows = list_fund_tickers(value) or list_company_tickers(value)
    if not rows:
        raise UnrecognisedFileError(f"JSON, but not a list of {expected.content}")
    return len(rows)


def list_fund_tickers(value: Any) -> dict[str, tuple[str, str | None]]:
    """Return CIK and series by symbol from `company_tickers_mf.json`; empty for anything else."""
    entries = value if isinstance(value, dict) else {}
    fields, rows = entries.get("fields"), entries.get("data")
    wanted = ("symbol", "cik", "seriesId")
    if not isinstance(fields, list) or not isinstance(rows, list):
        return {}
    if not all(name in fields for name in wanted):
        return {}
    symbol, cik, series = (fields.index(name) for name in wanted)
    found = {}
    for row in rows:
        if isinstance(row, list) and len(row) == len(fields) and str(row[cik]).isdecimal():
            found[str(row[symbol])] = str(row[cik]), str(row[series] or "") or None
    return found


def list_company_tickers(value: Any) -> dict[str, tuple[str, str | None]]:
    """Return the CIK by symbol, without series, from `company_tickers.json`; else nothing."""
    rows = value.values() if isinstance(value, dict) else ()
    return {
        str(row["ticker"]): (str(row["cik_str"]), None)
        for row in rows
        if isinstance(row, dict) and "ticker" in row and str(row.get("cik_str")).isdecimal()
    }
