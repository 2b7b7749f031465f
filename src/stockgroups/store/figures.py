"""What a plan does, in figures, and what is needed to take it back: for the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stockgroups.store.plan import GroupPlan, Plan


def tell_figures(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return how much changes in each group that does, by "TYPE NAME", as JSON values."""
    told: dict[str, dict[str, Any]] = {}
    for group in plan.groups:
        if group.changes_anything:
            told[f"{group.key.type} {group.key.name}"] = {
                "recorded": len(group.to_record),
                "added": len(group.added),
                "removed": len(group.removed),
                "reweighted": len(group.reweighted),
                **({"relabelled": len(group.relabelled)} if group.relabelled else {}),
                **_tell_former(group),
            }
    for key in plan.deleted:
        told[f"{key.type} {key.name}"] = {"deleted": True}
        if key in plan.doomed:
            told[f"{key.type} {key.name}"]["former"] = plan.doomed[key].describe()
    for name, count in plan.amended.items():
        told.setdefault(name, {})["amended"] = count
    return told


def _tell_former(group: GroupPlan) -> dict[str, Any]:
    """Return what is needed to take back more than snapshots.

    Whether the group is new; else what its own row said, of what changes in it. What follows from
    its snapshots is left out.
    """
    if group.is_new:
        return {"created": True}
    own = {k: v for k, v in group.definition_changes.items() if k != "metadata"}
    former: dict[str, Any] = {name: getattr(group.stored, name) for name in own}
    metadata = {
        name: group.stored.metadata[name]
        for name, value in group.desired.metadata.items()
        if name in group.stored.metadata and group.stored.metadata[name] != value
    }
    if metadata:
        former["metadata"] = metadata
    return {"former": former} if former else {}
