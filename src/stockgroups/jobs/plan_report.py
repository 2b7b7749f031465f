"""What all reports of jobs that apply a plan have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.json_values import Fields
from stockgroups.record.identity_changes import describe_identity
from stockgroups.record.replaced import describe_others

if TYPE_CHECKING:
    from stockgroups.record.plan import Plan


class PlanReport(Fields):
    """A report with the plan that was applied, or in a dry run would be.

    Attributes:
        plan: The plan; None if there was nothing to do.
    """

    __slots__ = ()
    plan: Plan | None

    @property
    def changed(self) -> bool:
        """Whether anything was changed, or would be."""
        return self.plan is not None and self.plan.changes_anything

    @property
    def load_id(self) -> int | None:
        """The number of the load in the audit; None if nothing was written."""
        return self.plan.load_id if self.plan else None

    @property
    def identity(self) -> dict[str, Any] | None:
        """The stocks that the plan splits and joins, as JSON values."""
        return describe_identity(self.plan.identity) if self.plan else None

    @property
    def others(self) -> dict[str, Any]:
        """Where other programs had written, and what of it is replaced, as JSON values."""
        return describe_others(self.plan)
