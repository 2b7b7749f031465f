"""The intervals of memberships, updated by each load: spliced or recomputed.

A load that adds snapshots changes single ranges of dates. A load that joins two symbols as one
stock changes the securities of older snapshots; then the intervals of that stock are recomputed.
"""

from __future__ import annotations

from sys import maxsize
from typing import TYPE_CHECKING

from stockgroups.db.sql import load_statements
from stockgroups.record.stored_intervals import project_securities, splice_history

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from stockgroups.db.connection import Connection
    from stockgroups.record.identity_plan import IdentityPlan
    from stockgroups.record.plan import Plan
    from stockgroups.record.ref_securities import RefSecurities
    from stockgroups.store import Store

_SQL = load_statements("history")


def find_moved(connection: Connection, identity: IdentityPlan) -> set[int]:
    """Return the groups, by registry number, whose history holds a ref that becomes another stock.

    Call it before the identity is written. A ref that gets another security had one before, so
    these are the groups with an interval of that security, and the groups that hold a ref without a
    security.
    """
    changed = _find_changed(identity)
    stale = [number for number in identity.stale_refs if number > 0]
    if not changed and not stale:
        return identity.holders
    rows = connection.execute(
        _SQL["find_moved_groups"],
        {
            "security_ids": sorted(changed),
            "ref_ids": stale,
        },
    )
    return {row[0] for row in rows} | identity.holders


def write_history(store: Store, plan: Plan, moved: AbstractSet[int]) -> None:
    """Update runs and intervals for the recorded snapshots and the securities of refs.

    Call it after the snapshots and the identity are written.

    Args:
        store: The environment.
        plan: The load.
        moved: The groups that `find_moved` returned.
    """
    changed = {
        group.stored.registry_id: (group.stored.headers, [*group.stored.headers, *group.recorded])
        for group in plan.groups
        if group.recorded and group.stored.registry_id is not None
    }
    recorded = {
        header.id: frozenset(plan.refs.of(incoming))
        for group in plan.groups
        if group.recorded
        for header, incoming in zip(group.recorded, group.to_record, strict=True)
    }
    identity = plan.identity
    securities = identity.ref_securities.after(
        identity.ref_ids,
        identity.fresh,
        identity.first_fresh,
        plan.refs.first_new or maxsize,
        (
            (plan.refs.true_number(number), start, end, security, identity.securities[place].label)
            for number, intervals in identity.exceptions.items()
            if number < 0
            for place, start, end in intervals
            if (security := identity.numbers[place]) is not None
        ),
    )
    securities.read(plan.refs.pairs)
    splice_history(store.connection, changed, securities, recorded)
    if moved:
        refs = {plan.refs.true_number(number) for number in identity.ref_ids}
        changing = _list_changing(plan, securities)
        project_securities(store.connection, moved, refs, changing, securities)


def _find_changed(identity: IdentityPlan) -> set[int]:
    """Return the stored securities that lose or get a ref on any day; refs may be without one."""
    kept = dict(zip(identity.numbers, identity.securities, strict=True))
    changed = {
        number
        for number, was in identity.stored.items()
        if number not in kept or kept[number].intervals != was.intervals
    }
    for number in identity.stale_refs:
        if number > 0:  # an exception takes a ref also from the security that has its symbol
            changed |= {security for *_, security in identity.ref_securities.list_owned(number)}
    return changed


def _list_changing(plan: Plan, securities: RefSecurities) -> set[int]:
    """Return the securities whose refs differ from before, once the new ones have numbers.

    A ref becomes another security only if an exception for it changes, or if the securities of its
    symbol do. `securities` has what refs are now.
    """
    identity = plan.identity
    numbers = {number for number in identity.numbers if number is not None}
    changing = _find_changed(identity) | (numbers - identity.stored.keys())
    stale = [plan.refs.true_number(number) for number in identity.stale_refs]
    recorded = [number for number in stale if number > 0]
    securities.read_numbers(recorded)
    changing |= {owner for number in recorded for *_, owner in securities.list_owned(number)}
    return changing.union(range(identity.first_fresh, identity.first_fresh + len(identity.fresh)))
