"""What will be done to the groups: the difference between the desired and the stored state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.record.effective import Header
from stockgroups.record.incoming import IncomingSnapshot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.errors import StockgroupsError
    from stockgroups.model import GroupKey
    from stockgroups.record.desired import DesiredGroup
    from stockgroups.record.drift import DriftedGroup
    from stockgroups.record.identity_plan import IdentityPlan
    from stockgroups.record.refs import RefNumbers
    from stockgroups.record.state import Members, StoredGroup


@dataclass(slots=True)
class GroupPlan:
    """What will be done to one group. Symbols map to weights: fractions, or None.

    Attributes:
        desired: The group as its producer wants it.
        stored: The group as it is stored.
        is_new: The group does not exist yet.
        snapshots: The incoming snapshots.
        effective: The incoming or stored snapshot that the memberships will be the projection of.
            None if the producer leaves the members alone, or the record holds no snapshot.
        added: Members that are added.
        removed: Members that are removed.
        reweighted: Members that get another weight.
        relabelled: Members that stay and get another industry; None for none.
        marks: The metadata of the memberships that are added.
        dropped: Keys of the group's metadata that are removed.
        member_count: The number of members afterwards.
        unresolved: What the metadata states about unresolved stocks.
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
        has_snapshots = self.desired.snapshots is not None
        return has_snapshots and self.effective is None and bool(self.stored.headers)

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
    def added_symbols(self) -> list[str]:
        """The symbols of the members that are added, sorted."""
        return sorted(self.added)

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
    """Everything that one run will do, or has done.

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
