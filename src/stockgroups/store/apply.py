"""One load is one transaction: lock, read, plan, write. Readers see all of it or nothing.

Only when the database itself refuses something is the load rolled back and repeated once with a
savepoint for each group, so that the culprit is named, stays as it was, and the others land.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from stockgroups.collector import pausing_collector
from stockgroups.db.errors import translate_errors
from stockgroups.db.transactions import bump_version, reading, writing
from stockgroups.errors import RefusedByDatabaseError
from stockgroups.sql import load_statements
from stockgroups.store.figures import tell_figures
from stockgroups.store.history import find_moved, write_history
from stockgroups.store.loads import LoadNote, reserve_load, write_load
from stockgroups.store.locks import hold_tables
from stockgroups.store.plan import GroupPlan, Plan, plan_groups
from stockgroups.store.securities import forget_identity, write_identity
from stockgroups.store.state import name_groups, read_clock, read_groups
from stockgroups.store.write import amend_snapshots, delete_groups, write_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.model import Alias, GroupKey
    from stockgroups.store.desired import Amendment, DesiredGroup
    from stockgroups.store.refs import RefNumbers

_SQL = load_statements("store")
_REFUSALS = (psycopg.IntegrityError, psycopg.DataError, psycopg.errors.RaiseException)
ANALYZE_SHARE = 0.1
_A_LOAD = LoadNote()


@pausing_collector()
def preview(
    connection: Connection,
    environment: str,
    desired: Sequence[DesiredGroup],
    *,
    delete: Sequence[GroupKey] = (),
    accept: frozenset[str] = frozenset(),
    aliases: Sequence[Alias] | None = None,
) -> Plan:
    """Return what `apply` would do now, and write nothing: it reads one consistent state."""
    with reading(connection):
        plan = plan_groups(
            connection, environment, desired, today=_today(), accept=accept, aliases=aliases
        )
        plan.deleted = _deletable(connection, environment, delete)
        return plan


@pausing_collector()
def apply(
    connection: Connection,
    environment: str,
    desired: Sequence[DesiredGroup],
    *,
    delete: Sequence[GroupKey] = (),
    accept: frozenset[str] = frozenset(),
    amendments: Sequence[Amendment] = (),
    note: LoadNote = _A_LOAD,
    aliases: Sequence[Alias] | None = None,
) -> Plan:
    """Make the groups what their producers want, all at once, and return what was done.

    `amendments` change what counts on dates of the record, before all else. `aliases` are the
    catalogue's, kept beside those that people have confirmed; None leaves the stored ones. A group
    that the database refuses carries the error in its plan and stays as it was. When anything
    changed, `note` goes into the audit with the figures of the plan, and the plan carries the
    load's number. Raises DatabaseError when the database cannot do it at all; then nothing has
    changed.
    """
    wish = _Wish(environment, desired, delete, accept, amendments, note, aliases)
    try:
        with writing(connection, environment):
            plan, grown = _load(connection, wish, one_by_one=False)
    except _REFUSALS:
        with writing(connection, environment):
            plan, grown = _load(connection, wish, one_by_one=True)
    if grown:
        connection.execute(_SQL["analyze_members"])
    return plan


def apply_batches(
    connection: Connection,
    environment: str,
    batches: Callable[[], Iterable[Sequence[DesiredGroup]]],
    heed: Callable[[Plan], Mapping[str, Mapping[str, Any]]],
    note: LoadNote,
) -> int | None:
    """Apply batch after batch in one transaction, as one load; return its number in the audit.

    For more groups than memory holds at once: `batches` is called for the batches, and once more
    when the database refuses something; `heed` gets the plan of each as soon as it is written, and
    returns what the audit is to tell of its groups besides the figures. The number is None where
    nothing changed. A group stands in one batch only.
    """
    try:
        with writing(connection, environment):
            load_id = _load_batches(connection, environment, batches, heed, note, one_by_one=False)
    except _REFUSALS:
        with writing(connection, environment):
            load_id = _load_batches(connection, environment, batches, heed, note, one_by_one=True)
    return load_id


def carry_out(
    connection: Connection,
    environment: str,
    desired: Sequence[DesiredGroup],
    *,
    dry_run: bool,
    delete: Sequence[GroupKey] = (),
    accept: frozenset[str] = frozenset(),
    note: LoadNote = _A_LOAD,
    aliases: Sequence[Alias] | None = None,
) -> Plan:
    """Apply, or with `dry_run` only preview."""
    if dry_run:
        return preview(
            connection, environment, desired, delete=delete, accept=accept, aliases=aliases
        )
    return apply(
        connection,
        environment,
        desired,
        delete=delete,
        accept=accept,
        note=note,
        aliases=aliases,
    )


@dataclass(frozen=True, slots=True)
class _Wish:
    """What `apply` was asked to do."""

    environment: str
    desired: Sequence[DesiredGroup]
    delete: Sequence[GroupKey]
    accept: frozenset[str]
    amendments: Sequence[Amendment]
    note: LoadNote
    aliases: Sequence[Alias] | None = None
    load_id: int | None = None


def _load_batches(
    connection: Connection,
    environment: str,
    batches: Callable[[], Iterable[Sequence[DesiredGroup]]],
    heed: Callable[[Plan], Mapping[str, Mapping[str, Any]]],
    note: LoadNote,
    *,
    one_by_one: bool,
) -> int | None:
    """Do the batches in the open, locked transaction, under one number."""
    load_id = reserve_load(connection)
    now = read_clock(connection)
    figures: dict[str, dict[str, Any]] = {}
    for number, desired in enumerate(batches(), start=1):
        wish = _Wish(environment, desired, (), frozenset(), (), note, load_id=load_id)
        with pausing_collector():
            plan, _ = _load(connection, wish, one_by_one=one_by_one)
        if plan.changes_anything and number.bit_count() == 1:  # it may have doubled
            connection.execute(_SQL["analyze_all"])
        besides = heed(plan)
        for name, figure in tell_figures(plan).items():
            # A later batch can show that a stock of an earlier one has another symbol today.
            known = figures.setdefault(name, {})
            for word, told in figure.items():
                is_count = isinstance(told, int) and not isinstance(told, bool)
                known[word] = known.get(word, 0) + told if is_count else known.get(word, told)
            known |= besides.get(name, {})
    if not figures:
        return None
    write_load(connection, environment, load_id, note, now, frozenset(), figures)
    return load_id


def _load(connection: Connection, wish: _Wish, *, one_by_one: bool) -> tuple[Plan, bool]:
    """Do a whole load in the open, locked transaction; say whether the tables grew by a tenth."""
    names = {
        "environment": wish.environment,
        "groups": name_groups(group.key for group in wish.desired),
    }
    hold_tables(connection)
    connection.execute(_SQL["register_groups"], names)
    created = {row[0] for row in connection.execute(_SQL["create_groups"], names)}
    connection.execute(_SQL["lock_groups"], names)
    load_id = _amend(connection, wish)
    plan = _plan(connection, wish, created)
    plan.load_id = load_id
    plan.amended = Counter(f"{a.key.type} {a.key.name}" for a in wish.amendments)
    if plan.changes_anything:
        _write(connection, wish, plan, one_by_one=one_by_one)
        bump_version(connection, wish.environment)
    else:
        write_identity(connection, plan.identity, {}, complete=True)
    vain = [(g.key, g.stored.group_id) for g in plan.groups if g.is_vain and g.stored.group_id]
    delete_groups(connection, wish.environment, vain)
    changed = sum(len(g.added) + len(g.removed) + len(g.reweighted) for g in plan.groups)
    total = sum(g.member_count or 0 for g in plan.groups)
    return plan, changed > ANALYZE_SHARE * total


def _amend(connection: Connection, wish: _Wish) -> int | None:
    """Amend the record where that is asked; return the number that the load has by then.

    What prints are evidence of may change with it: the identity is computed anew.
    """
    if not wish.amendments:
        return None
    load_id = reserve_load(connection)
    amend_snapshots(connection, wish.amendments, read_clock(connection), load_id)
    forget_identity(connection, wish.environment)
    return load_id


def _plan(connection: Connection, wish: _Wish, created: Collection[int]) -> Plan:
    """Plan, and again once groups are locked of which only the plan shows that they change too."""
    asked = {group.key for group in wish.desired}
    while True:
        plan = plan_groups(
            connection,
            wish.environment,
            wish.desired,
            today=_today(),
            accept=wish.accept,
            created=created,
            aliases=wish.aliases,
        )
        others = {group.key for group in plan.groups} - asked
        if not others:
            break
        names = {"environment": wish.environment, "groups": name_groups(others)}
        connection.execute(_SQL["lock_groups"], names)
        asked |= others
    plan.deleted = _deletable(connection, wish.environment, wish.delete)
    return plan


def _write(connection: Connection, wish: _Wish, plan: Plan, *, one_by_one: bool) -> None:
    """Write all that the plan says, and the audit's row of it."""
    now = read_clock(connection)
    if plan.load_id is None:
        plan.load_id = reserve_load(connection) if wish.load_id is None else wish.load_id
    moved = find_moved(connection, plan.identity)
    if one_by_one:
        recorded: dict[int, int] = {}
        for group in plan.groups:
            recorded |= _write_or_mark(connection, group, plan.refs, now, plan.load_id)
    else:
        recorded = write_groups(connection, plan.groups, plan.refs, now, plan.load_id)
    complete = all(group.error is None for group in plan.groups)
    write_identity(connection, plan.identity, recorded, complete=complete)
    write_history(connection, wish.environment, plan.groups, moved)
    plan.doomed = read_groups(connection, wish.environment, plan.deleted)
    delete_groups(
        connection,
        wish.environment,
        [(key, stored.group_id) for key, stored in plan.doomed.items() if stored.group_id],
    )
    if wish.load_id is None:
        told = tell_figures(plan)
        write_load(connection, wish.environment, plan.load_id, wish.note, now, wish.accept, told)


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


def _deletable(
    connection: Connection, environment: str, delete: Sequence[GroupKey]
) -> list[GroupKey]:
    stored = read_groups(connection, environment, delete) if delete else {}
    return [key for key in delete if stored[key].group_id is not None]


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
