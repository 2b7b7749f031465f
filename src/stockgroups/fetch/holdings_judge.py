"""Judge a list of holdings: whether it is complete, and of the right fund and day."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from stockgroups.catalog.sources import Content
from stockgroups.errors import NoDateError, UnrecognisedFileError
from stockgroups.fetch.manifest import Outcome
from stockgroups.fetch.verdicts import LOOK, OTHER_ADDRESS, Known, Verdict, refuse
from stockgroups.readers import read_funds, read_holdings
from stockgroups.readers.containers.document import open_document
from stockgroups.record.guards import Report, check_file, doubt_end, share_rejected
from stockgroups.suspicions import Guard, Suspicion

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from stockgroups.catalog import Catalog
    from stockgroups.fetch.verdicts import Expected
    from stockgroups.readers import ReadResult

PAGE_SIZES = frozenset(
    {8, 10, 12, 15, 20, 25, 49, 50, 100, 200, 250, 499, 500, 999, 1000, 2000, 5000}
)
"""Rows at which sites cut a list: their first page."""

WHOLE = 0.99
"""The least weight of a complete list, as a part of the fund, if it has exactly a page's rows."""

LEAST_ALIKE = 0.5
"""The part of the weight that two lists of one fund share if they are a few months apart."""

LEAST_MOVED = 20
"""Members with weights of so many sizes: on no trading day do all of them stay as they were."""

SAME = 0.999
"""The shared part of the weight from which two lists count as the same list."""

_SYNTHETIC = re.compile(
    r"indirect\W{0,4}\(?swap|swap[- ]based|"
    r"replication[ _]?method\w*\W{1,20}(synthetic|indirect|unfunded|swap)",
    re.IGNORECASE,
)


def judge_holdings(
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
        why = (
            "the collateral of a swap, not the holdings that the fund tracks: it says "
            f"{sign[0][:60]!r}"
        )
        return refuse(why, "no file contains what such a fund tracks: leave it out")
    filer = expected.subject if expected.content is Content.NPORT else None
    read = read_list(data, expected.file_name, catalog, filer)
    snapshot, receipt = read.snapshot, read.snapshot.receipt
    rows = receipt.rows_read if receipt else snapshot.member_count
    day = snapshot.as_of
    if day is None or receipt is None:
        return refuse("its date is unknown", LOOK)
    found: dict[str, Any] = {"as_of": day, "rows": rows}
    if reason := _find_mix_up(head, sha256, read, expected, catalog, own, others):
        return refuse(reason, OTHER_ADDRESS, **found)
    if expected.date and day != expected.date:
        return refuse(
            f"asked for {expected.date}, got {day}: the date in the address was ignored",
            "the publisher may have no file of that date, or no longer offers past dates",
            **found,
        )
    newest = max((one.as_of for one in own if one.as_of), default=None)
    is_newest = expected.content is Content.HOLDINGS and not expected.date
    if is_newest and newest and day < newest:
        return refuse(
            f"an older file, of {day}; that of {newest} is already here",
            "try again tomorrow",
            **found,
        )
    report = weigh(read)
    if any(one.as_of == day and one.report == report for one in own):
        return Verdict(
            Outcome.UNCHANGED, f"the holdings of {day} again, which are already here", **found
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
        return refuse(
            "; ".join(dict.fromkeys(doubt.message for doubt in doubts)),
            f"{LOOK}; if it is right, copy it into the holdings folder and run "
            f"`stockgroups load {guards}`",
            **found,
        )
    reason, remedy = f"{rows} rows as of {day}, {snapshot.member_count} members", None
    if neighbour and neighbour.report and (doubt := doubt_end(report, (neighbour.report,))):
        reason += f"; {doubt}"
        remedy = "check the end of the file, and whether the next file has them again"
    if neighbour and _is_redated(report, neighbour):
        reason += f", all with the weights of {neighbour.as_of}, to the last digit"
        remedy = "a trading day would change them: check whether the publisher redates old holdings"
    return Verdict(
        Outcome.ACCEPTED,
        f"{reason}, format {read.format}",
        remedy,
        known=Known(expected.subject, sha256, rows, day, lambda: report),
        **found,
    )


def _read_head(data: bytes, expected: Expected) -> str:
    """Return the first rows of a table as text; the whole text if it is not a table."""
    document = open_document(data, expected.file_name)
    if document.markup:
        return document.text()
    return "\n".join(" ".join(cells) for _, cells in document.head)


def _is_twin(twin: Known, expected: Expected) -> Verdict:
    """Return the verdict on bytes that are already here."""
    day = twin.as_of
    found: dict[str, Any] = {"as_of": day, "rows": twin.rows}
    if expected.date and day != expected.date:
        return refuse(
            f"asked for {expected.date}, got the file of {day}, which is already here",
            "the publisher may have no file of that date, or no longer offers past dates",
            **found,
        )
    return Verdict(Outcome.UNCHANGED, f"the file of {day} again, byte for byte", **found)


def _is_redated(report: Report, near: Known) -> bool:
    """Tell whether a list repeats another day's list, with all weights equal to the last digit."""
    weights = report.weights
    if near.as_of == report.as_of or near.rows < LEAST_MOVED or near.report is None:
        return False
    return near.report.weights == weights and len({*weights.values()} - {None}) >= LEAST_MOVED


def _find_mix_up(
    head: str,
    sha256: str,
    read: ReadResult,
    expected: Expected,
    catalog: Catalog,
    own: Sequence[Known],
    others: Sequence[Known],
) -> str | None:
    """Return why a list is another fund's; None if nothing suggests that it is."""
    if expected.names and expected.names not in head:
        return (
            f"it does not contain {expected.names}, the name of {expected.subject} there: "
            "another fund's file"
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
                f"{last.as_of}: another fund's "
                "file" + (f", probably {like.subject}'s" if like else "")
            )
        return None
    if like := _find_like(report, others):
        return f"the list of {like.subject} under the name of {expected.subject}"
    issuer = read.snapshot.issuer
    entry = catalog.etfs.get(expected.subject or "")
    if entry and issuer != entry.issuer and any(e.issuer == issuer for e in catalog.etfs.values()):
        return (
            f"a file of {issuer}, in its format {read.format}: {expected.subject} is a fund of "
            f"{entry.issuer}"
        )
    return None


def _find_like(report: Report, others: Sequence[Known]) -> Known | None:
    """Return the other fund that this list belongs to; None if there is none."""
    return next(
        (
            one
            for one in others
            if one.report and _share(report.weights, one.report.weights) >= SAME
        ),
        None,
    )


def _share(ours: Mapping[str, float | None], theirs: Mapping[str, float | None]) -> float:
    """Return the share of the weight that two lists have in common, else that of the members."""
    common = ours.keys() & theirs.keys()
    total = sum(weight or 0.0 for weight in ours.values())
    if total <= 0.0:
        return len(common) / max(1, len(ours), len(theirs))
    return sum(min(ours[one] or 0.0, theirs[one] or 0.0) for one in common) / total


def read_list(
    data: bytes, file_name: str, catalog: Catalog, filer: str | None = None
) -> ReadResult:
    """Return what a list contains, however suspicious it is.

    Args:
        data: The body.
        file_name: The name of the file.
        catalog: Funds and exchanges.
        filer: The fund of an SEC filing, found by its series, because the fund's name may be in no
            catalogue. None for other lists.

    Raises:
        SourceError: It is not a list of this fund.
    """
    accept = frozenset(Guard)
    if filer is None:
        return read_holdings(data, file_name, catalog, accept=accept)
    (found,) = read_funds(data, file_name, catalog, accept=accept, find_ticker=lambda _: filer)
    if found.result is None:
        raise found.error or UnrecognisedFileError("no filing")
    return found.result


def weigh(read: ReadResult) -> Report:
    """Return the file's members with their weights, as guards compare them."""
    snapshot = read.snapshot
    if snapshot.as_of is None:
        raise NoDateError("no as-of date")
    weights = snapshot.weights or (None,) * len(snapshot.refs)
    weight_by_name = {
        ref.known_as: weight for ref, weight in zip(snapshot.refs, weights, strict=True)
    }
    return Report(snapshot.as_of, weight_by_name)


def _choose_neighbour(own: Sequence[Known], day: dt.date | None) -> Known | None:
    """Return the good file of the fund that is nearest to a day."""
    dated = [(abs((one.as_of - day).days), one) for one in own if one.as_of and day]
    return min(dated, key=lambda pair: pair[0])[1] if dated else None


def _find_cuts(rows: int, read: ReadResult, last: Known | None) -> list[Suspicion]:
    """Return the suspicion that a list ends at a page limit."""
    if rows not in PAGE_SIZES:
        return []
    receipt = read.snapshot.receipt
    total = receipt.printed_weight if receipt else None
    if last and last.report and last.rows > rows:
        if weigh(read).symbols < last.report.symbols:
            message = f"the list was cut off at {rows} rows: that of {last.as_of} has {last.rows}"
            return [Suspicion(Guard.TRUNCATED, message)]
    elif total is not None and total < WHOLE:
        message = f"the list was cut off at {rows} rows: they are {total:.1%} of the fund"
        return [Suspicion(Guard.TRUNCATED, message)]
    return []
