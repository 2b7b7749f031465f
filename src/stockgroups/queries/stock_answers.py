"""Answers about one stock: which groups hold it, and the symbols that it has had."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from stockgroups.json_values import pick, to_json
from stockgroups.model import GroupType
from stockgroups.queries.frames import Kind, Tabular
from stockgroups.queries.origins import ORIGIN_KINDS, Asked, make_label
from stockgroups.text import count_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stockgroups.queries.moments import LeftOut, Moment
    from stockgroups.queries.origins import Origin
    from stockgroups.ranges import SymbolInterval


@dataclass(frozen=True, slots=True)
class Place:
    """A stock's place in one group.

    Attributes:
        group: The fund's ticker, or the key of another group.
        title: The group's name of today.
        reported_symbol: The symbol that the group's source reports for the stock.
        weight: A fraction of the fund's net assets.
        origin: The origin of the membership.
    """

    kind: GroupType
    group: str
    title: str
    reported_symbol: str
    weight: float | None
    origin: Origin

    def to_dict(self, on: dt.date | None) -> dict[str, Any]:
        """Return the place in a fund as JSON values, with its age on a day (None: today)."""
        return {
            "etf_symbol": self.group,
            "name": self.title,
            "symbol": self.reported_symbol,
            "weight": self.weight,
            **self.origin.to_dict(on),
        }


@dataclass(frozen=True, slots=True, repr=False)
class StockAnswer(Asked, Tabular):
    """Which groups hold a stock, now or on a day.

    Attributes:
        symbol: The stock's symbol on the requested day.
        current_symbol: Its symbol of today.
        name: Its name of today.
        places: Its places in groups; empty if only a stock_metadata entry knows it.
        sector: Its sector; like `industry`, known for today only.
        industry_label: The industry as a source reports it.
        confidence: How certain the sector is; None if another program wrote it.
        names: The symbols that it has had.
        asked: The requested symbol, if it is a former one.
        moment: The requested day; None: now.
        removed_from: Groups (type, name) from which another program removed it.
        too_old: Places in groups whose source is older than the moment allows.
        left_out: Reports that were not public yet, if the moment leaves such out.
        from_cache: Whether only a stock_metadata entry knows the stock.
        cached_etfs: The ETFs in that entry; shown if no ETF holds the stock.
    """

    KINDS: ClassVar[Mapping[str, Kind]] = {
        "type": Kind.TEXT,
        "group": Kind.TEXT,
        "name": Kind.TEXT,
        "symbol": Kind.TEXT,
        "weight": Kind.NUMBER,
        **ORIGIN_KINDS,
    }

    symbol: str
    current_symbol: str
    name: str | None
    places: tuple[Place, ...]
    sector: str | None = None
    industry: str | None = None
    industry_label: str | None = None
    confidence: str | None = None
    names: tuple[SymbolInterval, ...] = ()
    asked: str | None = None
    moment: Moment | None = None
    removed_from: tuple[tuple[GroupType, str], ...] = ()
    too_old: tuple[Place, ...] = ()
    left_out: LeftOut | None = None
    from_cache: bool = False
    cached_etfs: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<StockAnswer {self.symbol}: {self.name}, in {count_of(len(self.places), 'group')}>"

    @property
    def member_of_etfs(self) -> list[str]:
        """The tickers of the ETFs that hold it."""
        return self.list_groups(GroupType.ETF) or list(self.cached_etfs)

    @property
    def etfs(self) -> tuple[Place, ...]:
        """Its places in ETFs."""
        return self.of_type(GroupType.ETF)

    @property
    def former_symbols(self) -> list[SymbolInterval]:
        """The symbols that it has had and no longer has."""
        return [interval for interval in self.names if interval.valid_to != dt.date.max]

    def of_type(self, kind: GroupType) -> tuple[Place, ...]:
        """Return its places in groups of a type, by the names of the groups."""
        return tuple(place for place in self.places if place.kind == kind)

    def list_groups(self, kind: GroupType, *, drifted: bool = False) -> list[str]:
        """Return the names of its groups of a type; with `drifted`, those with drift."""
        return [
            place.group for place in self.of_type(kind) if place.origin.is_drifted or not drifted
        ]

    def rows(self) -> list[dict[str, Any]]:
        """Return the stock's places in groups of all types."""
        return [
            {
                "type": place.kind.value,
                "group": place.group,
                "name": place.title,
                "symbol": place.reported_symbol,
                "weight": place.weight,
                **place.origin.to_dict(self.on),
            }
            for place in self.places
        ]

    def sources(self) -> list[dict[str, Any]]:
        """Return the groups with their origins."""
        return [
            {"group": make_label(place.kind, place.group), **place.origin.to_dict(self.on)}
            for place in self.places
        ]

    def respell(self, spell: Callable[[str], str]) -> Self:
        """Return the answer with every symbol of the stock in another spelling."""
        return replace(
            self,
            symbol=spell(self.symbol),
            current_symbol=spell(self.current_symbol),
            names=tuple(
                interval._replace(symbol=spell(interval.symbol)) for interval in self.names
            ),
            places=tuple(
                replace(place, reported_symbol=spell(place.reported_symbol))
                for place in self.places
            ),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON values; without details if only the cache knows the stock."""
        common = pick(self, "stock_symbol=symbol name member_of_etfs sector industry")
        if self.from_cache:
            return common
        etfs = self.etfs
        return {
            **common,
            **pick(self, "industry_label confidence"),
            "etf_details": [[place.group, place.title] for place in etfs],
            "etfs": [place.to_dict(self.on) for place in etfs],
            "themes": self.list_groups(GroupType.THEME),
            "universes": self.list_groups(GroupType.UNIVERSE),
            "drifted_themes": self.list_groups(GroupType.THEME, drifted=True),
            "drifted_universes": self.list_groups(GroupType.UNIVERSE, drifted=True),
            "removed_from": to_json(self.removed_from),
            "too_old": [place.group for place in self.too_old],
            "current_symbol": self.current_symbol,
            "asked": self.asked or self.symbol,
            "former_symbols": [pick(one, "symbol until=valid_to") for one in self.former_symbols],
            **pick(self, "names *question"),
            **(pick(self, "left_out") if self.left_out else {}),
        }
