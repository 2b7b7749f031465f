"""The result of a check: facts that it counted, and located findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from stockgroups.findings import Finding, Severity
from stockgroups.json_values import pick

BUILD = "run `stockgroups build-metadata`"
"""The remedy if the metadata differ from the record."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a section; `passed` is None if the line is not judged."""

    label: str
    value: str | int
    passed: bool | None = None

    def __str__(self) -> str:
        verdict = {None: "", True: " (✓ PASS)", False: " (✗ FAIL)"}[self.passed]
        return f"{self.label}: {self.value}{verdict}"


@dataclass(slots=True)
class Section:
    """One of the checks with its outcome; it fails if one of its findings is an error.

    The five sections that other programs know by number are `numbered`.
    """

    name: str
    title: str
    numbered: bool = True
    facts: list[Fact] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    is_spoiled: bool = False
    figures: dict[str, int | float | str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether it has no error, neither one of its own nor one that another section reports."""
        return not (self.is_spoiled or any(f.severity is Severity.ERROR for f in self.findings))

    def add_fact(self, label: str, value: str | int, *, passed: bool | None = None) -> None:
        """Add a fact. If its value is an integer, it is added to the figures too."""
        self.facts.append(Fact(label, value, passed))
        if isinstance(value, int):
            self.figures[label.casefold().replace(" ", "_")] = value

    def measure(self, **figures: float | str) -> None:
        """Add figures for programs, which read them instead of the facts; dates are ISO texts."""
        self.figures |= figures

    def spoil(self) -> None:
        """Fail without a finding: another section reports the cause and the remedy."""
        self.is_spoiled = True

    def find(self, message: str, *, warning: bool = False, **located: Any) -> None:
        """Add a finding to this section: an error, or a warning, which does not fail the check."""
        severity = Severity.WARNING if warning else Severity.ERROR
        self.findings.append(Finding(self.name, severity, message, **located))

    def note(self, message: str, **located: Any) -> None:
        """Add a note: it reports what was done and needs no action."""
        self.findings.append(Finding(self.name, Severity.NOTE, message, **located))

    def to_dict(self) -> dict[str, Any]:
        """Return the section as JSON values."""
        return {
            **pick(self, "check=name title passed"),
            "facts": {fact.label: fact.value for fact in self.facts},
            **pick(self, "figures findings"),
        }
