"""The findings of checks, and their severity."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from stockgroups.json_values import Fields


class Severity(StrEnum):
    """How severe a finding is: an error fails its check, a warning or a note does not.

    A warning asks a person to decide; a note reports what was done.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding(Fields):
    """One problem that a check found, with its place, a message and a remedy."""

    check: str
    severity: Severity
    message: str
    group: str | None = None
    symbol: str | None = None
    remedy: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
