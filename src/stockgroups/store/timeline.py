"""Which of a group's snapshots counts. Pure: the one place that holds the rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable


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
