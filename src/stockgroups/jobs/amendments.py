"""Filings of one fund and day: an amendment counts, in whatever order it and its original come.

The record orders filings of one date by their filing dates, those without one first, and those of
one filing date by the time of recording. What this order would get wrong is decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

from stockgroups.db.arrays import as_columns
from stockgroups.db.sql import load_statements
from stockgroups.errors import SourceError
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from stockgroups.jobs.holdings import HoldingsFile
    from stockgroups.model import Snapshot

_SQL = load_statements("store")


class Filing(NamedTuple):
    """What decides which of several filings takes effect."""

    fund: str
    as_of: dt.date | None
    filed_on: dt.date | None
    form: str
    accession: str | None

    @classmethod
    def of(cls, fund: str, snapshot: Snapshot) -> Self | None:
        """Return the filing that a snapshot of a fund comes from; None if it is from no filing."""
        filing = snapshot.receipt.filing if snapshot.receipt else None
        if filing is None:
            return None
        return cls(fund, snapshot.as_of, snapshot.published_on, filing.form, filing.accession)

    @property
    def is_amendment(self) -> bool:
        """Whether it replaces an earlier filing of the same fund and day."""
        return self.form.endswith("/A")


def order_filings(fund: str, snapshot: Snapshot) -> tuple[bool, str]:
    """Return the sort key of a fund's snapshots: an amendment comes after what it amends."""
    one = Filing.of(fund, snapshot)
    return (one.is_amendment, one.accession or "") if one else (False, "")


def find_superseded(store: Store, filings: Sequence[Filing]) -> dict[Filing, dt.date | None]:
    """Return which new filings cannot take effect, because another one of their fund and day does.

    An original is superseded by a recorded amendment of its filing date or, if neither has one, of
    its day; of two of one form that with the lower number is. An original with a filing date is
    superseded by an amendment without one, recorded or new. An amendment without a filing date
    cannot be placed if a dated filing is recorded.

    Returns:
        For such a filing None, or for an amendment that cannot be placed the filing date of the
        recorded filing.
    """
    asked = {one[:3] for one in filings}
    asked |= {(*one[:2], None) for one in filings if not one.is_amendment}
    rows = execute(store, _SQL["find_filings"], **as_columns("names dates filed", list(asked)))
    recorded = {row[:3]: Filing(row[0], row[1], *row[3:]) for row in rows}
    found: dict[Filing, dt.date | None] = {}
    undated = []
    for one in filings:
        if one.is_amendment and one.filed_on is None:
            last = recorded.get(one[:3])
            if last and last.filed_on:
                found[one] = last.filed_on
            else:
                undated.append(one)
    undated += [last for last in recorded.values() if last.is_amendment and last.filed_on is None]
    amended = {one[:2] for one in undated}
    for one in filings:
        last = recorded.get(one[:3])
        is_amended = one.filed_on and not one.is_amendment and one[:2] in amended
        if is_amended or (last and one.filed_on in (None, last.filed_on) and _is_behind(one, last)):
            found.setdefault(one, None)
    return found


def _is_behind(one: Filing, other: Filing) -> bool:
    """Return whether another filing, filed no later, takes precedence over one."""
    if one.is_amendment is not other.is_amendment:
        return other.is_amendment
    if one.filed_on is None or one.accession is None or other.accession is None:
        return False
    return one.accession < other.accession


def refuse_undated(filed_on: dt.date, where: str) -> SourceError:
    """Return the error of an amendment without a filing date beside a dated filing."""
    return SourceError(
        f"an amendment without its filing date; one filed on {filed_on} is recorded",
        where=where,
        remedy="give the date with `stockgroups load-nport --filed-on`",
    )


def refuse_superseded(store: Store, files: Iterable[HoldingsFile]) -> None:
    """Refuse the files that are new filings and cannot take effect."""
    filings = [
        (file, one)
        for file in files
        if file.result and (one := Filing.of(file.result.fund, file.result.snapshot))
    ]
    if not filings:
        return
    hashes = [file.sha256 for file, _ in filings]
    recorded = {sha256 for sha256, *_ in execute(store, _SQL["known_files"], hashes=hashes)}
    new = [(file, one) for file, one in filings if file.sha256 not in recorded]
    superseded = find_superseded(store, [one for _, one in new])
    for file, one in new:
        if one not in superseded:
            continue
        file.result = None
        if filed_on := superseded[one]:
            file.error = refuse_undated(filed_on, file.name)
        else:
            file.error = SourceError(
                f"superseded by a later filing of {one.fund} for {one.as_of}",
                where=file.name,
                remedy="remove the file, or name it in .stockgroupsignore",
            )
