"""Answers about changes: steps from one snapshot to the next, each with its source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from stockgroups.history.changes import Change, ChangeKind, Position
from stockgroups.sources.histories import SOURCE as HISTORY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.history.timeline import Header
    from stockgroups.model import GroupType
    from stockgroups.queries.past_answers import SymbolSpan

DATED_SOURCES = (HISTORY,)
"""Sources that date an event itself; all others only say what was the case on their date."""


@dataclass(frozen=True, slots=True)
class Step:
    """What changed from one snapshot to another: after the first date, by the second.

    `scale` is the factor by which the fund's share counts moved as a whole, None where unknown.
    """

    before: Header
    after: Header
    file_name: str | None
    scale: float | None
    changes: Sequence[Change]

    @property
    def is_dated(self) -> bool:
        """Whether the source says that it happened on that very day."""
        return self.after.source in DATED_SOURCES

    @property
    def when(self) -> str:
        """The dates between which it happened, in words."""
        if self.is_dated:
            return f"on {self.after.as_of}"
        return f"(after {self.before.as_of}, by {self.after.as_of}]"

    def of(self, security: int) -> Step:
        """Return the step with the changes of one security alone."""
        return replace(self, changes=[c for c in self.changes if c.security == security])

    def as_dict(self, symbols: Mapping[int, str]) -> dict[str, Any]:
        """Return the step as JSON values: changes by their kind."""
        return {
            "after": None if self.is_dated else self.before.as_of.isoformat(),
            "by": self.after.as_of.isoformat(),
            "when": self.when,
            "snapshot": self.after.id,
            "source": self.after.source,
            "is_proxy": self.after.is_proxy,
            "file": self.file_name,
            "scale": self.scale,
        } | {
            kind.value: [
                describe_change(change, symbols) for change in self.changes if change.kind is kind
            ]
            for kind in ChangeKind
        }


def describe_change(change: Change, symbols: Mapping[int, str]) -> dict[str, Any]:
    """Return a change as JSON values."""
    position = change.after or change.before
    assert position is not None  # noqa: S101 - a change has at least one side
    told: dict[str, Any] = {
        "symbol": position.symbol,
        "current_symbol": symbols.get(change.security, position.symbol),
    }
    if change.kind is ChangeKind.RENAMED and change.before is not None:
        told["former_symbol"] = change.before.symbol
    if change.factor is not None:
        told["factor"] = change.factor
    for side, held in (("before", change.before), ("after", change.after)):
        if held is not None:
            told[f"weight_{side}"] = held.weight
            told[f"shares_{side}"] = held.shares
    return told


@dataclass(frozen=True, slots=True)
class GroupChanges:
    """What changed in a group: step by step since `start`, and `total` from the first to the last.

    `symbols` are today's, by security.
    """

    kind: GroupType
    key: str
    name: str
    start: Header
    steps: list[Step]
    total: Step | None
    symbols: Mapping[int, str]

    def as_dict(self) -> dict[str, Any]:
        """Return the changes as JSON values."""
        return {
            "type": self.kind.value,
            "key": self.key,
            "name": self.name,
            "since": self.start.as_of.isoformat(),
            "steps": [step.as_dict(self.symbols) for step in self.steps],
            "total": self.total.as_dict(self.symbols) if self.total else None,
        }


@dataclass(frozen=True, slots=True)
class StockChanges:
    """What changed of a stock, group by group."""

    symbol: str
    name: str | None
    names: list[SymbolSpan]
    groups: list[GroupChanges]

    def as_dict(self) -> dict[str, Any]:
        """Return the changes as JSON values."""
        return {
            "stock_symbol": self.symbol,
            "name": self.name,
            "names": [name.as_dict() for name in self.names],
            "groups": [group.as_dict() for group in self.groups],
        }


def tell_position(position: Position | None) -> str:
    """Return a position's weight and shares in words."""
    if position is None:
        return ""
    weight = None if position.weight is None else f"{position.weight * 100:.4f} %"
    shares = None if position.shares is None else f"{position.shares:,.0f} shares"
    return ", ".join(part for part in (weight, shares) if part)
