"""Answers about days in the past. Beside what was printed then stands what it is called today."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from stockgroups.model import GroupType

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.queries.answers import Origin
    from stockgroups.queries.moments import Counting, Moment


@dataclass(frozen=True, slots=True)
class PastMember:
    """A member as its source printed it, and its symbol of today. `weight` is a fraction."""

    symbol: str
    current_symbol: str
    weight: float | None

    def merge(self, other: PastMember) -> PastMember:
        """Return the two as one: they are one security, whose heavier line names it."""
        heavier = self if (self.weight or 0.0) >= (other.weight or 0.0) else other
        weights = [m.weight for m in (self, other) if m.weight is not None]
        return replace(heavier, weight=sum(weights) if weights else None)


@dataclass(frozen=True, slots=True)
class SymbolSpan:
    """A symbol, and the days on which a security has it: from the first up to, not with, the last.

    date.min and date.max stand for ends that are open.
    """

    symbol: str
    valid_from: dt.date
    valid_to: dt.date

    def as_dict(self) -> dict[str, Any]:
        """Return the span as JSON values; an open end is null."""
        return {"symbol": self.symbol} | describe_span(self.valid_from, self.valid_to)


def describe_span(valid_from: dt.date, valid_to: dt.date) -> dict[str, str | None]:
    """Return a range of days as JSON values; an open end is null."""
    return {
        "valid_from": None if valid_from == dt.date.min else valid_from.isoformat(),
        "valid_to": None if valid_to == dt.date.max else valid_to.isoformat(),
    }


def describe_moment(moment: Moment) -> dict[str, Any]:
    """Return what was asked for as JSON values."""
    known_at = moment.known_at
    return {
        "asked_as_of": moment.on.isoformat(),
        "known_at": known_at.isoformat() if known_at else None,
    }


def describe_origin(origin: Origin, on: dt.date) -> dict[str, Any]:
    """Return where an answer comes from as JSON values; its age is that on the day asked for."""
    used = origin.as_of.isoformat() if origin.as_of else None
    age = (on - origin.as_of).days if origin.as_of else None
    return origin.as_dict() | {
        "as_of_used": used,
        "age_days": age,
        "file": origin.file_name,
        "recorded_at": origin.recorded_at.isoformat() if origin.recorded_at else None,
    }


@dataclass(frozen=True, slots=True)
class PastGroup:
    """What was in a group on a day. `description` is the one that the group has today."""

    kind: GroupType
    key: str
    name: str
    description: str
    moment: Moment
    origin: Origin
    members: list[PastMember]

    def respell(self, spell: Callable[[str], str]) -> Self:
        """Return the answer with every stock symbol in another spelling."""
        members = [
            replace(m, symbol=spell(m.symbol), current_symbol=spell(m.current_symbol))
            for m in self.members
        ]
        return replace(self, members=members)

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as JSON values, under the keys that the answer of today has."""
        symbols = [member.symbol for member in self.members]
        named = (
            {"etf_symbol": self.key, "name": self.name, "holdings": symbols}
            | {"total_holdings": len(symbols)}
            | {"weights": {member.symbol: member.weight for member in self.members}}
            if self.kind is GroupType.ETF
            else {f"{self.kind.lower()}_key": self.key, "name": self.name}
            | {"description": self.description, "symbols": symbols, "total_symbols": len(symbols)}
        )
        return (
            named
            | describe_moment(self.moment)
            | describe_origin(self.origin, self.moment.on)
            | {
                "members": [
                    {
                        "symbol": member.symbol,
                        "current_symbol": member.current_symbol,
                        "weight": member.weight,
                    }
                    for member in self.members
                ]
            }
        )


@dataclass(frozen=True, slots=True)
class PastHolding:
    """One group that held a stock on a day: what it printed, and the stock's weight in it."""

    kind: str
    name: str
    description: str
    symbol: str
    weight: float | None
    origin: Origin

    def age_on(self, on: dt.date) -> int:
        """Return by how many days its source is older than a day."""
        assert self.origin.as_of is not None  # noqa: S101 - a snapshot has a date
        return (on - self.origin.as_of).days


@dataclass(frozen=True, slots=True)
class PastStock:
    """The groups that held a stock on a day, and the names that the stock has had.

    `too_old` names the groups whose source is older than was allowed.
    """

    current_symbol: str
    name: str | None
    moment: Moment
    names: list[SymbolSpan]
    holdings: list[PastHolding]
    too_old: list[str] = field(default_factory=list)

    @property
    def symbol(self) -> str:
        """The symbol that the stock had on the day."""
        day = self.moment.on
        held = [n.symbol for n in self.names if n.valid_from <= day < n.valid_to]
        return held[0] if held else self.current_symbol

    def groups(self, kind: GroupType) -> list[PastHolding]:
        """Return its places in groups of one type."""
        return [holding for holding in self.holdings if holding.kind == kind]

    def respell(self, spell: Callable[[str], str]) -> Self:
        """Return the answer with every symbol of the stock in another spelling."""
        return replace(
            self,
            current_symbol=spell(self.current_symbol),
            names=[replace(name, symbol=spell(name.symbol)) for name in self.names],
            holdings=[replace(h, symbol=spell(h.symbol)) for h in self.holdings],
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as JSON values, under the keys that the answer of today has."""
        etfs = self.groups(GroupType.ETF)
        sectors = self.groups(GroupType.SECTOR)
        return {
            "stock_symbol": self.symbol,
            "current_symbol": self.current_symbol,
            "name": self.name,
            "names": [name.as_dict() for name in self.names],
            "member_of_etfs": [holding.name for holding in etfs],
            "etf_details": [
                {
                    "etf_symbol": holding.name,
                    "name": holding.description,
                    "symbol": holding.symbol,
                    "weight": holding.weight,
                }
                | describe_origin(holding.origin, self.moment.on)
                for holding in etfs
            ],
            "themes": [holding.name for holding in self.groups(GroupType.THEME)],
            "universes": [holding.name for holding in self.groups(GroupType.UNIVERSE)],
            "sector": sectors[0].name if sectors else None,
            "too_old": self.too_old,
        } | describe_moment(self.moment)


@dataclass(frozen=True, slots=True)
class PastStatistics:
    """How much there was on a day: what counts of each group, and how many stocks together."""

    environment: str
    moment: Moment
    groups: list[Counting]
    etf_stocks: int
    all_stocks: int

    def by_type(self) -> dict[str, list[Counting]]:
        """Return the groups of each type."""
        found: dict[str, list[Counting]] = defaultdict(list)
        for group in self.groups:
            found[group.kind].append(group)
        return dict(sorted(found.items()))

    def as_dict(self) -> dict[str, Any]:
        """Return the statistics as JSON values."""
        return {
            "environment": self.environment,
            "types": {
                kind: {
                    "groups": len(groups),
                    "memberships": sum(group.member_count for group in groups),
                    "proxies": sum(bool(group.origin.is_proxy) for group in groups),
                    "oldest_as_of": str(min(g.origin.as_of for g in groups if g.origin.as_of)),
                    "newest_as_of": str(max(g.origin.as_of for g in groups if g.origin.as_of)),
                }
                for kind, groups in self.by_type().items()
            },
            "etf_stocks": self.etf_stocks,
            "all_stocks": self.all_stocks,
            "etfs": [
                {
                    "etf_symbol": group.name,
                    "name": group.description,
                    "total_holdings": group.member_count,
                }
                | describe_origin(group.origin, self.moment.on)
                for group in self.by_type().get(GroupType.ETF, ())
            ],
        } | describe_moment(self.moment)
