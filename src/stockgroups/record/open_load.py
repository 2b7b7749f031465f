"""One load inside its open transaction: lock, record drift, amend, plan, write."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stockgroups.db.errors import translate_errors
from stockgroups.db.locks import hold_tables
from stockgroups.db.sql import load_statements
from stockgroups.errors import RefusedByDatabaseError
from stockgroups.record.drift import (
    READER,
    DriftedGroup,
    describe_drift,
    find_drifted,
    replace_drift,
)
from stockgroups.record.effective import EXTERNAL
from stockgroups.record.figures import list_figures
from stockgroups.record.incoming import choose_snapshots
from stockgroups.record.interval_updates import find_moved, write_history
from stockgroups.record.loads import LoadNote, reserve_load, write_load
from stockgroups.record.planning import plan_groups
from stockgroups.record.securities import forget_identity, number_securities, write_identity
from stockgroups.record.state import name_groups, read_clock, read_groups, read_groups_for
from stockgroups.record.write import amend_snapshots, delete_groups, write_groups
from stockgroups.times import today_utc

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.model import Alias, GroupKey
    from stockgroups.record.desired import Amendment, DesiredGroup
    from stockgroups.record.plan import GroupPlan, Plan
    from stockgroups.record.refs import RefNumbers
    from stockgroups.store import Store

_SQL = load_statements("store")
ANALYZE_SHARE = 0.1
"""The part of the memberships from which a change makes new statistics of the server necessary."""


@dataclass(frozen=True, slots=True)
class Request:
    """What `apply` was asked to do. `load_id` is given if several requests form one load."""

    store: Store
    desired: Sequence[DesiredGroup]
    note: LoadNote
    delete: Sequence[GroupKey] = ()
    accept: frozenset[str] = frozenset()
    amendments: Sequence[Amendment] = ()
    aliases: Sequence[Alias] | None = None
    load_id: int | None = None


def carry_load(request: Request, *, one_by_one: bool) -> tuple[Plan, int]:
    """Carry out a whole load in the open, locked transaction.

    Args:
        request: What is asked.
        one_by_one: Write each group under a savepoint of its own.

    Returns:
        What was done, and how many memberships changed; 0 if they are a small share of their
        groups.
    """
    connection = request.store.connection
    names = {
        "environment": request.store.environment,
        "groups": name_groups(group.key for group in request.desired),
    }
    hold_tables(connection)
    connection.execute(_SQL["advance_numbers"])
    connection.execute(_SQL["register_groups"], names)
    created = {row[0] for row in connection.execute(_SQL["create_groups"], names)}
    drift, steady = _record_drift(request, one_by_one=one_by_one)
    replaced = [one for one in drift if one.is_replaced]
    if replaced and replaced[0].load_id is not None:
        keys = {one.key for one in replaced}
        taken = replace_drift(request.store, keys, replaced[0].load_id)
        request = replace(request, amendments=[*request.amendments, *taken])
    load_id = _amend(request)
    plan = plan_groups(
        request.store,
        request.desired,
        accept=request.accept,
        created=created,
        aliases=request.aliases,
        steady=steady,
        records=not one_by_one,
    )
    plan.deleted = find_deletable(request.store, request.delete)
    plan.load_id = load_id
    plan.drift = drift
    plan.amended = count_amended(request.amendments)
    if plan.changes_anything:
        _write(request, plan, one_by_one=one_by_one)
    else:
        write_identity(connection, plan.identity, plan.refs, complete=True)
    vain = [(g.key, g.stored.group_id) for g in plan.groups if g.is_vain and g.stored.group_id]
    delete_groups(request.store, vain)
    changed = sum(len(g.added) + len(g.removed) + len(g.reweighted) for g in plan.groups)
    total = sum(g.member_count or 0 for g in plan.groups)
    return plan, changed if changed > ANALYZE_SHARE * total else 0


def _record_drift(
    request: Request, *, one_by_one: bool
) -> tuple[list[DriftedGroup], set[GroupKey]]:
    """Record what other programs wrote in the groups, as a load of its own.

    Groups whose members the producer leaves alone are left out, and so are groups that are recorded
    as they are.

    Returns:
        The recorded drift, and the groups that are as this program left them.
    """
    keys = [
        group.key
        for group in request.desired
        if group.snapshots is not None and not any(s.reader == READER for s in group.snapshots)
    ]
    keys += request.delete
    found = find_drifted(request.store, keys) if keys else []
    steady = {*keys} - {one.key for one in found}
    refused = _find_refused(request, {one.key for one in found})
    found = [one for one in found if one.key not in refused]
    if not found:
        return [], steady
    days = [(one.key, one.day) for one in found]
    written = describe_drift(request.store, days, EXTERNAL)
    note = LoadNote("reconcile", {"before": request.note.kind})
    recording = Request(request.store, written, note)
    plan, _ = carry_load(recording, one_by_one=one_by_one)
    restored = {group.key for group in request.desired if group.restores}
    recorded = [
        replace(
            one,
            load_id=plan.load_id,
            is_replaced=(one.is_replaced or one.key in restored) and one.key not in request.delete,
        )
        for one in found
    ]
    return recorded, steady


def _find_refused(request: Request, keys: Collection[GroupKey]) -> set[GroupKey]:
    """Return the groups that will stay as they are because all their snapshots are refused."""
    guarded = [group for group in request.desired if group.key in keys and group.guarded]
    today = today_utc()
    stored = read_groups_for(request.store, guarded, today) if guarded else {}
    refused = set()
    for group in guarded:
        chosen, _ = choose_snapshots(
            request.store.connection, group, stored[group.key], today, request.accept
        )
        if chosen and all(one.error for one in chosen):
            refused.add(group.key)
    return refused


def _amend(request: Request) -> int | None:
    """Amend the record if asked; return the load's number if it is reserved by then.

    This may change the evidence that refs give, so the identity is recomputed.
    """
    if not request.amendments:
        return None
    connection = request.store.connection
    load_id = request.note.number or reserve_load(connection)
    amend_snapshots(request.store, request.amendments, read_clock(connection), load_id)
    forget_identity(request.store)
    return load_id


def _write(request: Request, plan: Plan, *, one_by_one: bool) -> None:
    """Write the whole plan and its row in the audit."""
    connection = request.store.connection
    now = read_clock(connection)
    if plan.load_id is None:
        plan.load_id = request.load_id or request.note.number or reserve_load(connection)
    # A restored snapshot was spliced in with the securities that its refs had without it.
    moved = find_moved(connection, plan.identity) | {
        amendment.into or amendment.registry_id for amendment in request.amendments
    }
    # What is asked of the database comes first: it would wait for the writes that follow.
    number_securities(connection, plan.identity)
    if one_by_one:
        for group in plan.groups:
            _write_or_mark(connection, group, plan.refs, now, plan.load_id)
    else:
        write_groups(connection, plan.groups, plan.refs, now, plan.load_id)
    complete = all(group.error is None for group in plan.groups)
    write_identity(connection, plan.identity, plan.refs, complete=complete)
    write_history(request.store, plan, moved)
    plan.doomed = read_groups(request.store, plan.deleted)
    delete_groups(
        request.store,
        [(key, stored.group_id) for key, stored in plan.doomed.items() if stored.group_id],
    )
    if not plan.changes_anything:  # the database refused every group
        plan.load_id = None
    elif request.load_id is None:
        write_load(
            request.store,
            replace(request.note, number=plan.load_id),
            list_figures(plan),
            accepted=request.accept,
            started_at=now,
        )


def _write_or_mark(
    connection: Connection, group: GroupPlan, refs: RefNumbers, now: dt.datetime, load_id: int
) -> None:
    """Write one group under a savepoint; a refusal is noted in its plan and rolled back."""
    recorded: Sequence[int] = ()
    effective = group.effective
    try:
        with translate_errors(str(group.key)), connection.transaction():
            recorded = refs.record(group.to_record) if group.changes_anything else ()
            write_groups(connection, [group], refs, now, load_id)
    except RefusedByDatabaseError as error:
        group.error = error
        group.effective = effective
        group.recorded.clear()
        refs.forget(recorded)


def count_amended(amendments: Sequence[Amendment]) -> Counter[str]:
    """Return the number of amended snapshots of each group ("TYPE NAME")."""
    return Counter(a.key.full_name for a in amendments)


def find_deletable(store: Store, delete: Sequence[GroupKey]) -> list[GroupKey]:
    """Return the groups among these that exist."""
    stored = read_groups(store, delete) if delete else {}
    return [key for key in delete if stored[key].group_id is not None]
