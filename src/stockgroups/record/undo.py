"""Plan the amendments that roll a load back. Pure."""

from __future__ import annotations

import itertools
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from stockgroups.record.desired import Amendment
from stockgroups.record.effective import ReportKind

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet

    from stockgroups.record.effective import Header
    from stockgroups.record.state import StoredGroup


def plan_undo(group: StoredGroup, loaded: AbstractSet[int]) -> tuple[list[Amendment], list[Header]]:
    """Return the amendments that undo the snapshots of a load, and those superseded since.

    If the load superseded a snapshot, that snapshot becomes current again. If its snapshot was the
    first for its date, the date is retracted. Snapshots that later loads superseded are undone too.
    Filings are not ordered by their recording: for them the date is retracted, and all its other
    filings are recorded again.

    Args:
        group: A group with all its snapshots.
        loaded: The numbers of those that the load recorded.
    """
    if group.registry_id is None:
        return [], []
    amend = partial(Amendment, group.key, group.registry_id)
    places: dict[tuple[ReportKind, dt.date], list[Header]] = defaultdict(list)
    for header in group.headers:
        places[header.place].append(header)
    undone: list[Amendment] = []
    replaced: list[Header] = []
    for _, place in sorted(places.items()):
        place.sort(key=lambda header: header.id)
        mine = [header for header in place if header.id in loaded]
        if not mine:
            continue
        if place[0].kind is ReportKind.NPORT:
            undone += _undo_filings(place, loaded, amend)
            continue
        if place[-1].id not in loaded:
            replaced += mine
            continue
        before = [header for header in place if header.id < mine[0].id]
        stood = bool(before) and not before[-1].retracted
        if stood:
            undone.append(amend(before[-1].id, restates=True))
        elif not place[-1].retracted:
            undone.append(amend(place[-1].id, restates=False))
    return undone, replaced


def _undo_filings(
    place: Sequence[Header], loaded: AbstractSet[int], amend: Callable[..., Amendment]
) -> list[Amendment]:
    """Return the amendments that remove a load's filings from a place, where each has its order."""
    now = _since_retracted(place)
    wanted = _since_retracted([header for header in place if header.id not in loaded])
    if all(header in wanted for header in now):
        return [amend(header.id, restates=True) for header in wanted if header not in now]
    retracted = amend(now[-1].id, restates=False)
    return [retracted, *(amend(header.id, restates=True) for header in wanted)]


def _since_retracted(place: Sequence[Header]) -> list[Header]:
    """Return the snapshots of a place that were recorded after its last retraction."""
    since = list(itertools.takewhile(lambda header: not header.retracted, reversed(place)))
    return since[::-1]
