"""Answers about changes: steps from one snapshot to the next, each with its source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from stockgroups.json_values import pick
from stockgroups.queries.frames import Kind, Tabular
from stockgroups.queries.origins import make_label, origin_of
from stockgroups.queries.steps import Change, ChangeKind, Position
from stockgroups.readers.lists.histories import SOURCE as HISTORY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.model import GroupType
    from stockgroups.ranges import SymbolInterval
    from stockgroups.record.effective import Header

DATED_SOURCES = (HISTORY,)
"""Sources that date an event itself; all others only report the state on their date."""
CHANGE_KINDS: Mapping[str, Kind] = {
    "type": Kind.TEXT,
    "key": Kind.TEXT,
    "after": Kind.DATE,
    "by": Kind.DATE,
    "when": Kind.TEXT,
    "source": Kind.TEXT,
    "is_proxy": Kind.FLAG,
    "change": Kind.TEXT,
    "symbol": Kind.TEXT,
    "current_symbol": Kind.TEXT,
    "former_symbol": Kind.TEXT,
    "factor": Kind.NUMBER,
    "weight_before": Kind.NUMBER,
    "shares_before": Kind.NUMBER,
    "weight_after": Kind.NUMBER,
    "shares_after": Kind.NUMBER,
}
"""The columns of changes."""


@dataclass(frozen=True, slots=True)
class Step:
    """The changes from one snapshot to another: after the first date, by the second.

    `scale` is the factor by which all share counts of the fund moved; None if unknown.
    """

    before: Header
    after: Header
    file_name: str | None
    scale: float | None
    changes: Sequence[Change]

    @property
    def is_dated(self) -> bool:
        """Whether the source states that it happened on that very day."""
        return self.after.source in DATED_SOURCES

    @property
    def when(self) -> str:
        """The dates between which it happened, in words."""
        if self.is_dated:
            return f"on {self.after.as_of}"
        return f"(after {self.before.as_of}, by {self.after.as_of}]"

    def of(self, security: int) -> Step:
        """Return the step with only the changes of one security."""
        return replace(self, changes=[c for c in self.changes if c.security == security])

    def describe(self) -> dict[str, Any]:
        """Return when it happened and which source reports it, as JSON values."""
        return {
            "after": None if self.is_dated else self.before.as_of.isoformat(),
            **pick(self, "by=after.as_of when source=after.source is_proxy=after.is_proxy"),
        }

    def to_dict(self, symbols: Mapping[int, str]) -> dict[str, Any]:
        """Return the step as JSON values: changes by their kind."""
        return {
            **self.describe(),
            "snapshot": self.after.id,
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
    values: dict[str, Any] = {
        "symbol": change.position.symbol,
        "current_symbol": symbols.get(change.security, change.position.symbol),
    }
    if change.kind is ChangeKind.RENAMED and change.before is not None:
        values["former_symbol"] = change.before.symbol
    if change.factor is not None:
        values["factor"] = change.factor
    for side, held in (("before", change.before), ("after", change.after)):
        if held is not None:
            values[f"weight_{side}"] = held.weight
            values[f"shares_{side}"] = held.shares
    return values


@dataclass(frozen=True, slots=True)
class GroupChanges(Tabular):
    """The changes of a group: step by step since `start`, and in `total`.

    `symbols` maps securities to their symbols of today.
    """

    KINDS: ClassVar[Mapping[str, Kind]] = CHANGE_KINDS

    kind: GroupType
    key: str
    name: str
    start: Header
    steps: list[Step]
    total: Step | None
    symbols: Mapping[int, str]

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each change, step by step; the sum of several steps is left out."""
        return [
            dict.fromkeys(CHANGE_KINDS)
            | {"type": self.kind.value, "key": self.key}
            | step.describe()
            | {"change": change.kind.value}
            | describe_change(change, self.symbols)
            for step in self.steps
            for change in step.changes
        ]

    def sources(self) -> list[dict[str, Any]]:
        """Return the group with each snapshot that was compared."""
        label = make_label(self.kind, self.key)
        origins = ((self.start, None), *((step.after, step.file_name) for step in self.steps))
        return [
            {
                "group": label,
                **origin_of(one, file_name).to_dict(),
            }
            for one, file_name in origins
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the changes as JSON values."""
        return {
            **pick(self, "type=kind key name since=start.as_of"),
            "steps": [step.to_dict(self.symbols) for step in self.steps],
            "total": self.total.to_dict(self.symbols) if self.total else None,
        }


@dataclass(frozen=True, slots=True)
class StockChanges(Tabular):
    """The changes of a stock, group by group."""

    KEYS = "stock_symbol=symbol name names groups"

    KINDS: ClassVar[Mapping[str, Kind]] = CHANGE_KINDS

    symbol: str
    name: str | None
    names: list[SymbolInterval]
    groups: list[GroupChanges]

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each change, group by group."""
        return [row for group in self.groups for row in group.rows()]

    def sources(self) -> list[dict[str, Any]]:
        """Return the groups with the snapshots that were compared."""
        return [source for group in self.groups for source in group.sources()]


def describe_position(position: Position | None) -> str:
    """Return a position's weight and shares in words."""
    if position is None:
        return ""
    weight = None if position.weight is None else f"{position.weight * 100:.4f} %"
    shares = None if position.shares is None else f"{position.shares:,.0f} shares"
    return ", ".join(part for part in (weight, shares) if part)
