"""From what producers want, and what is stored, to a plan.

It only reads, except that it records the first refs of an environment if a load asks for that.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.identity.evidence import NAMELESS
from stockgroups.model import GroupType
from stockgroups.record.definitions import plan_definition
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.effective import Header
from stockgroups.record.identity import plan_identity
from stockgroups.record.incoming import IncomingSnapshot, choose_snapshots
from stockgroups.record.memberships import project
from stockgroups.record.plan import GroupPlan, Plan
from stockgroups.record.refs import RefNumbers
from stockgroups.record.sightings import GroupSnapshot
from stockgroups.record.state import (
    find_drift,
    read_groups_for,
    read_industries,
    read_marks,
    read_members,
    read_snapshot_refs,
)
from stockgroups.record.unresolved import KEY, note_unresolved
from stockgroups.times import today_utc

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.model import Alias, GroupKey
    from stockgroups.record.identity_plan import IdentityPlan
    from stockgroups.record.state import Members
    from stockgroups.store import Store

_COMPARED_AT_ONCE = 64
"""Groups whose members are in memory at once: a register may touch thousands of funds."""


def plan_groups(
    store: Store,
    desired: Sequence[DesiredGroup],
    *,
    accept: frozenset[str] = frozenset(),
    created: Collection[int] = (),
    aliases: Sequence[Alias] | None = None,
    afresh: bool = False,
    steady: Collection[GroupKey] = (),
    records: bool = False,
) -> Plan:
    """Return what has to be done so that the groups become what their producers want.

    The plan includes groups that nobody asked for, if a new snapshot gives one of their stocks
    another symbol. A file that a guard refuses raises nothing: its snapshot is marked and left out.

    Args:
        desired: The groups as their producers want them.
        accept: The guards that are accepted.
        created: The ids of the groups' rows that were made in this transaction.
        aliases: The catalogue's aliases; None takes the stored ones.
        afresh: Compute the identity of all refs again.
        steady: Groups that are known to be as this program left them; the others are checked.
        records: Record the first refs of an environment while the rest is planned.
    """
    today = today_utc()
    plans = _plan_snapshots(store, desired, today, accept, created)
    new = [(plan, incoming) for plan in plans for incoming in plan.to_record]
    refs = RefNumbers(store, [incoming for _, incoming in new])
    group_snapshots = [GroupSnapshot(plan.stored, incoming) for plan, incoming in new]
    identity = plan_identity(store, group_snapshots, refs, aliases, afresh=afresh, records=records)
    requested = {group.key for group in desired}
    for plan in plans:
        if plan.desired.snapshots is None and plan.key in identity.touched:
            # If only a group's own row is to change, its stocks may still have changed.
            emptied = replace(plan.desired, snapshots=())
            chosen = choose_snapshots(store.connection, emptied, plan.stored, today, accept)
            plan.snapshots, plan.effective = chosen
    touched = [
        DesiredGroup(key, snapshots=(), yields=True) for key in sorted(identity.touched - requested)
    ]
    plans += _plan_snapshots(store, touched, today, accept, ())
    _plan_members(store.connection, plans, identity, refs, requested, steady)
    note_unresolved(store.connection, plans, identity, refs)
    for plan in plans:
        # A group that nobody asked about keeps its row, except for the number of its members.
        if (
            plan.key in requested
            or plan.changes_members
            or plan.unresolved != plan.stored.metadata.get(KEY, {})
        ):
            plan_definition(plan)
    return Plan(identity, refs, plans)


def _plan_snapshots(
    store: Store,
    desired: Sequence[DesiredGroup],
    today: dt.date,
    accept: frozenset[str],
    created: Collection[int],
) -> list[GroupPlan]:
    """Return a plan for each group, with its snapshots and without their consequences."""
    if not desired:
        return []
    stored = read_groups_for(store, desired, today)
    plans = [
        GroupPlan(group, found, found.group_id is None or found.group_id in created)
        for group in desired
        for found in (stored[group.key],)
    ]
    for plan in plans:
        plan.snapshots, plan.effective = choose_snapshots(
            store.connection, plan.desired, plan.stored, today, accept
        )
    return plans


def _plan_members(
    connection: Connection,
    plans: list[GroupPlan],
    identity: IdentityPlan,
    refs: RefNumbers,
    requested: Collection[GroupKey],
    steady: Collection[GroupKey],
) -> None:
    """Compare the memberships with the effective snapshots, in the server if it has both.

    A drifted group that nobody asked for, or whose snapshots were all refused, keeps its
    memberships: the drift is not recorded yet, and must not be lost.
    """
    settled = [
        plan.stored.group_id
        for plan in plans
        if (isinstance(plan.effective, Header) or plan.is_emptied) and plan.key not in steady
    ]
    drifted, counts = find_drift(connection, settled)
    differing = [
        plan
        for plan in plans
        if isinstance(plan.effective, IncomingSnapshot)
        or plan.stored.group_id in drifted
        or plan.points_elsewhere
        or (plan.effective is not None and plan.key in identity.touched)
        if plan.stored.group_id not in drifted
        or (plan.key in requested and not plan.is_refused and plan.desired.snapshots is not None)
    ]
    for plan in plans:
        if isinstance(plan.effective, Header):
            count = counts.get(plan.stored.group_id or 0, plan.stored.written)
            plan.member_count = plan.effective.member_count if count is None else count
    for start in range(0, len(differing), _COMPARED_AT_ONCE):
        _compare_members(connection, differing[start : start + _COMPARED_AT_ONCE], identity, refs)
    _plan_marks(connection, plans, identity)
    _plan_industries(connection, plans)


def _compare_members(
    connection: Connection, plans: Sequence[GroupPlan], identity: IdentityPlan, refs: RefNumbers
) -> None:
    """Plan the difference between the memberships of groups and their effective snapshots."""
    stored = read_members(connection, (p.stored.group_id for p in plans if not p.is_new))
    before = read_snapshot_refs(
        connection,
        ((p.stored.registry_id, p.effective.id) for p in plans if isinstance(p.effective, Header)),
    )
    identity.ref_securities.read(
        (number, symbol) for held in before.values() for number, symbol, _ in held
    )
    for plan in plans:
        if plan.effective is None:
            _diff_members(plan, {}, stored.get(plan.stored.group_id or 0, {}))
            continue
        if isinstance(plan.effective, IncomingSnapshot):
            snapshot = plan.effective.snapshot
            weights = snapshot.weights or (None,) * len(snapshot.refs)
            symbols = [ref.symbol or NAMELESS for ref in snapshot.refs]
            reported = [*zip(refs.of(plan.effective), symbols, weights, strict=True)]
        else:
            reported = before[plan.effective.id]
        wanted = project(reported, plan.effective.as_of, identity)
        _diff_members(plan, wanted, stored.get(plan.stored.group_id or 0, {}))


def _plan_marks(connection: Connection, plans: list[GroupPlan], identity: IdentityPlan) -> None:
    """Plan the metadata of added members: what the record has of them besides their weights.

    Members from issuers' files need none: memberships never had what these files report.
    """
    for plan in plans:
        if isinstance(plan.effective, IncomingSnapshot) and plan.effective.snapshot.member_metadata:
            metadata = plan.effective.snapshot.member_metadata
            plan.marks = {s: dict(metadata[s]) for s in plan.added if s in metadata}
    recorded = {
        plan.effective.id: plan
        for plan in plans
        if isinstance(plan.effective, Header)
        and plan.added
        and (plan.key.type is GroupType.SECTOR or plan.effective.is_by_others)
    }
    found = read_marks(connection, ((p.stored.registry_id, n) for n, p in recorded.items()))
    identity.ref_securities.read((ref, symbol) for of in found.values() for ref, symbol, _ in of)
    for number, marks in found.items():
        plan = recorded[number]
        assert isinstance(plan.effective, Header)  # noqa: S101 - gathered above
        for ref, reported, metadata in marks:
            symbol = identity.symbol_of(ref, reported, plan.effective.as_of)
            if symbol in plan.added:
                plan.marks.setdefault(symbol, metadata)


def _plan_industries(connection: Connection, plans: list[GroupPlan]) -> None:
    """Compare the industries of memberships with those that the producers give."""
    stored = read_industries(
        connection,
        (p.stored.group_id for p in plans if p.desired.member_industries is not None),
    )
    for plan in plans:
        wanted = plan.desired.member_industries
        if wanted is not None:
            removed = set(plan.removed)
            plan.relabelled = {
                symbol: wanted.get(symbol)
                for symbol, industry in stored.get(plan.stored.group_id or 0, {}).items()
                if symbol not in removed and industry != wanted.get(symbol)
            }


def _diff_members(plan: GroupPlan, wanted: Members, stored: Members) -> None:
    plan.member_count = len(wanted)
    plan.added = {s: w for s, w in wanted.items() if s not in stored}
    plan.removed = sorted(s for s in stored if s not in wanted)
    plan.reweighted = {s: w for s, w in wanted.items() if s in stored and stored[s] != w}
