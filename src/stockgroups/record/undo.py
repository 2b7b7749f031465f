"""Plan the amendments that take a load back. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from stockgroups.record.effective import Header


@dataclass(frozen=True, slots=True)
class Undo:
    """A snapshot that becomes current again (`restates`), or whose date is retracted."""

    snapshot_id: int
    restates: bool


def plan_undo(
    headers: Iterable[Header], loaded: AbstractSet[int]
) -> tuple[list[Undo], list[Header]]:
    """Return what takes back the snapshots of a load, and those that later loads superseded.

    Where the load superseded a snapshot, that one becomes current again. Where it was the first of
    its date, the date is retracted.

    Args:
        headers: All snapshots of a group.
        loaded: The numbers of those that the load recorded.
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
