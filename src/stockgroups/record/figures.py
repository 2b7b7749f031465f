"""The figures of a plan for the audit, and what a rollback needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.record.definitions import PROJECTED, describe_snapshot
from stockgroups.record.effective import THEIRS, Header
from stockgroups.record.identity_changes import FIGURE, list_changes, make_figure

if TYPE_CHECKING:
    from stockgroups.record.plan import GroupPlan, Plan


def list_figures(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return the figures of each group that changes, by "TYPE NAME", as JSON values.

    Stocks that are split or joined are under "identity".
    """
    figures: dict[str, dict[str, Any]] = {}
    for group in plan.groups:
        if group.changes_anything:
            figures[group.key.full_name] = {
                "recorded": len(group.to_record),
                "added": len(group.added),
                "removed": len(group.removed),
                "reweighted": len(group.reweighted),
                **({"relabelled": len(group.relabelled)} if group.relabelled else {}),
                **_describe_former(group),
            }
    for key in plan.deleted:
        figures[key.full_name] = {"deleted": True}
        if key in plan.doomed:
            figures[key.full_name]["former"] = plan.doomed[key].describe()
    for name, count in plan.amended.items():
        figures.setdefault(name, {})["amended"] = count
    changes = list_changes(plan.identity)
    if changes:
        figures[FIGURE] = make_figure(changes)
    return figures


def _describe_former(group: GroupPlan) -> dict[str, Any]:
    """Return what a rollback needs besides snapshots.

    It states whether the group is new. Otherwise it has the former values of the fields that
    change, and under `absent` the keys that the metadata did not have. Keys that follow from this
    program's snapshots are left out, unless another program's members were effective before.
    """
    if group.is_new:
        return {"created": True}
    own = {k: v for k, v in group.definition_changes.items() if k != "metadata"}
    former: dict[str, Any] = {name: getattr(group.stored, name) for name in own}
    stored = group.stored.metadata
    written: dict[str, Any] = {**group.definition_changes.get("metadata", {})}
    before = group.stored.effective
    followed = before is not None and before.source not in THEIRS
    if "metadata" in group.definition_changes and isinstance(group.effective, Header):
        written |= describe_snapshot(group.effective, group.member_count, {**stored, **written})
    if followed:
        written = {k: v for k, v in written.items() if k not in PROJECTED}
    metadata = {k: stored[k] for k, v in written.items() if k in stored and stored[k] != v}
    metadata |= {k: stored[k] for k in group.dropped if k in stored and k not in PROJECTED}
    if metadata:
        former["metadata"] = metadata
    absent = sorted(k for k in written if k not in stored)
    if absent:
        former["absent"] = absent
    return {"former": former} if former else {}
