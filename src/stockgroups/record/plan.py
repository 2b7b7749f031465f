"""The difference between the desired and the stored state. It reads, and never writes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stockgroups.identity.evidence import NAMELESS
from stockgroups.model import GroupType
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.effective import LEGACY, OTHER_PROGRAMS, Header
from stockgroups.record.evidence import GroupSnapshot
from stockgroups.record.identity import IdentityPlan, plan_identity
from stockgroups.record.incoming import IncomingSnapshot, choose_snapshots
from stockgroups.record.memberships import project
from stockgroups.record.refs import RefNumbers
from stockgroups.record.state import (
    Members,
    StoredGroup,
    find_drift,
    read_groups,
    read_industries,
    read_marks,
    read_members,
    read_snapshot_refs,
)
from stockgroups.record.unresolved import KEY, note_unresolved
from stockgroups.record.vouchers import drop_vouchers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.errors import StockgroupsError
    from stockgroups.model import Alias, GroupKey
    from stockgroups.record.drift import DriftedGroup
    from stockgroups.store import Store


PROJECTED = frozenset({"total_holdings", "data_source", "last_updated", "as_of", "is_proxy", KEY})
"""The keys of a group's metadata that tell of the effective snapshot."""
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(slots=True)
class GroupPlan:
    """What will be done to one group. Symbols map to weights: fractions, or None.

    Attributes:
        desired: The group as its producer wants it.
        stored: The group as it is stored.
        is_new: The group does not exist yet.
        snapshots: The incoming snapshots.
        effective: The snapshot that the memberships become the projection of: an incoming or a
            stored one. None where the producer leaves the members alone, or where the record holds
            none.
        added: Members that come.
        removed: Members that go.
        reweighted: Members that get another weight.
        relabelled: Members that stay and get another industry, None for none.
        marks: The metadata of the memberships that are added.
        dropped: Keys of the group's metadata that go.
        member_count: The number of members afterwards.
        unresolved: What the metadata tells of unresolved stocks.
        recorded: The headers of the incoming snapshots, once they are recorded.
        definition_changes: Fields of the group's own row that change, with their new values.
        error: What the database refused.
    """

    desired: DesiredGroup
    stored: StoredGroup
    is_new: bool
    snapshots: list[IncomingSnapshot] = field(default_factory=list)
    effective: IncomingSnapshot | Header | None = None
    added: Members = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    reweighted: Members = field(default_factory=dict)
    relabelled: dict[str, str | None] = field(default_factory=dict)
    marks: dict[str, dict[str, Any]] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    member_count: int | None = None
    unresolved: dict[str, Any] = field(default_factory=dict)
    recorded: list[Header] = field(default_factory=list)
    definition_changes: dict[str, Any] = field(default_factory=dict)
    error: StockgroupsError | None = None

    @property
    def key(self) -> GroupKey:
        """The group's name."""
        return self.desired.key

    @property
    def is_proxy(self) -> bool:
        """Whether its effective snapshot is a proxy."""
        if isinstance(self.effective, IncomingSnapshot):
            return self.effective.snapshot.is_proxy
        return self.effective is not None and self.effective.is_proxy

    @property
    def is_vain(self) -> bool:
        """Whether a new group must not be made: all its snapshots were refused or retracted."""
        refused = bool(self.snapshots) and self.effective is None
        return self.is_new and (self.error is not None or refused or self.is_emptied)

    @property
    def is_refused(self) -> bool:
        """Whether all its snapshots were refused, so that it stays as it is."""
        return bool(self.snapshots) and all(one.error for one in self.snapshots)

    @property
    def is_emptied(self) -> bool:
        """Whether all its recorded snapshots are retracted, so that it has no members."""
        asked = self.desired.snapshots is not None
        return asked and self.effective is None and bool(self.stored.headers)

    @property
    def is_first_definition(self) -> bool:
        """Whether the group is made, or has members and no definition yet."""
        wanted = self.desired.metadata.keys()
        return self.is_new or (bool(wanted) and wanted.isdisjoint(self.stored.metadata))

    @property
    def to_record(self) -> list[IncomingSnapshot]:
        """The snapshots that will be recorded, in this order."""
        return [incoming for incoming in self.snapshots if incoming.is_new]

    @property
    def changes_members(self) -> bool:
        """Whether any membership is added, removed or changed."""
        return bool(self.added or self.removed or self.reweighted or self.relabelled)

    @property
    def points_elsewhere(self) -> bool:
        """Whether the memberships become the projection of another snapshot than before."""
        if isinstance(self.effective, Header):
            return self.stored.snapshot_id != self.effective.id
        return self.effective is not None or (
            self.is_emptied and self.stored.snapshot_id is not None
        )

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

    Attributes:
        identity: What the securities become.
        refs: The numbers of the refs.
        groups: The plan of each group.
        deleted: The groups that are deleted.
        load_id: The number in the audit, once the plan is applied.
        amended: The number of amended snapshots of each group ("TYPE NAME").
        doomed: The deleted groups as they were stored.
        drift: The groups with drift, which was recorded before.
    """

    identity: IdentityPlan
    refs: RefNumbers
    groups: list[GroupPlan] = field(default_factory=list)
    deleted: list[GroupKey] = field(default_factory=list)
    load_id: int | None = None
    amended: Mapping[str, int] = field(default_factory=dict)
    doomed: Mapping[GroupKey, StoredGroup] = field(default_factory=dict)
    drift: Sequence[DriftedGroup] = ()

    @property
    def changes_anything(self) -> bool:
        """Whether applying this writes anything at all."""
        return (
            bool(self.deleted or self.amended)
            or self.identity.changes_anything
            or any(group.changes_anything for group in self.groups)
        )


def plan_groups(
    store: Store,
    desired: Sequence[DesiredGroup],
    *,
    today: dt.date,
    accept: frozenset[str] = frozenset(),
    created: Collection[int] = (),
    aliases: Sequence[Alias] | None = None,
    afresh: bool = False,
) -> Plan:
    """Return what has to be done so that the groups become what their producers want.

    Groups that nobody asked about are in the plan where a new snapshot gives a stock of theirs
    another symbol. A file that a guard refuses raises nothing: its snapshot is marked and left out.

    Args:
        desired: The groups as their producers want them.
        today: The date of the load.
        accept: The guards that are accepted.
        created: The ids of the groups' rows that were made in this transaction.
        aliases: The catalogue's aliases; None takes the stored ones.
        afresh: Compute the identity of all refs again.
    """
    plans = _plan_snapshots(store, desired, today, accept, created)
    new = [(plan, incoming) for plan in plans for incoming in plan.to_record]
    refs = RefNumbers(store, [incoming for _, incoming in new])
    group_snapshots = [
        GroupSnapshot(plan.stored.registry_id, plan.key, incoming, plan.stored.headers)
        for plan, incoming in new
    ]
    identity = plan_identity(store, group_snapshots, refs, aliases, afresh=afresh)
    asked = {group.key for group in desired}
    for plan in plans:
        if plan.desired.snapshots is None and plan.key in identity.touched:
            # Of a group whose words alone are asked for, the stocks may be others all the same.
            said = replace(plan.desired, snapshots=())
            chosen = choose_snapshots(store.connection, said, plan.stored, today, accept)
            plan.snapshots, plan.effective = chosen
    touched = [
        DesiredGroup(key, snapshots=(), yields=True) for key in sorted(identity.touched - asked)
    ]
    plans += _plan_snapshots(store, touched, today, accept, ())
    _plan_members(store.connection, plans, identity, refs, asked)
    note_unresolved(store.connection, plans, identity, refs)
    for plan in plans:
        # A group that nobody asked about keeps its row, except for the number of its members.
        if (
            plan.key in asked
            or plan.changes_members
            or plan.unresolved != plan.stored.metadata.get(KEY, {})
        ):
            _plan_definition(plan)
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
    stored = read_groups(store, [group.key for group in desired])
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
    asked: Collection[GroupKey],
) -> None:
    """Compare the memberships with the effective snapshots, in the server where it has both.

    A drifted group that nobody asked about, or whose snapshots were all refused, keeps its
    memberships: the drift is not recorded yet, and must not be lost.
    """
    settled = [
        plan.stored.group_id
        for plan in plans
        if (isinstance(plan.effective, Header) or plan.is_emptied)
        and plan.stored.group_id is not None
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
        or (plan.key in asked and not plan.is_refused and plan.desired.snapshots is not None)
    ]
    stored = read_members(
        connection,
        [
            p.stored.group_id
            for p in differing
            if p.stored.group_id is not None and not p.is_new  # a new one has none
        ],
    )
    said = read_snapshot_refs(
        connection,
        [
            (p.stored.registry_id, p.effective.id)
            for p in differing
            if isinstance(p.effective, Header) and p.stored.registry_id is not None
        ],
    )
    for plan in plans:
        if isinstance(plan.effective, Header):
            plan.member_count = counts.get(plan.stored.group_id or 0, plan.effective.member_count)
    for plan in differing:
        if plan.effective is None:
            _diff_members(plan, {}, stored.get(plan.stored.group_id or 0, {}))
            continue
        if isinstance(plan.effective, IncomingSnapshot):
            snapshot = plan.effective.snapshot
            weights = snapshot.weights or (None,) * len(snapshot.refs)
            symbols = [ref.symbol or NAMELESS for ref in snapshot.refs]
            reported = [*zip(refs.of(plan.effective), symbols, weights, strict=True)]
        else:
            reported = said[plan.effective.id]
        wanted = project(reported, plan.effective.as_of, identity)
        _diff_members(plan, wanted, stored.get(plan.stored.group_id or 0, {}))
    _plan_marks(connection, plans, identity)
    _plan_industries(connection, plans)


def _plan_marks(connection: Connection, plans: list[GroupPlan], identity: IdentityPlan) -> None:
    """Note what the record has of added members besides their weights.

    For issuers' files there is nothing to note: memberships never had what these report.
    """
    for plan in plans:
        if isinstance(plan.effective, IncomingSnapshot) and plan.effective.snapshot.member_metadata:
            told = plan.effective.snapshot.member_metadata
            plan.marks = {s: dict(told[s]) for s in plan.added if s in told}
    recorded = {
        plan.effective.id: plan
        for plan in plans
        if isinstance(plan.effective, Header)
        and plan.added
        and (plan.key.type is GroupType.SECTOR or plan.effective.is_by_others)
    }
    pairs = [(p.stored.registry_id, n) for n, p in recorded.items()]
    found = read_marks(connection, [(a, b) for a, b in pairs if a is not None])
    for number, marks in found.items():
        plan = recorded[number]
        assert isinstance(plan.effective, Header)  # noqa: S101 - gathered above
        for ref, reported, told in marks:
            symbol = identity.symbol_of(ref, reported, plan.effective.as_of)
            if symbol in plan.added:
                plan.marks.setdefault(symbol, told)


def _plan_industries(connection: Connection, plans: list[GroupPlan]) -> None:
    """Compare the industries of memberships with those that the producers give."""
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
    """Note what changes in the group's own row, with the keys that describe the snapshot.

    The writer fills `last_updated` in: it is known when the snapshot is recorded.
    """
    desired, stored = plan.desired, plan.stored
    if not desired.describes:
        return
    is_by_others = isinstance(plan.effective, Header) and plan.effective.is_by_others
    if plan.is_refused or (is_by_others and desired.yields):
        plan.desired = replace(desired, describes=False)
        return
    if is_by_others and desired.completes:
        desired = plan.desired = _complete(desired, stored)
    if desired.yields and isinstance(plan.effective, Header) and plan.effective.source == LEGACY:
        # An old entry's words stay as long as it counts; what is projected from it goes on.
        desired = plan.desired = replace(
            desired, description=None, metadata={}, liquidity_filter=None
        )
    metadata = dict(desired.metadata)
    if plan.is_emptied:
        metadata |= describe_snapshot(None, 0)
    elif isinstance(plan.effective, Header) and not is_by_others:
        metadata |= describe_snapshot(
            plan.effective, plan.member_count, {**stored.metadata, **metadata}
        )
    if plan.unresolved:
        metadata[KEY] = plan.unresolved
    elif KEY in stored.metadata and not is_by_others:
        plan.dropped += (KEY,)
    changes: dict[str, Any] = {}
    if plan.changes_members and not _keeps_words(plan):
        nested, dropped = drop_vouchers(
            stored.metadata, keep=metadata.keys() | PROJECTED | {"legacy"}
        )
        plan.dropped += dropped
        metadata |= nested
    plan.dropped += tuple(key for key in desired.metadata_gone if key in stored.metadata)
    changed = {k: v for k, v in metadata.items() if stored.metadata.get(k, ...) != v}
    if changed or plan.dropped or isinstance(plan.effective, IncomingSnapshot):
        changes["metadata"] = metadata
    if desired.description is not None and desired.description != stored.description:
        changes["description"] = desired.description
    changes |= {word: None for word in desired.cleared if getattr(stored, word) is not None}
    liquidity = desired.liquidity_filter
    if liquidity is not None and dict(liquidity) != stored.liquidity_filter:
        changes["liquidity_filter"] = dict(liquidity)
    plan.definition_changes = changes


def _complete(desired: DesiredGroup, stored: StoredGroup) -> DesiredGroup:
    """Return the group with only those fields that the stored row leaves empty."""
    return replace(
        desired,
        description=None if stored.description else desired.description,
        metadata={k: v for k, v in desired.metadata.items() if k not in stored.metadata},
        liquidity_filter=None if stored.liquidity_filter else desired.liquidity_filter,
    )


def _keeps_words(plan: GroupPlan) -> bool:
    """Whether the members are another program's, which the metadata may describe."""
    if isinstance(plan.effective, IncomingSnapshot):
        return plan.effective.snapshot.source in OTHER_PROGRAMS
    return isinstance(plan.effective, Header) and plan.effective.is_by_others


def describe_snapshot(
    header: Header | None, member_count: int | None, metadata: Mapping[str, Any] = _NOTHING
) -> dict[str, Any]:
    """Return the keys of a group's metadata that describe the effective snapshot, if any.

    Args:
        header: The effective snapshot, None for none.
        member_count: The number of memberships. It is less than the snapshot's where that has one
            stock twice.
        metadata: The group's metadata. A snapshot of an old entry has its source from there.
    """
    if header is None:
        nothing = ("data_source", "last_updated", "as_of", "is_proxy")
        return {"total_holdings": member_count} | dict.fromkeys(nothing)
    return {
        "total_holdings": header.member_count if member_count is None else member_count,
        "data_source": _tell_source(header, metadata),
        "last_updated": header.recorded_at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "as_of": header.as_of.isoformat(),
        "is_proxy": header.is_proxy,
    }


def _tell_source(header: Header, metadata: Mapping[str, Any]) -> str:
    kept = metadata.get("legacy")
    word = kept.get("data_source") if header.source == LEGACY and isinstance(kept, dict) else None
    return word if isinstance(word, str) and word.strip() else header.source
