"""The rule of the effective snapshot. Pure: Python's copy of the server's functions."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from stockgroups.model import NPORT, GroupType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FOREVER = dt.date.max
"""The end of open intervals; in Python it stands for PostgreSQL's 'infinity'."""

ADOPTED, EXTERNAL = "adopted", "external"
"""Sources of snapshots of other programs' members: from before the record began, and since."""
LEGACY = "legacy"
"""The source of snapshots of entries of the old store."""
OTHER_PROGRAMS = frozenset({ADOPTED, EXTERNAL})
THEIRS = OTHER_PROGRAMS | {LEGACY}
"""The same, and what the old store held."""

EXPRESSION = "expression"
"""The source of snapshots that were computed from an expression."""
CONCLUDED = (GroupType.SECTOR, GroupType.CUSTOM)
"""Types of groups that are no reports: their members were concluded from those of others."""


class ReportKind(StrEnum):
    """Whose report a snapshot is. For one kind and date only one snapshot is current.

    A group's snapshots of one kind form a series, in which each is compared with its neighbours.
    """

    ISSUER = "issuer"
    NPORT = "nport"
    PROXY = "proxy"


def kind_of(source: str, *, is_proxy: bool) -> ReportKind:
    """Return the kind of a snapshot by its source.

    Everything that is neither a proxy nor an N-PORT filing is the issuer's: files, a group's own
    lists, and their replacements (an old entry, what another program wrote).
    """
    if is_proxy:
        return ReportKind.PROXY
    return ReportKind.NPORT if source == NPORT else ReportKind.ISSUER


def rank_of(source: str) -> int:
    """Return the rank of a source: for one date the source with the highest rank is effective.

    An issuer's file comes first, then an N-PORT filing, then what existed before the record began.
    """
    if source in (LEGACY, ADOPTED):
        return 0
    return 1 if source == NPORT else 2


def filing_date(source: str, published_on: dt.date | None) -> dt.date:
    """Return the day that orders N-PORT filings of one date; for all else always the same day."""
    return (source == NPORT and published_on) or dt.date.min


@dataclass(frozen=True, slots=True)
class Header:
    """A recorded snapshot without its members.

    `digest` is the digest of its content, in hex. `published_on` is the day on which the public
    could know it; None if the source does not state one. `kind` is whose report it is. A `place` is
    a kind and a date; one snapshot of a place is current.
    """

    id: int
    as_of: dt.date
    is_proxy: bool
    sha256: str
    reader: str
    digest: str
    member_count: int
    recorded_at: dt.datetime
    source: str
    retracted: bool = False
    published_on: dt.date | None = None
    kind: ReportKind = field(init=False, compare=False, repr=False)
    place: tuple[ReportKind, dt.date] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # They are cached, because a load asks for them a hundred times.
        kind = kind_of(self.source, is_proxy=self.is_proxy)
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "place", (kind, self.as_of))

    @property
    def filed_on(self) -> dt.date:
        """The day that orders the snapshots of one place, before the time of recording does."""
        return filing_date(self.source, self.published_on)

    @property
    def is_by_others(self) -> bool:
        """Whether another program wrote it into the memberships, so that no source reports it."""
        return self.source in OTHER_PROGRAMS


@dataclass(frozen=True, slots=True)
class Segment:
    """Dates from `start` up to, not including, `end`, and the snapshots effective on them."""

    start: dt.date
    end: dt.date
    before: Header | None
    after: Header | None


def find_public_days(headers: Iterable[Header]) -> dict[int, dt.date]:
    """Return, by snapshot number, the day by which the public could know each snapshot.

    It is the day that the source states. If it states none, it is the day on which this database
    first recorded the same file for the same date: the file was public by then, perhaps long
    before.
    """
    first: dict[tuple[ReportKind, dt.date, str], dt.date] = {}
    days = {}
    for header in sorted(headers, key=lambda header: header.recorded_at):
        recorded = header.recorded_at.astimezone(dt.UTC).date()
        known = first.setdefault((*header.place, header.sha256), recorded)
        days[header.id] = header.published_on or known
    return days


def select_public(headers: Iterable[Header], published_by: dt.date) -> list[Header]:
    """Return the snapshots that were public by a day, and all that retract any."""
    given = list(headers)
    days = find_public_days(given)
    return [header for header in given if header.retracted or days[header.id] <= published_by]


def published_snapshots(headers: Sequence[Header]) -> list[tuple[dt.date, Header]]:
    """Return the snapshots that were effective and public, each with the first day of its answer.

    For a day the answer is the `effective_snapshot` of what was public by that day. The days are in
    order.
    """
    public = find_public_days(headers)
    retracting = [header for header in headers if header.retracted]
    coming = sorted(
        (max(public[header.id], header.as_of), header.id, header)
        for header in headers
        if not header.retracted
    )
    places: dict[tuple[ReportKind, dt.date], list[Header]] = {}
    for header in retracting:
        places.setdefault(header.place, []).append(header)
    found: list[tuple[dt.date, Header]] = []
    current: dict[tuple[ReportKind, dt.date], Header] = {}
    best: Header | None = None
    for day, _, header in coming:
        place = places.setdefault(header.place, [])
        place.append(header)
        for now in current_snapshots(place):
            current[header.place] = now
            if best is None or best.place == now.place or _precedence(now) > _precedence(best):
                best = now
        if best is not None and (not found or found[-1][1] is not best):
            if found and found[-1][0] == day:
                found.pop()
            found.append((day, best))
    return found


def current_snapshots(headers: Iterable[Header]) -> list[Header]:
    """Return the snapshots that are neither superseded nor retracted, the oldest first.

    There is one for each date and kind: the one recorded last; of filings, the one filed last. A
    retraction of a date removes everything that was recorded for it before.
    """
    last: dict[tuple[ReportKind, dt.date], Header] = {}
    for header in sorted(headers, key=lambda header: header.id):
        place = header.place
        if header.retracted:
            last.pop(place, None)
        elif place not in last or header.filed_on >= last[place].filed_on:
            last[place] = header
    return sorted(last.values(), key=lambda header: (header.as_of, header.id))


def effective_snapshot(headers: Iterable[Header], on: dt.date | None = None) -> Header | None:
    """Return the effective snapshot on a date (None: now); None if there is none by that date.

    A report of any age comes before a proxy, then the newest as-of date, then the source of the
    highest rank, then the last recorded.
    """
    candidates = [h for h in current_snapshots(headers) if on is None or h.as_of <= on]
    return max(candidates, key=_precedence, default=None)


def effective_snapshots(headers: Iterable[Header]) -> list[Header]:
    """Return the snapshots that are effective on some date, each until the next one's date.

    They are proxies up to the first report, and only reports from then on, one for each date. For
    any date, the last of them that is not after it is what `effective_snapshot` returns.
    """
    current = sorted(current_snapshots(headers), key=_precedence)
    reports = list({h.as_of: h for h in current if not h.is_proxy}.values())
    proxies = [h for h in current if h.is_proxy and (not reports or h.as_of < reports[0].as_of)]
    return proxies + reports


def _precedence(header: Header) -> tuple[bool, dt.date, int, int]:
    return not header.is_proxy, header.as_of, rank_of(header.source), header.id


def segments(before: Sequence[Header], after: Sequence[Header]) -> list[Segment]:
    """Return the ranges of dates on which the effective snapshot differs.

    `before` and `after` are results of `effective_snapshots`. The ranges are in order and do not
    overlap.
    """
    was, now = ({header.as_of: header for header in line} for line in (before, after))
    dates = sorted(was.keys() | now.keys())
    found = []
    old: Header | None = None
    new: Header | None = None
    for start, end in itertools.pairwise([*dates, FOREVER]):
        old, new = was.get(start, old), now.get(start, new)
        if (old and old.id) != (new and new.id):
            found.append(Segment(start, end, old, new))
    return found
