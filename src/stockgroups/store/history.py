"""The intervals of memberships, kept in step by each load: spliced, or made anew where stocks are.

A load that adds snapshots changes single ranges of dates. One that tells that two symbols are one
stock changes what older snapshots mean: the groups that hold those stocks are projected anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.history.projection import project_history, splice_history
from stockgroups.history.timeline import segments, timeline
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from stockgroups.db.connection import Connection
    from stockgroups.store.identity import IdentityPlan
    from stockgroups.store.plan import GroupPlan

_SQL = load_statements("history")


def find_moved(connection: Connection, identity: IdentityPlan) -> set[int]:
    """Return the groups, by registry number, in whose history a print comes to mean another stock.

    Asked before the identity is written. Whatever changes its meaning meant some stock before, so
    the groups are those that have a stay of one of these.
    """
    kept = dict(zip(identity.numbers, identity.securities, strict=True))
    changed = {number for number, spans in identity.stored.items() if kept.get(number) != spans}
    stale = [number for number in identity.stale_refs if number > 0]
    for number in stale:
        changed |= {held.security_id for held in identity.meanings.exceptions.get(number, ())}
    if not changed and not stale:
        return set()
    rows = connection.execute(
        _SQL["find_moved_groups"],
        {
            "security_ids": sorted(changed),
            "ref_ids": stale,
        },
    )
    return {row[0] for row in rows}


def write_history(
    connection: Connection,
    environment: str,
    plans: Sequence[GroupPlan],
    moved: AbstractSet[int],
) -> None:
    """Bring the intervals up to what was recorded, and make those of `moved` groups anew.

    After the snapshots and the identity are written.
    """
    changed = {}
    fresh = set()
    for plan in plans:
        number = plan.stored.registry_id
        if plan.recorded and number is not None and number not in moved:
            before = timeline(plan.stored.headers)
            changed[number] = segments(before, timeline([*plan.stored.headers, *plan.recorded]))
            if not before:
                fresh.add(number)
    splice_history(connection, environment, changed, fresh)
    if moved:
        project_history(connection, environment, moved)
