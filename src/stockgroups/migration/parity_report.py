"""The result of comparing the old store with the new tables, by type and by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from stockgroups.json_values import Fields, pick


@dataclass(frozen=True, slots=True)
class Difference(Fields):
    """One difference between the old store and the new tables."""

    KEYS = "type group symbol message"

    type: str
    group: str
    message: str
    symbol: str | None = None


@dataclass(slots=True)
class TypeParity:
    """The figures of one type of group.

    A relationship is one stock in one group.

    Attributes:
        refused: The number of entries that cannot become a group.
        groups: The number of groups that the entries describe.
        old_symbols: The symbols in the entries.
        new_symbols: The symbols in the new tables.
        old_relationships: The number of relationships in the entries.
        new_relationships: The number of relationships in the new tables.
        agreeing: The number of entries and relationships in which both agree.
        superseded: Groups with a newer snapshot of another source. The entry is then compared with
            its own snapshot in the record.
    """

    entries: int = 0
    refused: int = 0
    groups: int = 0
    old_symbols: set[str] = field(default_factory=set)
    new_symbols: set[str] = field(default_factory=set)
    old_relationships: int = 0
    new_relationships: int = 0
    agreeing: int = 0
    superseded: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return {
            **pick(self, "entries refused groups"),
            "symbols": {"old": len(self.old_symbols), "new": len(self.new_symbols)},
            "relationships": {"old": self.old_relationships, "new": self.new_relationships},
            "superseded": self.superseded,
        }


@dataclass(slots=True)
class ParityReport:
    """The outcome of the comparison.

    Attributes:
        types: The figures of each type of group.
        differences: The differences between the two stores.
        refused: Unreadable entries and members.
        movable: The entries that the new tables hold and that are not archived yet: type by number.
        accepts_refused: Whether `refused` does not count as differences.
    """

    environment: str
    types: dict[str, TypeParity] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    refused: list[Difference] = field(default_factory=list)
    movable: dict[int, str] = field(default_factory=dict)
    accepts_refused: bool = False

    @property
    def counted(self) -> list[Difference]:
        """The differences that decide whether the stores agree; see `accepts_refused`."""
        return self.differences if self.accepts_refused else [*self.differences, *self.refused]

    @property
    def passed(self) -> bool:
        """Whether the two stores agree."""
        return not self.counted

    @property
    def percent(self) -> float | None:
        """The agreeing part of all entries and relationships, in per cent.

        It is at most 99.99 if there is a difference, and None if there is nothing to compare.
        """
        wrong = len(self.counted)
        right = sum(figures.agreeing for figures in self.types.values())
        if not right + wrong:
            return None
        share = 100.0 * right / (right + wrong)
        return min(share, 99.99) if wrong else share

    @property
    def verdict(self) -> str:
        """The percentage, and whether it passes, as a text."""
        if self.percent is None:
            return "nothing to compare"
        return f"{self.percent:.2f}% {'(✓ PASS)' if self.passed else '(✗ FAIL)'}"

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "environment": self.environment,
            "passed": self.passed,
            "parity": None if self.percent is None else round(self.percent, 2),
            **pick(self, "types differences refused accepts_refused"),
        }
