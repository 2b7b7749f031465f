"""A group's own row: its description, and the metadata keys that describe the snapshot."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stockgroups.record.effective import LEGACY, OTHER_PROGRAMS, Header
from stockgroups.record.incoming import IncomingSnapshot
from stockgroups.record.unresolved import KEY
from stockgroups.record.vouchers import drop_vouchers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.record.desired import DesiredGroup
    from stockgroups.record.plan import GroupPlan
    from stockgroups.record.state import StoredGroup

PROJECTED = frozenset({"total_holdings", "data_source", "last_updated", "as_of", "is_proxy", KEY})
"""The keys of a group's metadata that describe the effective snapshot."""
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def plan_definition(plan: GroupPlan) -> None:
    """Plan the changes to the group's own row, with the keys that describe the snapshot.

    The writer fills in `last_updated`, which is known only when the snapshot is recorded.
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
        # An old entry's own values stay while it is effective; keys computed from it are updated.
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
    """Return the group with only the fields that are empty in the stored row."""
    return replace(
        desired,
        description=None if stored.description else desired.description,
        metadata={k: v for k, v in desired.metadata.items() if k not in stored.metadata},
        liquidity_filter=None if stored.liquidity_filter else desired.liquidity_filter,
    )


def _keeps_words(plan: GroupPlan) -> bool:
    """Whether the members are another program's, and the metadata may describe them."""
    if isinstance(plan.effective, IncomingSnapshot):
        return plan.effective.snapshot.source in OTHER_PROGRAMS
    return isinstance(plan.effective, Header) and plan.effective.is_by_others


def describe_snapshot(
    header: Header | None, member_count: int | None, metadata: Mapping[str, Any] = _NOTHING
) -> dict[str, Any]:
    """Return the keys of a group's metadata that describe the effective snapshot, if any.

    Args:
        header: The effective snapshot; None for none.
        member_count: The number of memberships. It is less than the snapshot's if the snapshot has
            one stock twice.
        metadata: The group's metadata. It gives the source of a snapshot of an old entry.
    """
    if header is None:
        nothing = ("data_source", "last_updated", "as_of", "is_proxy")
        return {"total_holdings": member_count} | dict.fromkeys(nothing)
    return {
        "total_holdings": header.member_count if member_count is None else member_count,
        "data_source": _describe_source(header, metadata),
        "last_updated": header.recorded_at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "as_of": header.as_of.isoformat(),
        "is_proxy": header.is_proxy,
    }


def _describe_source(header: Header, metadata: Mapping[str, Any]) -> str:
    kept = metadata.get("legacy")
    word = kept.get("data_source") if header.source == LEGACY and isinstance(kept, dict) else None
    return word if isinstance(word, str) and word.strip() else header.source
