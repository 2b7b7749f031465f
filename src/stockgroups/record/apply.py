"""Loads, each in one transaction of its own. Readers see all of it or nothing.

If the database refuses something, the load is rolled back and repeated once with a savepoint for
each group. So the refused group is known and stays as it was, and the other groups are loaded.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

from stockgroups.collector import pausing_collector
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import reading, supposing, writing
from stockgroups.record.drift import find_drifted
from stockgroups.record.figures import list_figures
from stockgroups.record.identity_changes import FIGURE, MOST_KEPT
from stockgroups.record.loads import LoadNote, reserve_load, write_load
from stockgroups.record.open_load import (
    ANALYZE_SHARE,
    Request,
    carry_load,
    count_amended,
    find_deletable,
)
from stockgroups.record.planning import plan_groups
from stockgroups.record.state import read_clock
from stockgroups.record.write import amend_snapshots
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from stockgroups.model import Alias, GroupKey
    from stockgroups.record.desired import Amendment, DesiredGroup
    from stockgroups.record.plan import Plan

_T = TypeVar("_T")
_SQL = load_statements("store")
FIRST_LOADS = 8
"""The number of loads of an environment after which the server has statistics of it."""
_IDENTITY = load_statements("identity")
_REFUSALS = (psycopg.IntegrityError, psycopg.DataError, psycopg.errors.RaiseException)
_A_LOAD = LoadNote()


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
    dry_run: bool = False,
) -> Plan:
    """Make the groups what their producers want, all at once.

    Args:
        store: The environment.
        desired: The groups as their producers want them.
        delete: Groups to delete.
        accept: The guards that are accepted.
        amendments: Changes to dates of the record, made before everything else.
        note: What the audit states about the load, beside the figures of the plan.
        aliases: The catalogue's aliases, stored beside those that people have confirmed; None
            leaves the stored ones.
        dry_run: Return what would be done now, from one consistent state. Nothing is written, and
            no writer is blocked or waited for.

    Returns:
        What was done. A group that the database refused has an error and stays as it was. If
        anything changed, the plan has the load's number.

    Raises:
        DatabaseError: The database cannot do it at all. Nothing has changed.
    """
    request = Request(store, desired, note, delete, accept, amendments, aliases)
    if dry_run:
        return _preview(request)
    plan, changed = _repeat_refused(store, partial(carry_load, request))
    if changed:
        row = execute(
            store,
            _SQL["judge_statistics"],
            loads=FIRST_LOADS,
            refs=len(plan.refs),
            changed=changed,
            share=ANALYZE_SHARE,
        ).fetchone()
        are_stale, have_grown, _ = row or (False, True, None)
        if are_stale or have_grown:
            store.connection.execute(_SQL["analyze_all" if are_stale else "analyze_members"])
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
        batches: Returns the batches; each group is in one of them. It is called a second time if
            the database refuses something.
        on_plan: Gets the plan of each batch as soon as it is written. It returns what the audit
            states about the groups besides the figures.
        note: What the audit states about the load.
        aliases: As for `apply`.

    Returns:
        The number of the load in the audit; None if nothing changed.
    """
    request = Request(store, (), note, aliases=aliases)
    return _repeat_refused(store, partial(_load_batches, request, batches, on_plan))


def _repeat_refused(store: Store, load: Callable[..., _T]) -> _T:
    """Return the result of a load in a transaction; repeat it group by group if it is refused."""
    try:
        with writing(store.connection, store.environment):
            return load(one_by_one=False)
    except _REFUSALS:
        with writing(store.connection, store.environment):
            return load(one_by_one=True)


def _preview(request: Request) -> Plan:
    store = request.store
    with supposing(store.connection) if request.amendments else reading(store.connection):
        if request.amendments:
            amend_snapshots(store, request.amendments, read_clock(store.connection), None)
        plan = plan_groups(
            store,
            request.desired,
            accept=request.accept,
            aliases=request.aliases,
            afresh=bool(request.amendments),
        )
        plan.amended = count_amended(request.amendments)
        plan.deleted = find_deletable(store, request.delete)
        refused = {group.key for group in plan.groups if group.is_refused}
        keys = [group.key for group in request.desired if group.key not in refused]
        plan.drift = find_drifted(store, keys)
        return plan


def _load_batches(
    request: Request,
    batches: Callable[[], Iterable[Sequence[DesiredGroup]]],
    on_plan: Callable[[Plan], Mapping[str, Mapping[str, Any]]],
    *,
    one_by_one: bool,
) -> int | None:
    """Apply the batches of a request in the open, locked transaction, under one load number."""
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
            plan, _ = carry_load(batch, one_by_one=one_by_one)
        if plan.changes_anything and number.bit_count() == 1:  # it may have doubled
            connection.execute(_SQL["analyze_all"])
        besides = on_plan(plan)
        for name, figure in list_figures(plan).items():
            if name == FIGURE and is_first:
                continue  # its own batches' answers on a stock were never visible
            # A later batch can show that a stock of an earlier one has another symbol today.
            known = figures.setdefault(name, {})
            for word, value in figure.items():
                is_count = isinstance(value, int) and not isinstance(value, bool)
                if isinstance(value, list):
                    known[word] = [*known.get(word, ()), *value][:MOST_KEPT]
                    continue
                known[word] = known.get(word, 0) + value if is_count else known.get(word, value)
            known |= besides.get(name, {})
    if not figures:
        return None
    note = replace(request.note, number=load_id)
    write_load(request.store, note, figures, started_at=now)
    return load_id
