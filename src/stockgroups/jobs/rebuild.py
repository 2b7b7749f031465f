"""Making the projections anew from the record: securities, memberships, and their history."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.db.transactions import bump_version, writing
from stockgroups.history.projection import Difference, project_history
from stockgroups.model import GroupKey, GroupType
from stockgroups.sql import load_statements
from stockgroups.store.apply import apply
from stockgroups.store.desired import DesiredGroup
from stockgroups.store.loads import LoadNote, reserve_load, write_load
from stockgroups.store.securities import forget_identity

if TYPE_CHECKING:
    from stockgroups.db.connection import Connection
    from stockgroups.store.plan import Plan

_SQL = load_statements("history")
_STORE = load_statements("store")


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What was not as the record says, and is now: the plan of the groups, and intervals."""

    groups: int
    snapshots: int
    members: int
    plan: Plan
    intervals: list[Difference]


def rebuild(connection: Connection, environment: str) -> RebuildReport:
    """Make what prints mean, memberships and history anew, and tell what was otherwise.

    Groups of which nothing was ever recorded, and deleted ones, keep what they have. All is one
    transaction; the audit tells of it when anything was otherwise.
    """
    with writing(connection, environment):
        rows = connection.execute(_SQL["list_rebuildable"], {"environment": environment}).fetchall()
        desired = [
            DesiredGroup(GroupKey(environment, GroupType(kind), name), snapshots=())
            for _, kind, name, exists, _, _ in rows
            if exists
        ]
        forget_identity(connection, environment)
        plan = apply(connection, environment, desired, note=LoadNote("rebuild"))
        intervals = project_history(connection, environment)
        if intervals:
            _note(connection, environment, intervals, {row[0]: row[1:3] for row in rows})
    return RebuildReport(
        len(rows), sum(row[4] for row in rows), sum(row[5] for row in rows), plan, intervals
    )


def _note(
    connection: Connection,
    environment: str,
    intervals: list[Difference],
    names: dict[int, tuple[str, str]],
) -> None:
    """Tell the audit of intervals that were put right."""
    row = connection.execute(_STORE["read_clock"]).fetchone()
    assert row is not None  # noqa: S101 - a SELECT of one row
    counts = Counter(" ".join(names.get(d.registry_id, ("?", "?"))) for d in intervals)
    write_load(
        connection,
        environment,
        reserve_load(connection),
        LoadNote("rebuild", {"part": "history"}),
        row[0],
        frozenset(),
        {name: {"intervals": count} for name, count in counts.items()},
    )
    bump_version(connection, environment)
