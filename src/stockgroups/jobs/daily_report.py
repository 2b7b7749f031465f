"""What a day's work did, step by step, and the lines of its log."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from stockgroups.errors import StockgroupsError
from stockgroups.json_values import Fields, pick
from stockgroups.queries.frames import Kind, Tabular, kinds_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.checks import Validation
    from stockgroups.queries.freshness import FreshnessReport


class Level(StrEnum):
    """How important an event is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Event(NamedTuple):
    """A line for the log. `load` is the load's number in the audit."""

    level: Level
    step: str
    message: str
    load: int | None = None


@dataclass(frozen=True, slots=True)
class StepReport(Fields):
    """What one step did.

    Attributes:
        summary: What it did, in words.
        load: The number of its load in the audit; None if it wrote nothing.
        failures: What went wrong.
        details: The step's own report as JSON values, if it has one.
        exit_status: The exit status of the step's error.
    """

    KEYS = "step passed summary load failures"

    step: str
    summary: str
    load: int | None = None
    failures: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    exit_status: int = StockgroupsError.exit_status

    @property
    def passed(self) -> bool:
        """Whether nothing went wrong."""
        return not self.failures


@dataclass(frozen=True, slots=True, repr=False)
class DailyReport(Tabular):
    """A day's work, with a row for each step.

    Attributes:
        run: The number of the run, as the manifest of downloads and the log have it.
        dry_run: Nothing was written.
        validation: The checks, run after the last step.
        freshness: The age of each source after the last step.
    """

    ROWS = "steps"
    KINDS: ClassVar[Mapping[str, Kind]] = kinds_of(StepReport)

    run: str
    environment: str
    dry_run: bool
    steps: tuple[StepReport, ...]
    validation: Validation
    freshness: FreshnessReport

    @property
    def passed(self) -> bool:
        """Whether every step passed, everything is valid and every source is fresh enough."""
        return all(step.passed for step in self.steps)

    @property
    def exit_status(self) -> int:
        """0 for a day that passed; else 2 where a flag, setting or catalogue is wrong, else 1."""
        return max((step.exit_status for step in self.steps if not step.passed), default=0)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            **pick(self, "run environment dry_run passed"),
            "steps": [{**step.to_dict(), "details": dict(step.details)} for step in self.steps],
            **pick(self, "validation freshness"),
        }
