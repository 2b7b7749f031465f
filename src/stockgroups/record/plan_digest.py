"""The digest of a plan: a hash of everything that it does, to apply exactly a reviewed plan."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from stockgroups.record.identity_changes import list_changes
from stockgroups.record.incoming import IncomingSnapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.record.plan import GroupPlan, Plan

_DIGITS = 32


def digest_plan(plan: Plan, besides: Mapping[str, str]) -> str:
    """Return a hash that two plans share only if they do the same to the same state.

    Groups that stay as they are do not matter: a load of another group does not change the digest.
    The record of a planned group does: if a plan is applied, rolled back and made again, its digest
    is another one.

    Args:
        plan: A plan that is not applied.
        besides: What else is done, such as renaming funds.
    """
    values = {
        "groups": [
            _describe(group)
            for group in sorted(plan.groups, key=lambda group: group.key)
            if group.changes_anything or group.error or any(one.error for one in group.snapshots)
        ],
        "deleted": sorted(str(key) for key in plan.deleted),
        "amended": dict(plan.amended),
        "drift": [str(one.key) for one in plan.drift],
        "identity": [str(change) for change in list_changes(plan.identity)],
        "besides": dict(besides),
    }
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=_DIGITS // 2).hexdigest()


def _describe(group: GroupPlan) -> dict[str, Any]:
    headers = group.stored.headers
    effective = group.effective
    return {
        "group": str(group.key),
        "stored": [group.stored.snapshot_id, headers[-1].id if headers else None],
        "recorded": [
            [*one.identity, one.snapshot.sha256, one.outcome, [*map(str, one.accepted)]]
            for one in group.to_record
        ],
        "refused": [str(one.error) for one in group.snapshots if one.error],
        "effective": effective.identity
        if isinstance(effective, IncomingSnapshot)
        else effective and effective.id,
        "added": group.added,
        "removed": sorted(group.removed),
        "reweighted": group.reweighted,
        "relabelled": group.relabelled,
        "marks": group.marks,
        "dropped": sorted(group.dropped),
        "words": group.definition_changes,
        "error": group.error and str(group.error),
    }
