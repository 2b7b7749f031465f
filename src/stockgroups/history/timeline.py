"""Which of a group's snapshots counts. Pure: the one place that holds the rule."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FOREVER = dt.date.max
"""The end of what lasts; PostgreSQL's 'infinity' has no other date in Python."""


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


@dataclass(frozen=True, slots=True)
class Segment:
    """Dates from `start` up to, not including, `end`, and what counted and counts on them."""

    start: dt.date
    end: dt.date
    before: Header | None
    after: Header | None


def standing(headers: Iterable[Header]) -> list[Header]:
    """Return the snapshots that stand, one for each date and kind, oldest first.

    Of several for one date, the one recorded last counts; when that one takes the date back,
    the date has none.
    """
    last: dict[tuple[bool, dt.date], Header] = {}
    for header in headers:
        place = (header.is_proxy, header.as_of)
        if place not in last or header.id > last[place].id:
            last[place] = header
    kept = (header for header in last.values() if not header.retracted)
    return sorted(kept, key=lambda header: (header.as_of, header.id))


def counting(headers: Iterable[Header], on: dt.date | None = None) -> Header | None:
    """Return the snapshot that counts on a date (None: now), or None when there is none by then.

    An issuer's file of any age beats a stand-in; among equals the newest date counts.
    """
    candidates = [h for h in standing(headers) if on is None or h.as_of <= on]
    return max(candidates, key=lambda h: (not h.is_proxy, h.as_of, h.id), default=None)


def timeline(headers: Iterable[Header]) -> list[Header]:
    """Return the snapshots that count at one time or another, each until the next one's date.

    For every date, the last of them that is not after it is what `counting` returns: stand-ins up
    to the first issuer's file, from then on files alone.
    """
    stood = standing(headers)
    files = [header for header in stood if not header.is_proxy]
    stand_ins = [h for h in stood if h.is_proxy and (not files or h.as_of < files[0].as_of)]
    return stand_ins + files


def segments(before: Sequence[Header], after: Sequence[Header]) -> list[Segment]:
    """Return the ranges of dates on which another snapshot counts in `after` than in `before`.

    Both are timelines. The ranges are in order and do not overlap.
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
