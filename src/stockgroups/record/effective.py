"""Which of a group's snapshots is effective. Pure: Python's copy of the server's functions."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.model import GroupType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FOREVER = dt.date.max
"""The end of what lasts; PostgreSQL's 'infinity' has no other date in Python."""

ADOPTED, EXTERNAL = "adopted", "external"
"""Sources of snapshots of what other programs wrote: before the record began, and since."""
LEGACY = "legacy"
"""The source of snapshots of entries of the old store."""
OTHER_PROGRAMS = frozenset({ADOPTED, EXTERNAL})
THEIRS = OTHER_PROGRAMS | {LEGACY}
"""The same, and what the old store held."""

EXPRESSION = "expression"
"""The source of snapshots that were computed from an expression."""
CONCLUDED = (GroupType.SECTOR, GroupType.CUSTOM)
"""Types of groups that are no reports: their members were concluded from those of others."""


@dataclass(frozen=True, slots=True)
class Header:
    """A recorded snapshot without its members. `digest` is that of its content, in hex."""

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

    @property
    def is_by_others(self) -> bool:
        """Whether it is what another program wrote into the memberships, and no source's report."""
        return self.source in OTHER_PROGRAMS


@dataclass(frozen=True, slots=True)
class Segment:
    """Dates from `start` up to, not including, `end`, and the snapshots effective on them."""

    start: dt.date
    end: dt.date
    before: Header | None
    after: Header | None


def current_snapshots(headers: Iterable[Header]) -> list[Header]:
    """Return the snapshots that are neither superseded nor retracted, the oldest first.

    There is one for each date and kind: the one recorded last. A date has none when that one
    retracts it.
    """
    last: dict[tuple[bool, dt.date], Header] = {}
    for header in headers:
        place = (header.is_proxy, header.as_of)
        if place not in last or header.id > last[place].id:
            last[place] = header
    kept = (header for header in last.values() if not header.retracted)
    return sorted(kept, key=lambda header: (header.as_of, header.id))


def effective_snapshot(headers: Iterable[Header], on: dt.date | None = None) -> Header | None:
    """Return the effective snapshot on a date (None: now), or None when there is none by then.

    An issuer's file of any age comes before a proxy, then the newest as-of date.
    """
    candidates = [h for h in current_snapshots(headers) if on is None or h.as_of <= on]
    return max(candidates, key=lambda h: (not h.is_proxy, h.as_of, h.id), default=None)


def effective_snapshots(headers: Iterable[Header]) -> list[Header]:
    """Return the snapshots that are effective on some date, each until the next one's date.

    They are proxies up to the first issuer's file, and files alone from then on. For every date,
    the last of them that is not after it is what `effective_snapshot` returns.
    """
    current = current_snapshots(headers)
    files = [header for header in current if not header.is_proxy]
    proxies = [h for h in current if h.is_proxy and (not files or h.as_of < files[0].as_of)]
    return proxies + files


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
