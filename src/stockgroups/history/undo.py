"""What has to be said so that a load counts no longer. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from stockgroups.history.timeline import Header


@dataclass(frozen=True, slots=True)
class Undo:
    """What to say of a snapshot: that it counts again for its date, or that its date is none."""

    snapshot_id: int
    restates: bool


def plan_undo(
    headers: Iterable[Header], loaded: AbstractSet[int]
) -> tuple[list[Undo], list[Header]]:
    """Return what takes back the snapshots of a load, and those that later ones had replaced.

    `headers` are all of a group, `loaded` the numbers of those that the load recorded. Where it
    superseded a date, the statement before counts again; where it was the first, the date has none.
    """
    places: dict[tuple[bool, dt.date], list[Header]] = defaultdict(list)
    for header in headers:
        places[header.is_proxy, header.as_of].append(header)
    undone: list[Undo] = []
    replaced: list[Header] = []
    for _, place in sorted(places.items()):
        place.sort(key=lambda header: header.id)
        mine = [header for header in place if header.id in loaded]
        if not mine:
            continue
        if place[-1].id not in loaded:
            replaced += mine
            continue
        before = [header for header in place if header.id < mine[0].id]
        stood = bool(before) and not before[-1].retracted
        if stood:
            undone.append(Undo(before[-1].id, restates=True))
        elif not place[-1].retracted:
            undone.append(Undo(place[-1].id, restates=False))
    return undone, replaced
