"""One load is one transaction: lock, read, plan, write. Readers see all of it or nothing.

Only when the database itself refuses something is the load rolled back and repeated once with a
savepoint for each group, so that the culprit is named, stays as it was, and the others land.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import psycopg

from stockgroups.collector import pausing_collector
from stockgroups.db.errors import translate_errors
from stockgroups.db.locks import hold_tables
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import reading, supposing, writing
from stockgroups.errors import RefusedByDatabaseError
from stockgroups.record.drift import (
    READER,
    DriftedGroup,
    describe_drift,
    find_drifted,
    replace_drift,
)
from stockgroups.record.effective import EXTERNAL
from stockgroups.record.figures import tell_figures
from stockgroups.record.identity_changes import FIGURE, MOST_KEPT
from stockgroups.record.incoming import choose_snapshots
from stockgroups.record.interval_updates import find_moved, write_history
from stockgroups.record.loads import LoadNote, reserve_load, write_load
from stockgroups.record.planning import plan_groups
from stockgroups.record.securities import forget_identity, write_identity
from stockgroups.record.state import name_groups, read_clock, read_groups
from stockgroups.record.write import amend_snapshots, delete_groups, write_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.model import Alias, GroupKey
    from stockgroups.record.desired import Amendment, DesiredGroup
    from stockgroups.record.plan import GroupPlan, Plan
    from stockgroups.record.refs import RefNumbers
    from stockgroups.store import Store

_SQL = load_statements("store")
_IDENTITY = load_statements("identity")
_REFUSALS = (psycopg.IntegrityError, psycopg.DataError, psycopg.errors.RaiseException)
ANALYZE_SHARE = 0.1
_A_LOAD = LoadNote()


@pausing_collector()
def preview(
    store: Store,
    desired: Sequence[DesiredGroup],
    *,
    delete: Sequence[GroupKey] = (),
    accept: frozenset[str] = frozenset(),
    amendments: Sequence[Amendment] = (),
    aliases: Sequence[Alias] | None = None,
) -> Plan:
    """Return what `apply` would do now, and leave no trace: it reads one consistent state.

    No writer waits for it, and it waits for none.
    """
    with supposing(store.connection) if amendments else reading(store.connection):
        if amendments:
            amend_snapshots(store, amendments, read_clock(store.connection), None)
        plan = plan_groups(
            store, desired, today=_today(), accept=accept, aliases=aliases, afresh=bool(amendments)
        )
        plan.amended = _count_amended(amendments)
        plan.deleted = _deletable(store, delete)
        refused = {group.key for group in plan.groups if group.is_refused}
        keys = [group.key for group in desired if group.key not in refused]
        plan.drift = find_drifted(store, keys)
        return plan


@pausing_collector()
def apply(
    store: Store,
    desired: Sequence[DesiredGroup],
    *,
    delete: Sequence[GroupKey] = (),
    accept: frozenset[str] = frozenset(),
    amendments: Sequence[Amendment] = (),
    note: LoadNote = _A_LOAD,
    aliases: Sequence[Alias] | None = None,
) -> Plan:
    """Make the groups what their producers want, all at once, and return what was done.

    `amendments` change what is effective on dates of the record, before all else. `aliases` are the
    catalogue's, kept beside those that people have confirmed; None leaves the stored ones. A group
    that the database refuses carries the error in its plan and stays as it was. When anything
    changed, `note` goes into the audit with the figures of the plan, and the plan carries the
    load's number. Raises DatabaseError when the database cannot do it at all; then nothing has
    changed.
    """
    request = _Request(store, desired, delete, accept, amendments, note, aliases)
    try:
        with writing(store.connection, store.environment):
            plan, grown = _load(request, one_by_one=False)
    except _REFUSALS:
        with writing(store.connection, store.environment):
            plan, grown = _load(request, one_by_one=True)
    if grown:
        store.connection.execute(_SQL["analyze_members"])
    return plan


def apply_batches(
    store: Store,
    batches: Callable[[], Iterable[Sequence[DesiredGroup]]],
    on_plan: Callable[[Plan], Mapping[str, Mapping[str, Any]]],
    note: LoadNote,
    aliases: Sequence[Alias] | None = None,
) -> int | None:
    """Apply batch after batch in one transaction, as one load, for more groups than memory holds.

    Args:
        batches: Returns the batches, each group in one of them. It is called once more when the
            database refuses something.
        on_plan: Gets the plan of each batch as soon as it is written. It returns what the audit
            tells of the groups besides the figures.
        note: What the audit tells of the load.
        aliases: As for `apply`.

    Returns:
        The number of the load in the audit, None where nothing changed.
    """
    request = _Request(store, (), (), frozenset(), (), note, aliases)
    try:
        with writing(store.connection, store.environment):
            load_id = _load_batches(request, batches, on_plan, one_by_one=False)
    except _REFUSALS:
        with writing(store.connection, store.environment):
            load_id = _load_batches(request, batches, on_plan, one_by_one=True)
    return load_id


def carry_out(
    store: Store,
    desired: Sequence[DesiredGroup],
    *,
    dry_run: bool,
    delete: Sequence[GroupKey] = (),
    accept: frozenset[str] = frozenset(),
    amendments: Sequence[Amendment] = (),
    note: LoadNote = _A_LOAD,
    aliases: Sequence[Alias] | None = None,
) -> Plan:
    """Apply, or with `dry_run` only preview."""
    if dry_run:
        return preview(
            store, desired, delete=delete, accept=accept, amendments=amendments, aliases=aliases
        )
    return apply(
        store,
        desired,
        delete=delete,
        accept=accept,
        amendments=amendments,
        note=note,
        aliases=aliases,
    )


@dataclass(frozen=True, slots=True)
class _Request:
    """What `apply` was asked to do."""

    store: Store
    desired: Sequence[DesiredGroup]
    delete: Sequence[GroupKey]
    accept: frozenset[str]
    amendments: Sequence[Amendment]
    note: LoadNote
    aliases: Sequence[Alias] | None = None
    load_id: int | None = None


def _load_batches(
    request: _Request,
    batches: Callable[[], Iterable[Sequence[DesiredGroup]]],
    on_plan: Callable[[Plan], Mapping[str, Mapping[str, Any]]],
    *,
    one_by_one: bool,
) -> int | None:
    """Do the batches of a request in the open, locked transaction, under one number."""
    connection = request.store.connection
    load_id = reserve_load(connection)
    now = read_clock(connection)
    state = connection.execute(
        _IDENTITY["read_state"], {"environment": request.store.environment}
    ).fetchone()
    is_first = state is None or not state[2]
    figures: dict[str, dict[str, Any]] = {}
    for number, desired in enumerate(batches(), start=1):
        batch = replace(request, desired=desired, load_id=load_id)
        with pausing_collector():
            plan, _ = _load(batch, one_by_one=one_by_one)
        if plan.changes_anything and number.bit_count() == 1:  # it may have doubled
            connection.execute(_SQL["analyze_all"])
        besides = on_plan(plan)
        for name, figure in tell_figures(plan).items():
            if name == FIGURE and is_first:
                continue  # what its own batches said of a stock was nobody's answer before
            # A later batch can show that a stock of an earlier one has another symbol today.
            known = figures.setdefault(name, {})
            for word, told in figure.items():
                is_count = isinstance(told, int) and not isinstance(told, bool)
                if isinstance(told, list):
                    known[word] = [*known.get(word, ()), *told][:MOST_KEPT]
                    continue
                known[word] = known.get(word, 0) + told if is_count else known.get(word, told)
            known |= besides.get(name, {})
    if not figures:
        return None
    note = replace(request.note, number=load_id)
    write_load(request.store, note, figures, started_at=now)
    return load_id


def _load(request: _Request, *, one_by_one: bool) -> tuple[Plan, bool]:
    """Do a whole load in the open, locked transaction; say whether the tables grew by a tenth."""
    connection = request.store.connection
    names = {
        "environment": request.store.environment,
        "groups": name_groups(group.key for group in request.desired),
    }
    hold_tables(connection)
    connection.execute(_SQL["advance_numbers"])
    connection.execute(_SQL["register_groups"], names)
    created = {row[0] for row in connection.execute(_SQL["create_groups"], names)}
    connection.execute(_SQL["lock_groups"], names)
    drift = _record_drift(request, one_by_one=one_by_one)
    replaced = [one for one in drift if one.is_replaced]
    if replaced and replaced[0].load_id is not None:
        keys = {one.key for one in replaced}
        taken = replace_drift(request.store, keys, replaced[0].load_id)
        request = replace(request, amendments=[*request.amendments, *taken])
    load_id = _amend(request)
    plan = _plan(request, created)
    plan.load_id = load_id
    plan.drift = drift
    plan.amended = _count_amended(request.amendments)
    if plan.changes_anything:
        _write(request, plan, one_by_one=one_by_one)
    else:
        write_identity(connection, plan.identity, {}, complete=True)
    vain = [(g.key, g.stored.group_id) for g in plan.groups if g.is_vain and g.stored.group_id]
    delete_groups(request.store, vain)
    changed = sum(len(g.added) + len(g.removed) + len(g.reweighted) for g in plan.groups)
    total = sum(g.member_count or 0 for g in plan.groups)
    return plan, changed > ANALYZE_SHARE * total


def _record_drift(request: _Request, *, one_by_one: bool) -> list[DriftedGroup]:
    """Record what other programs wrote in the groups, as a load of its own; return what it was.

    Groups whose producer says nothing about members are left out, and those that are recorded as
    they are.
    """
    keys = [
        group.key
        for group in request.desired
        if group.snapshots is not None and not any(s.reader == READER for s in group.snapshots)
    ]
    keys += request.delete
    found = find_drifted(request.store, keys) if keys else []
    refused = _find_refused(request, {one.key for one in found})
    found = [one for one in found if one.key not in refused]
    if not found:
        return []
    days = [(one.key, one.day) for one in found]
    written = describe_drift(request.store, days, EXTERNAL)
    note = LoadNote("reconcile", {"before": request.note.kind})
    recording = _Request(request.store, written, (), frozenset(), (), note)
    plan, _ = _load(recording, one_by_one=one_by_one)
    restored = {group.key for group in request.desired if group.restores}
    return [
        replace(
            one,
            load_id=plan.load_id,
            is_replaced=(one.is_replaced or one.key in restored) and one.key not in request.delete,
        )
        for one in found
    ]


def _find_refused(request: _Request, keys: Collection[GroupKey]) -> set[GroupKey]:
    """Return which of the groups will stay as they are: all that is said of them is refused."""
    asked = [group for group in request.desired if group.key in keys and group.guarded]
    stored = read_groups(request.store, [g.key for g in asked]) if asked else {}
    refused = set()
    for group in asked:
        said, _ = choose_snapshots(
            request.store.connection, group, stored[group.key], _today(), request.accept
        )
        if said and all(one.error for one in said):
            refused.add(group.key)
    return refused


def _amend(request: _Request) -> int | None:
    """Amend the record where that is asked; return the number that the load has by then.

    What refs are evidence of may change with it: the identity is computed anew.
    """
    if not request.amendments:
        return None
    connection = request.store.connection
    load_id = request.note.number or reserve_load(connection)
    amend_snapshots(request.store, request.amendments, read_clock(connection), load_id)
    forget_identity(request.store)
    return load_id


def _plan(request: _Request, created: Collection[int]) -> Plan:
    """Plan, and again once groups are locked of which only the plan shows that they change too."""
    asked = {group.key for group in request.desired}
    while True:
        plan = plan_groups(
            request.store,
            request.desired,
            today=_today(),
            accept=request.accept,
            created=created,
            aliases=request.aliases,
        )
        others = {group.key for group in plan.groups} - asked
        if not others:
            break
        names = {"environment": request.store.environment, "groups": name_groups(others)}
        request.store.connection.execute(_SQL["lock_groups"], names)
        asked |= others
    plan.deleted = _deletable(request.store, request.delete)
    return plan


def _write(request: _Request, plan: Plan, *, one_by_one: bool) -> None:
    """Write all that the plan says, and the audit's row of it."""
    connection = request.store.connection
    now = read_clock(connection)
    if plan.load_id is None:
        plan.load_id = request.load_id or request.note.number or reserve_load(connection)
    # What an amendment brought back was spliced in by what its refs meant without it.
    moved = find_moved(connection, plan.identity) | {
        amendment.into or amendment.registry_id for amendment in request.amendments
    }
    if one_by_one:
        recorded: dict[int, int] = {}
        for group in plan.groups:
            recorded |= _write_or_mark(connection, group, plan.refs, now, plan.load_id)
    else:
        recorded = write_groups(connection, plan.groups, plan.refs, now, plan.load_id)
    complete = all(group.error is None for group in plan.groups)
    write_identity(connection, plan.identity, recorded, complete=complete)
    write_history(request.store, plan.groups, plan.identity, recorded, moved)
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
            tell_figures(plan),
            accepted=request.accept,
            started_at=now,
        )


def _write_or_mark(
    connection: Connection, group: GroupPlan, refs: RefNumbers, now: dt.datetime, load_id: int
) -> dict[int, int]:
    """Write one group under a savepoint; a refusal is noted in its plan and undone."""
    recorded: dict[int, int] = {}
    try:
        with translate_errors(str(group.key)), connection.transaction():
            recorded = refs.record(group.to_record) if group.changes_anything else {}
            write_groups(connection, [group], refs, now, load_id)
    except RefusedByDatabaseError as error:
        group.error = error
        group.recorded.clear()
        refs.forget(recorded)
        return {}
    return recorded


def _count_amended(amendments: Sequence[Amendment]) -> Counter[str]:
    return Counter(f"{a.key.type} {a.key.name}" for a in amendments)


def _deletable(store: Store, delete: Sequence[GroupKey]) -> list[GroupKey]:
    stored = read_groups(store, delete) if delete else {}
    return [key for key in delete if stored[key].group_id is not None]


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
