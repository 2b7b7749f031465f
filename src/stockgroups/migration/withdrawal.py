"""The rollback of some groups of a migration: their present state, and their state without it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from stockgroups.db.sql import load_statements
from stockgroups.json_values import Fields
from stockgroups.record.definitions import PROJECTED, describe_snapshot
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.effective import ADOPTED, Header, effective_snapshot
from stockgroups.record.memberships import project
from stockgroups.record.plan import GroupPlan
from stockgroups.record.ref_securities import RefSecurities
from stockgroups.record.refs import RefNumbers
from stockgroups.record.state import (
    Members,
    StoredGroup,
    name_groups,
    read_clock,
    read_groups,
    read_members,
    read_snapshot_refs,
)
from stockgroups.record.write import delete_groups, write_groups
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.model import GroupKey

_SQL = load_statements("rollback")
_STORE = load_statements("store")


@dataclass(slots=True)
class RollbackReport(Fields):
    """The outcome of a rollback, or of its dry run.

    Attributes:
        undone: The number of the migration in the audit.
        load_id: The rollback's own number; None with `dry_run`.
        snapshots: The number of deleted snapshots.
        memberships: The number of deleted memberships.
        deleted: The deleted groups.
        restored: The groups with their former state restored.
        kept: Groups that the migration created and that now also hold data of other sources.
        standing: The migrations that are not rolled back, the last first.
        archived: The number of entries in the archive, which a second migration does not read.
    """

    KEYS = (
        "undone dry_run load=load_id snapshots memberships deleted restored kept standing archived"
    )

    undone: int
    dry_run: bool
    load_id: int | None = None
    snapshots: int = 0
    memberships: int = 0
    deleted: list[GroupKey] = field(default_factory=list)
    restored: list[GroupKey] = field(default_factory=list)
    kept: list[GroupKey] = field(default_factory=list)
    standing: list[int] = field(default_factory=list)
    archived: int = 0


class Withdrawal:
    """Some groups of the migration: their present state, and their state without it."""

    def __init__(
        self, store: Store, report: RollbackReport, definitions: dict[GroupKey, Mapping[str, Any]]
    ) -> None:
        self._store = store
        self._report = report
        self._definitions = definitions
        self._stored = read_groups(store, definitions)
        numbers = [g.registry_id for g in self._stored.values() if g.registry_id]
        self._withdrawn = {"load_id": report.undone, "registry_ids": numbers}
        rows = store.connection.execute(_SQL["list_snapshots"], self._withdrawn)
        self._doomed = {number for _, number in rows}
        self._plans = self._plan()

    def _plan(self) -> dict[GroupKey, GroupPlan]:
        """Return, for each existing group, the plan of its memberships."""
        there = {key: g for key, g in self._stored.items() if g.group_id is not None}
        held = read_members(self._store.connection, (g.group_id for g in there.values()))
        following: dict[GroupKey, Header | None] = {
            key: effective_snapshot(h for h in group.headers if h.id not in self._doomed)
            for key, group in there.items()
        }
        pairs = [(g.registry_id, g.snapshot_id) for g in there.values()]
        pairs += [(there[key].registry_id, h.id) for key, h in following.items() if h is not None]
        refs = read_snapshot_refs(self._store.connection, pairs)
        dates = {h.id: h.as_of for group in there.values() for h in group.headers}
        ref_securities = RefSecurities(self._store)
        ref_securities.read((ref, symbol) for held in refs.values() for ref, symbol, _ in held)
        reported = {
            number: project(held, dates[number], ref_securities) for number, held in refs.items()
        }
        plans = {}
        for key, group in there.items():
            plan = GroupPlan(
                DesiredGroup(key, describes=False), group, is_new=False, effective=following[key]
            )
            now = held.get(group.group_id or 0, {})
            if group.snapshot_id in self._doomed:
                header = following[key]
                before = reported[group.snapshot_id] if group.snapshot_id is not None else {}
                base = reported[header.id] if header is not None else {}
                _move(plan, now, before, base)
            plan.member_count = len(now) + len(plan.added) - len(plan.removed)
            plans[key] = plan
        return plans

    def carry_out(self) -> None:
        """Undo the migration of these groups, in the open, locked transaction, and report it."""
        if self._report.load_id is not None:
            self._write(self._report.load_id)
        self._count()

    def _write(self, load_id: int) -> None:
        connection = self._store.connection
        connection.execute(_SQL["delete_snapshots"], self._withdrawn)
        plans = list(self._plans.values())
        refs = RefNumbers(self._store, [])
        write_groups(connection, plans, refs, read_clock(connection), load_id)
        silent = [
            plan.key
            for plan in plans
            if plan.effective is None and plan.stored.snapshot_id in self._doomed
        ]
        execute(self._store, _STORE["forget_pointers"], groups=name_groups(silent))
        rows = [self._restore(plan) for plan in plans if not self._goes(plan)]
        connection.execute(_SQL["restore_definitions"], {"groups": Jsonb(rows)})
        connection.execute(
            _STORE["remember_definitions"], {"group_ids": [row["id"] for row in rows]}
        )
        doomed = [(p.key, p.stored.group_id) for p in plans if self._goes(p) and p.stored.group_id]
        delete_groups(self._store, doomed)

    def _count(self) -> None:
        report = self._report
        report.snapshots += len(self._doomed)
        for key, plan in self._plans.items():
            report.memberships += len(plan.removed)
            if self._goes(plan):
                report.deleted.append(key)
            elif self._definitions[key]["is_new"]:
                report.kept.append(key)
            else:
                report.restored.append(key)

    def _goes(self, plan: GroupPlan) -> bool:
        """Return whether to delete the group: the migration made it, and it holds nothing else."""
        is_new = bool(self._definitions[plan.key]["is_new"])
        return is_new and plan.effective is None and not plan.member_count

    def _restore(self, plan: GroupPlan) -> dict[str, Any]:
        """Return the group's own row without those values of the migration that still exist."""
        stored, definition = plan.stored, self._definitions[plan.key]
        before, after = definition["before"], definition["after"]
        metadata = dict(stored.metadata)
        for key, value in after["metadata"].items():
            if metadata.get(key) == value:
                _put_back(metadata, before["metadata"], key)
        if stored.snapshot_id in self._doomed:
            for key in PROJECTED:
                _put_back(metadata, before["metadata"], key)
            if isinstance(plan.effective, Header) and plan.effective.source != ADOPTED:
                metadata |= describe_snapshot(plan.effective, plan.member_count)
        return {
            "id": stored.group_id,
            "description": _former(stored, "description", before, after),
            "metadata": metadata,
            "liquidity_filter": _former(stored, "liquidity_filter", before, after),
        }


def _move(plan: GroupPlan, now: Members, before: Members, base: Members) -> None:
    """Plan the changes from `now` to `base`, and keep what others changed since `before`."""
    theirs = {symbol: weight for symbol, weight in now.items() if symbol not in before}
    removed = before.keys() - now.keys()
    wanted = {symbol: weight for symbol, weight in base.items() if symbol not in removed} | theirs
    plan.added = {s: w for s, w in wanted.items() if s not in now}
    plan.removed = sorted(s for s in now if s not in wanted)
    plan.reweighted = {s: w for s, w in wanted.items() if s in now and now[s] != w}


def _put_back(metadata: dict[str, Any], before: Mapping[str, Any], key: str) -> None:
    if key in before:
        metadata[key] = before[key]
    else:
        metadata.pop(key, None)


def _former(
    stored: StoredGroup, name: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Any:
    value = getattr(stored, name)
    change = after[name]
    return before[name] if change is not None and value == change else value
