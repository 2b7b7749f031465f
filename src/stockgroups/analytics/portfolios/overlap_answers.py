"""The answer of `overlap` as types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.json_values import Fields, pick
from stockgroups.queries.frames import Kind, Tabular
from stockgroups.queries.origins import Asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.analytics.funds import Fund
    from stockgroups.queries.moments import Moment


@dataclass(frozen=True, slots=True)
class ComparedGroup(Fields):
    """One of the groups that are compared.

    Attributes:
        fund: The group as it was read.
        names: How many stocks it holds.
        shared: How many of them any of the other groups holds.
        covered: The weight of these, a fraction of the fund; None for a group without weights.
    """

    KEYS = "group=label *fund shared shared_names covered"

    fund: Fund
    names: int
    shared: int
    covered: float | None

    @property
    def label(self) -> str:
        """The name by which the group is asked for."""
        return self.fund.label

    @property
    def shared_names(self) -> float | None:
        """The shared stocks as a share of its stocks; None for a group of none."""
        return self.shared / self.names if self.names else None


@dataclass(frozen=True, slots=True)
class Pair(Fields):
    """What two groups share: the number of names, and by weight.

    `overlap` is Σ min(weight); `covered_a` is the weight of `a` in the shared names. They are None
    if a group has no weights.
    """

    a: str
    b: str
    shared: int
    overlap: float | None
    covered_a: float | None
    covered_b: float | None


@dataclass(frozen=True, slots=True)
class OverlapRow(Fields):
    """A stock that any of the groups holds.

    Attributes:
        symbol: Its symbol of today.
        name: The name that a source reports.
        weights: Its weight in each group that holds it, None in a group without weights.
        overlap: The overlap of all groups in it: 0 if one does not hold it, None if one that holds
            it has no weights.
    """

    KEYS = "symbol name in=holders overlap weights"

    symbol: str
    name: str | None
    weights: Mapping[str, float | None]
    overlap: float | None

    @property
    def holders(self) -> list[str]:
        """The groups that hold it."""
        return list(self.weights)


@dataclass(frozen=True, slots=True, repr=False)
class OverlapAnswer(Asked, Tabular):
    """What groups share.

    Attributes:
        groups: The groups in the order in which they were named.
        pairs: What each two of them share.
        stocks: Every stock of any of them, first those that most of them hold.
        moment: The requested day, None: now.
        warnings: What makes the figures less than they seem.
    """

    KEYS = "*question overlap shared=len(common) groups pairs members=stocks warnings"

    groups: tuple[ComparedGroup, ...]
    pairs: tuple[Pair, ...]
    stocks: tuple[OverlapRow, ...]
    moment: Moment | None
    warnings: tuple[str, ...]

    def __repr__(self) -> str:
        labels = ", ".join(group.label for group in self.groups)
        return f"<OverlapAnswer {labels}: {len(self.common)} names, {self.overlap} by weight>"

    @property
    def common(self) -> list[OverlapRow]:
        """The stocks that all groups hold, what makes most of the overlap first."""
        return [row for row in self.stocks if len(row.weights) == len(self.groups)]

    @property
    def overlap(self) -> float | None:
        """The overlap of all groups by weight; None if one has no weights."""
        if not all(group.fund.has_weights for group in self.groups):
            return None
        return sum(row.overlap or 0.0 for row in self.common)

    def only_in(self, label: str) -> list[OverlapRow]:
        """Return the stocks that this group alone holds, the heaviest first."""
        return [row for row in self.stocks if row.holders == [label]]

    def kinds(self) -> Mapping[str, Kind]:
        """Return the columns: one of them for each group."""
        return {
            "symbol": Kind.TEXT,
            "name": Kind.TEXT,
            "in": Kind.TEXTS,
            "overlap": Kind.NUMBER,
            **{group.label: Kind.NUMBER for group in self.groups},
        }

    def rows(self) -> list[dict[str, Any]]:
        """Return the stocks, with a column for the weight in each group."""
        labels = [group.label for group in self.groups]
        return [
            pick(row, "symbol name in=holders overlap")
            | {label: row.weights.get(label) for label in labels}
            for row in self.stocks
        ]

    def sources(self) -> list[dict[str, Any]]:
        """Return the groups with their origins."""
        return [group.fund.describe_source() for group in self.groups]
