"""Desired groups: what a producer (loader, organiser, migration) wants a group to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.model import GroupKey, Snapshot


@dataclass(frozen=True, slots=True)
class Amendment:
    """A correction of the record for one date. The snapshot itself never changes.

    Attributes:
        key: The group's name.
        registry_id: The group's permanent number.
        snapshot_id: The snapshot that is recorded again, or whose date is retracted.
        restates: The snapshot becomes current again; False retracts its date.
        into: The permanent number of another group that gets the snapshot, None for the same group.
    """

    key: GroupKey
    registry_id: int
    snapshot_id: int
    restates: bool
    into: int | None = None


@dataclass(frozen=True, slots=True)
class DesiredGroup:
    """One group as its producer wants it.

    Attributes:
        key: The group's name.
        description: The group's description; None to leave it.
        metadata: The keys that the producer owns. Other keys stay.
        liquidity_filter: The group's filter; None to leave it.
        snapshots: None leaves the members alone. An empty tuple adds no snapshot, and sets the
            memberships to what the record holds. A snapshot without refs means that there are no
            members.
        guarded: Refuse changes that look like a mistake. For files, not for a person's catalogue.
        member_industries: Members with the industry in their membership's metadata; None leaves it.
        describes: False leaves the group's own row as it is, and records only the members.
        yields: Leave the group's row to another program if the effective members are that
            program's.
        again: Hashes of recorded files that become current again for their date.
        completes: In a group of another program, fill only the empty fields of its row.
        restores: The description and metadata are those that the group had before.
        metadata_gone: Keys that the former metadata did not have.
        cleared: Fields (description, liquidity_filter) that were empty.
    """

    key: GroupKey
    description: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    liquidity_filter: Mapping[str, Any] | None = None
    snapshots: tuple[Snapshot, ...] | None = None
    guarded: bool = False
    member_industries: Mapping[str, str] | None = None
    describes: bool = True
    yields: bool = False
    again: frozenset[str] = frozenset()
    completes: bool = False
    restores: bool = False
    metadata_gone: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()
