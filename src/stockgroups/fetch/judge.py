"""Judge every download before it is kept: is it what was asked for? Pure.

A status of 200 proves nothing: web pages, empty templates, cut lists, and lists of another fund or
another day come with it too. A refusal states its true reason.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from stockgroups.catalog.sources import Content
from stockgroups.errors import (
    EmptyFileError,
    NoDateError,
    StockgroupsError,
    UnrecognisedFileError,
    WrongFundError,
)
from stockgroups.fetch.holdings_judge import judge_holdings
from stockgroups.fetch.manifest import Outcome
from stockgroups.fetch.pages import explain_page, is_page
from stockgroups.fetch.sec_judge import check_filing, judge_fails, judge_feed, judge_tickers
from stockgroups.fetch.verdicts import HEAD_BYTES, LOOK, OTHER_ADDRESS, Verdict, refuse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from stockgroups.catalog import Catalog
    from stockgroups.fetch.verdicts import Expected, Known

MOST_UNPACKED = 64 << 30
MOST_MEMBERS = 1_000
_OF_DATASETS = frozenset({"SUBMISSION.TSV", "REGISTRANT.TSV", "FUND_REPORTED_HOLDING.TSV"})
_CHANGED = (
    f"{LOOK}: if the format is new, docs/add-a-format.md describes how to add it; if the "
    "address has changed, correct it in your own fetch.toml"
)


def judge(
    data: bytes,
    sha256: str,
    expected: Expected,
    catalog: Catalog,
    own: Sequence[Known] = (),
    others: Sequence[Known] = (),
) -> Verdict:
    """Return the verdict on a body.

    Args:
        data: The body.
        sha256: Its hash.
        expected: What was asked for.
        catalog: Funds and exchanges, as `load` uses them.
        own: The good files of the same subject.
        others: The newest good file of each other fund of the end point.
    """
    if not data.strip():
        return refuse("an empty answer, with status 200", "try again tomorrow")
    try:
        match expected.content:
            case Content.HOLDINGS:
                return judge_holdings(data, sha256, expected, catalog, own, others)
            case Content.NPORT:
                check_filing(data, expected)
                return judge_holdings(data, sha256, expected, catalog, own, ())
            case Content.FAILS:
                return judge_fails(data, sha256, expected)
            case Content.FILINGS:
                return judge_feed(data, sha256, expected)
            case _:
                return judge_tickers(data, sha256, expected, own)
    except StockgroupsError as error:
        return _explain(error, data, expected)


def judge_archive(path: Path, expected: Expected) -> Verdict:
    """Return the verdict on a quarterly data set: it must be a whole archive with its tables."""
    with path.open("rb") as file:
        start = file.read(HEAD_BYTES)
    if is_page(start):
        return _of_page(start)
    if not start:
        return refuse("an empty answer, with status 200", "try again tomorrow")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        return refuse(f"not an archive, or one that was cut off: {error}", "try again tomorrow")
    names = {member.filename.upper().rpartition("/")[2] for member in members}
    if lacking := sorted(_OF_DATASETS - names):
        return refuse(f"the archive lacks {', '.join(lacking)}", LOOK)
    if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > MOST_UNPACKED:
        return refuse("the archive unpacks to more than any data set has", LOOK)
    return Verdict(Outcome.ACCEPTED, f"the data set of {expected.subject}: {len(members)} tables")


def _of_page(data: bytes) -> Verdict:
    page = explain_page(data)
    return refuse(page.words, page.remedy, is_wall=page.is_wall)


def _explain(error: StockgroupsError, data: bytes, expected: Expected) -> Verdict:
    """Return the refusal of a body that its reader could not read."""
    if is_page(data):
        return _of_page(data)
    if isinstance(error, EmptyFileError):
        if expected.date:
            return Verdict(
                Outcome.ABSENT, f"no holdings of {expected.date}: the publisher sends an empty list"
            )
        return refuse(f"an empty list, with status 200: {error.what}", "try again tomorrow")
    if isinstance(error, WrongFundError):
        return refuse(
            f"asked for {expected.subject}, got {error.printed}: another fund's file", OTHER_ADDRESS
        )
    if isinstance(error, NoDateError):
        return refuse(
            f"its date is unknown: {error.what}",
            f"{LOOK}; if you know its date, put it into the holdings folder as "
            f"{expected.subject}_DATE",
        )
    if isinstance(error, UnrecognisedFileError):
        return refuse(error.what, _CHANGED)
    return refuse(error.what, error.remedy or LOOK)
