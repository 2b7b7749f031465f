"""Compute the projections again from the record: securities, memberships, and history."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import writing
from stockgroups.jobs.plan_report import PlanReport
from stockgroups.json_values import pick
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.interval_differences import Difference, StaleRuns, project_history
from stockgroups.record.loads import LoadNote, write_load
from stockgroups.record.securities import forget_identity
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from stockgroups.record.plan import GroupPlan, Plan

_SQL = load_statements("history")
_STORE = load_statements("store")


@dataclass(frozen=True, slots=True)
class RebuildReport(PlanReport):
    """What differed from the record and was corrected: the plan of the groups, and intervals."""

    groups: int
    snapshots: int
    members: int
    plan: Plan
    intervals: list[Difference | StaleRuns]

    @property
    def corrected(self) -> list[GroupPlan]:
        """The groups that differed."""
        return [group for group in self.plan.groups if group.changes_anything]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            **pick(self, "groups snapshots members"),
            "corrected_groups": [group.key.name for group in self.corrected],
            "corrected_intervals": len(self.intervals),
            **pick(self, "load=load_id identity"),
        }


def rebuild(store: Store) -> RebuildReport:
    """Compute securities, memberships and history again, and return what differed.

    Groups without a record, and deleted groups, do not change. Everything is one transaction. The
    audit gets an entry if anything differed.
    """
    with writing(store.connection, store.environment):
        rows = execute(store, _SQL["list_rebuildable"]).fetchall()
        desired = [
            DesiredGroup(store.key(kind, name), snapshots=(), restores=True)
            for _, kind, name, exists, _, _ in rows
            if exists
        ]
        # Before the identity, which is computed from the runs, and after it, which moves intervals.
        intervals = project_history(store)
        forget_identity(store)
        plan = apply(store, desired, note=LoadNote("rebuild"))
        intervals += project_history(store)
        if intervals:
            _note(store, intervals, {row[0]: row[1:3] for row in rows})
    return RebuildReport(
        len(rows), sum(row[4] for row in rows), sum(row[5] for row in rows), plan, intervals
    )


def _note(
    store: Store, intervals: list[Difference | StaleRuns], names: dict[int, tuple[str, str]]
) -> None:
    """Write the audit entry for the corrected intervals."""
    counts = Counter(" ".join(names.get(d.registry_id, ("?", "?"))) for d in intervals)
    write_load(
        store,
        LoadNote("rebuild", {"part": "history"}),
        {name: {"intervals": count} for name, count in counts.items()},
    )
