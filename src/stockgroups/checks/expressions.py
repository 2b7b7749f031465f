"""Saved expressions: whether their groups hold the members that they give now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.analytics.expressions.saved import REFRESH, describe_stale, read_saved, recompute
from stockgroups.checks.section import Section
from stockgroups.errors import StockgroupsError
from stockgroups.model import GroupType

if TYPE_CHECKING:
    from stockgroups.checks.differences import Drift
    from stockgroups.store import Store


def check_expressions(store: Store, drift: Drift) -> Section:
    """Compute saved expressions, and find the groups whose members differ from the result.

    No finding here fails a validation: a source that was loaded since then is no mistake.
    """
    section = Section("expressions", "Saved expressions", numbered=False)
    saved = read_saved(store)
    stale = 0
    for key, result in recompute(store, saved).items():
        changes = describe_stale(saved[key], result)
        if changes is None or (GroupType.CUSTOM, key) in drift.groups:
            continue
        stale += 1
        remedy = (
            "correct the expression: save it again under its name"
            if isinstance(result, StockgroupsError)
            else REFRESH.format(key)
        )
        section.find(changes, group=key, warning=True, remedy=remedy)
    section.add_fact("Saved expressions", len(saved))
    section.add_fact("Stale expressions", stale)
    return section
