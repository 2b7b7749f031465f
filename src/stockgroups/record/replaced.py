"""What a plan replaces in groups that another program has written to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.json_values import Fields, pick
from stockgroups.model import GroupType
from stockgroups.record.definitions import PROJECTED
from stockgroups.record.effective import THEIRS, Header

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stockgroups.model import GroupKey
    from stockgroups.record.plan import GroupPlan, Plan
    from stockgroups.record.state import StoredGroup

_OWN = PROJECTED | {"legacy"}


@dataclass(frozen=True, slots=True)
class Replaced(Fields):
    """What another program had written in a group, and a plan replaces.

    Attributes:
        key: The group's name.
        members: The snapshot that has the program's members; None if they are not replaced.
        words: The former values of fields of the group's row and of keys of its metadata.
    """

    KEYS = "type=key.type name=key.name members_of=members?.as_of words"

    key: GroupKey
    members: Header | None = None
    words: dict[str, Any] = field(default_factory=dict)


def find_replaced(groups: Iterable[GroupPlan]) -> list[Replaced]:
    """Return what the plans replace, or have replaced, of another program's writing."""
    found = []
    for group in groups:
        if group.is_new or not group.changes_anything:
            continue
        one = Replaced(group.key, _find_members(group), _find_words(group))
        if one.members or one.words:
            found.append(one)
    return found


def describe_others(plan: Plan | None) -> dict[str, Any]:
    """Return where other programs had written, and what of it is replaced, as JSON values."""
    return {
        "outside": [
            pick(
                one,
                "type=key.type name=key.name members as_of=day replaced=is_replaced load=load_id",
            )
            for one in (plan.drift if plan else ())
        ],
        "replaced": [one.to_dict() for one in find_replaced(plan.groups if plan else ())],
    }


def _find_members(group: GroupPlan) -> Header | None:
    before = group.stored.effective
    after = group.effective
    if before is None or after is None or not (group.points_elsewhere and group.changes_members):
        return None
    source = after.source if isinstance(after, Header) else after.snapshot.source
    gives_way = before.source in THEIRS and source not in THEIRS - {"legacy"}
    return before if gives_way and source != before.source else None


def _find_words(group: GroupPlan) -> dict[str, Any]:
    if not _is_worded_by_others(group.stored):
        return {}
    changes, stored = group.definition_changes, group.stored
    words = {
        word: getattr(stored, word)
        for word in ("description", "liquidity_filter")
        if word in changes and getattr(stored, word) not in (None, "", {}, group.key.name)
    }
    return words | {
        key: stored.metadata[key]
        for key, value in changes.get("metadata", {}).items()
        if key not in _OWN and stored.metadata.get(key) and stored.metadata[key] != value
    }


def _is_worded_by_others(stored: StoredGroup) -> bool:
    """Return whether another program, or an old entry, wrote the group's own row."""
    if not stored.is_remembered:
        return True
    if stored.key.type is GroupType.SECTOR:
        # Members of a sector are always computed. A sector from the catalogue has a title.
        return "name" not in stored.metadata or "legacy" in stored.metadata
    before = stored.effective
    return "legacy" in stored.metadata if before is None else before.source in THEIRS
