"""What a check finds, and how bad it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from stockgroups.json_values import Fields


class Severity(StrEnum):
    """How bad a finding is: an error fails its check, a warning and a note do not.

    A warning is a question to somebody; a note tells of what was done.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding(Fields):
    """One thing that a check found: located, said, and with what to do about it."""

    check: str
    severity: Severity
    message: str
    group: str | None = None
    symbol: str | None = None
    remedy: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
