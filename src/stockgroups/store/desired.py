"""What a producer (loader, organiser, migration) wants to hold: one value a group."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.model import GroupKey, Snapshot


@dataclass(frozen=True, slots=True)
class Amendment:
    """A later word of this program on a date of the record; the snapshot itself never changes.

    `restates`: what the snapshot said counts again for its date; else its date is taken back.
    `registry_id` is the group's permanent number, `key` its name.
    """

    key: GroupKey
    registry_id: int
    snapshot_id: int
    restates: bool


@dataclass(frozen=True, slots=True)
class DesiredGroup:
    """One group as its producer wants it.

    `snapshots` None says nothing about members and leaves them alone; an empty tuple adds no
    statement but wants the memberships to be what the record says; a snapshot without refs says
    that there are none. `metadata` holds the keys that the producer owns: others stay. `guarded`:
    changes that look like a mistake are refused (for files, not for a person's own catalogue).
    `member_industries` maps members to the industry that their membership's metadata tell; None
    leaves those metadata alone.
    `describes` False leaves the group's own row as it is: only what its members are is recorded.
    """

    key: GroupKey
    description: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    liquidity_filter: Mapping[str, Any] | None = None
    snapshots: tuple[Snapshot, ...] | None = None
    guarded: bool = False
    member_industries: Mapping[str, str] | None = None
    describes: bool = True
