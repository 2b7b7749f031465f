"""The difference between what sources say and what is stored. Reads; never writes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.history.timeline import Header
from stockgroups.store.desired import DesiredGroup
from stockgroups.store.identity import IdentityPlan, plan_identity
from stockgroups.store.prints import Saying
from stockgroups.store.projection import project
from stockgroups.store.refs import RefNumbers
from stockgroups.store.state import (
    Members,
    StoredGroup,
    find_drift,
    read_groups,
    read_industries,
    read_members,
    read_snapshot_prints,
)
from stockgroups.store.statements import Statement, choose_statements

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.errors import StockgroupsError
    from stockgroups.model import Alias, GroupKey


@dataclass(slots=True)
class GroupPlan:
    """What will be done to one group. Symbols map to weights, fractions or None.

    `relabelled` maps members that stay to the industry that they are in now, None for none.
    `says` is the snapshot that the memberships become the projection of: one that is to be
    recorded, one that is stored, or None where the producer says nothing about members. `recorded`
    are the headers of the statements, once they are.
    """

    desired: DesiredGroup
    stored: StoredGroup
    is_new: bool
    statements: list[Statement] = field(default_factory=list)
    says: Statement | Header | None = None
    added: Members = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    reweighted: Members = field(default_factory=dict)
    relabelled: dict[str, str | None] = field(default_factory=dict)
    member_count: int | None = None
    recorded: list[Header] = field(default_factory=list)
    definition_changes: dict[str, Any] = field(default_factory=dict)
    error: StockgroupsError | None = None

    @property
    def key(self) -> GroupKey:
        """The group's name."""
        return self.desired.key

    @property
    def is_vain(self) -> bool:
        """Whether a new group must not come to be: all that was said was refused or taken back."""
        refused = bool(self.statements) and self.says is None
        return self.is_new and (self.error is not None or refused or self.is_emptied)

    @property
    def is_emptied(self) -> bool:
        """Whether all that was ever recorded of it is taken back, so that it has no members."""
        asked = self.desired.snapshots is not None
        return asked and self.says is None and bool(self.stored.headers)

    @property
    def is_first_definition(self) -> bool:
        """Whether the group comes to be, or had members before anything said what it is."""
        wanted = self.desired.metadata.keys()
        return self.is_new or (bool(wanted) and wanted.isdisjoint(self.stored.metadata))

    @property
    def to_record(self) -> list[Statement]:
        """The statements that go into the record, in the order in which they do."""
        return [statement for statement in self.statements if statement.is_new]

    @property
    def changes_members(self) -> bool:
        """Whether any membership is added, removed or changed."""
        return bool(self.added or self.removed or self.reweighted or self.relabelled)

    @property
    def points_elsewhere(self) -> bool:
        """Whether the memberships become the projection of another snapshot than before."""
        if isinstance(self.says, Header):
            return self.stored.snapshot_id != self.says.id
        return self.says is not None or (self.is_emptied and self.stored.snapshot_id is not None)

    @property
    def changes_anything(self) -> bool:
        """Whether applying this writes anything at all."""
        return (
            self.error is None
            and not self.is_vain
            and bool(
                self.is_new
                or self.to_record
                or self.changes_members
                or self.definition_changes
                or self.points_elsewhere
            )
        )


@dataclass(slots=True)
class Plan:
    """All that one run will do, or has done.

    `doomed` is what the deleted groups were, `load_id` its number in the audit, once it has one;
    `amended` tells of how many snapshots of a group ("TYPE NAME") it said another word.
    """

    identity: IdentityPlan
    refs: RefNumbers
    groups: list[GroupPlan] = field(default_factory=list)
    deleted: list[GroupKey] = field(default_factory=list)
    load_id: int | None = None
    amended: Mapping[str, int] = field(default_factory=dict)
    doomed: Mapping[GroupKey, StoredGroup] = field(default_factory=dict)

    @property
    def changes_anything(self) -> bool:
        """Whether applying this writes anything at all."""
        return (
            bool(self.deleted or self.amended)
            or self.identity.changes_anything
            or any(group.changes_anything for group in self.groups)
        )


def plan_groups(
    connection: Connection,
    environment: str,
    desired: Sequence[DesiredGroup],
    *,
    today: dt.date,
    accept: frozenset[str] = frozenset(),
    created: Collection[int] = (),
    aliases: Sequence[Alias] | None = None,
) -> Plan:
    """Return what has to be done so that the groups become what their producers want.

    `created` holds the ids of rows that were made in this transaction, for these very groups;
    `aliases` are the catalogue's, None for those that are stored. Groups that nobody asked about
    are in the plan where a new statement tells that a stock of theirs has another symbol today.

    Raises nothing for a guard that refuses a file: that statement is marked and left out, the
    group keeps what it has.
    """
    plans = _plan_statements(connection, environment, desired, today, accept, created)
    new = [(plan, statement) for plan in plans for statement in plan.to_record]
    refs = RefNumbers(connection, environment, [statement for _, statement in new])
    sayings = [Saying(plan.stored.registry_id, plan.key, statement) for plan, statement in new]
    identity = plan_identity(connection, environment, sayings, refs, aliases)
    asked = {group.key for group in desired}
    touched = [DesiredGroup(key, snapshots=()) for key in sorted(identity.touched - asked)]
    plans += _plan_statements(connection, environment, touched, today, accept, ())
    _plan_members(connection, plans, identity, refs)
    for plan in plans:
        _plan_definition(plan)
    return Plan(identity, refs, plans)


def _plan_statements(
    connection: Connection,
    environment: str,
    desired: Sequence[DesiredGroup],
    today: dt.date,
    accept: frozenset[str],
    created: Collection[int],
) -> list[GroupPlan]:
    """Return a plan for each group that holds what is said of it, and not yet what that changes."""
    if not desired:
        return []
    stored = read_groups(connection, environment, [group.key for group in desired])
    plans = [
        GroupPlan(group, found, found.group_id is None or found.group_id in created)
        for group in desired
        for found in (stored[group.key],)
    ]
    for plan in plans:
        plan.statements, plan.says = choose_statements(
            connection, plan.desired, plan.stored, today, accept
        )
    return plans


def _plan_members(
    connection: Connection, plans: list[GroupPlan], identity: IdentityPlan, refs: RefNumbers
) -> None:
    """Compare the memberships with what counts: in the server where both sides lie there."""
    settled = [
        plan.stored.group_id
        for plan in plans
        if (isinstance(plan.says, Header) or plan.is_emptied) and plan.stored.group_id is not None
    ]
    drifted, counts = find_drift(connection, settled)
    differing = [
        plan
        for plan in plans
        if isinstance(plan.says, Statement)
        or plan.stored.group_id in drifted
        or plan.points_elsewhere
        or (plan.says is not None and plan.key in identity.touched)
    ]
    stored = read_members(
        connection,
        [
            p.stored.group_id
            for p in differing
            if p.stored.group_id is not None and not p.is_new  # a new one has none
        ],
    )
    said = read_snapshot_prints(
        connection,
        [
            (p.stored.registry_id, p.says.id)
            for p in differing
            if isinstance(p.says, Header) and p.stored.registry_id is not None
        ],
    )
    for plan in plans:
        if isinstance(plan.says, Header):
            plan.member_count = counts.get(plan.stored.group_id or 0, plan.says.member_count)
    for plan in differing:
        if plan.says is None:
            _diff_members(plan, {}, stored.get(plan.stored.group_id or 0, {}))
            continue
        if isinstance(plan.says, Statement):
            snapshot = plan.says.snapshot
            weights = snapshot.weights or (None,) * len(snapshot.refs)
            prints = [*zip(refs.of(plan.says), snapshot.symbols, weights, strict=True)]
        else:
            prints = said[plan.says.id]
        wanted = project(prints, plan.says.as_of, identity)
        _diff_members(plan, wanted, stored.get(plan.stored.group_id or 0, {}))
    _plan_industries(connection, plans)


def _plan_industries(connection: Connection, plans: list[GroupPlan]) -> None:
    """Compare what memberships tell of industries with what the producers say of them."""
    told = read_industries(
        connection,
        [
            plan.stored.group_id
            for plan in plans
            if plan.desired.member_industries is not None and plan.stored.group_id is not None
        ],
    )
    for plan in plans:
        wanted = plan.desired.member_industries
        if wanted is not None:
            gone = set(plan.removed)
            plan.relabelled = {
                symbol: wanted.get(symbol)
                for symbol, industry in told.get(plan.stored.group_id or 0, {}).items()
                if symbol not in gone and industry != wanted.get(symbol)
            }


def _diff_members(plan: GroupPlan, wanted: Members, stored: Members) -> None:
    plan.member_count = len(wanted)
    plan.added = {s: w for s, w in wanted.items() if s not in stored}
    plan.removed = sorted(s for s in stored if s not in wanted)
    plan.reweighted = {s: w for s, w in wanted.items() if s in stored and stored[s] != w}


def _plan_definition(plan: GroupPlan) -> None:
    """Note what changes in the group's own row; keys of the snapshot are filled in here.

    `last_updated` of a statement that is yet to be recorded is known only when it is: the writer
    fills it in.
    """
    desired, stored = plan.desired, plan.stored
    if not desired.describes:
        return
    metadata = dict(desired.metadata)
    if plan.is_emptied:
        metadata |= describe_snapshot(None, 0)
    elif isinstance(plan.says, Header):
        metadata |= describe_snapshot(plan.says, plan.member_count)
    changed = {k: v for k, v in metadata.items() if stored.metadata.get(k, ...) != v}
    changes: dict[str, Any] = {}
    if changed or isinstance(plan.says, Statement):
        changes["metadata"] = metadata
    if desired.description is not None and desired.description != stored.description:
        changes["description"] = desired.description
    liquidity = desired.liquidity_filter
    if liquidity is not None and dict(liquidity) != stored.liquidity_filter:
        changes["liquidity_filter"] = dict(liquidity)
    plan.definition_changes = changes


def describe_snapshot(header: Header | None, member_count: int | None) -> dict[str, Any]:
    """Return the keys of a group's metadata that describe the snapshot which counts, if any.

    `member_count` is that of the memberships: fewer than the snapshot's where it holds one stock
    twice.
    """
    if header is None:
        nothing = ("data_source", "last_updated", "as_of", "is_proxy")
        return {"total_holdings": member_count} | dict.fromkeys(nothing)
    return {
        "total_holdings": header.member_count if member_count is None else member_count,
        "data_source": header.source,
        "last_updated": header.recorded_at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "as_of": header.as_of.isoformat(),
        "is_proxy": header.is_proxy,
    }
