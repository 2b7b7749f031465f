"""Answers as types. `as_dict()` gives the keys that other programs know, ready for JSON."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stockgroups.model import GroupType

Weights = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the current members of a group come from. All None where no source is recorded."""

    as_of: dt.date | None = None
    source: str | None = None
    is_proxy: bool | None = None
    file_name: str | None = None
    recorded_at: dt.datetime | None = None

    @property
    def age_days(self) -> int | None:
        """Days from the as-of date to today (UTC)."""
        if self.as_of is None:
            return None
        return (dt.datetime.now(dt.UTC).date() - self.as_of).days

    def as_dict(self) -> dict[str, Any]:
        """Return the origin as JSON values."""
        return {
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "age_days": self.age_days,
            "source": self.source,
            "is_proxy": self.is_proxy,
        }


@dataclass(frozen=True, slots=True)
class FundAnswer:
    """What is in an ETF. Weights are fractions of the fund's net assets, None where not given."""

    etf_symbol: str
    name: str
    weights: Weights
    metadata: Mapping[str, Any]
    liquidity_filter: Mapping[str, Any] | None
    origin: Origin

    @property
    def holdings(self) -> list[str]:
        """The members' symbols, sorted."""
        return sorted(self.weights)

    def respell(self, spell: Callable[[str], str]) -> Self:
        """Return the answer with every stock symbol in another spelling."""
        return replace(self, weights={spell(s): w for s, w in self.weights.items()})

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as JSON values."""
        return {
            "etf_symbol": self.etf_symbol,
            "name": self.name,
            "holdings": self.holdings,
            "total_holdings": len(self.weights),
            "metadata": dict(self.metadata),
            "liquidity_filter": self.liquidity_filter,
            "weights": self.weights,
            **self.origin.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class EtfDetail:
    """One ETF that holds a stock, with the stock's weight in it."""

    etf_symbol: str
    name: str
    weight: float | None
    origin: Origin

    def as_dict(self) -> dict[str, Any]:
        """Return the detail as JSON values."""
        return {
            "etf_symbol": self.etf_symbol,
            "name": self.name,
            "weight": self.weight,
            **self.origin.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class FormerSymbol:
    """A symbol that a stock had, and the first day on which it no longer had it."""

    symbol: str
    until: dt.date

    def as_dict(self) -> dict[str, Any]:
        """Return the symbol as JSON values."""
        return {"symbol": self.symbol, "until": self.until.isoformat()}


@dataclass(frozen=True, slots=True)
class StockAnswer:
    """Which groups hold a stock. `from_cache`: only a stock_metadata entry knows it.

    `confidence` says how sure the sector is; None where another program wrote it.
    `asked` is the canonical symbol that was asked for, a former one where it is not that of today.
    """

    stock_symbol: str
    name: str | None
    member_of_etfs: list[str]
    etf_details: list[EtfDetail]
    themes: list[str]
    universes: list[str]
    sector: str | None
    industry: str | None
    from_cache: bool = False
    industry_label: str | None = None
    confidence: str | None = None
    asked: str | None = None
    former_symbols: tuple[FormerSymbol, ...] = ()

    def respell(self, spell: Callable[[str], str]) -> Self:
        """Return the answer with the stock symbol in another spelling."""
        return replace(self, stock_symbol=spell(self.stock_symbol))

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as JSON values; without details where only the cache knows it."""
        common = {
            "stock_symbol": self.stock_symbol,
            "name": self.name,
            "member_of_etfs": self.member_of_etfs,
            "sector": self.sector,
            "industry": self.industry,
        }
        if self.from_cache:
            return common
        return common | {
            "industry_label": self.industry_label,
            "confidence": self.confidence,
            "etf_details": [detail.as_dict() for detail in self.etf_details],
            "themes": self.themes,
            "universes": self.universes,
            "asked": self.asked or self.stock_symbol,
            "former_symbols": [former.as_dict() for former in self.former_symbols],
        }


@dataclass(frozen=True, slots=True)
class GroupAnswer:
    """What belongs to a theme or a universe; `kind` says which of the two it is."""

    kind: GroupType
    key: str
    name: str
    description: str
    symbols: list[str]
    metadata: Mapping[str, Any]
    origin: Origin

    def respell(self, spell: Callable[[str], str]) -> Self:
        """Return the answer with every stock symbol in another spelling."""
        return replace(self, symbols=[spell(s) for s in self.symbols])

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as JSON values; the key stands under `theme_key`, `universe_key`."""
        return {
            f"{self.kind.lower()}_key": self.key,
            "name": self.name,
            "description": self.description,
            "symbols": self.symbols,
            "total_symbols": len(self.symbols),
            "metadata": dict(self.metadata),
            **self.origin.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class SectorAnswer:
    """A sector, its industries, and the stocks of the ETFs that a source puts into it."""

    sector_key: str
    name: str
    description: str
    industries: list[str]
    representative_stocks: list[str]
    symbols: list[str]

    def respell(self, spell: Callable[[str], str]) -> Self:
        """Return the answer with every stock symbol in another spelling."""
        return replace(
            self,
            symbols=[spell(s) for s in self.symbols],
            representative_stocks=[spell(s) for s in self.representative_stocks],
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as JSON values."""
        return {
            "sector_key": self.sector_key,
            "name": self.name,
            "description": self.description,
            "industries": self.industries,
            "representative_stocks": self.representative_stocks,
            "symbols": self.symbols,
            "total_symbols": len(self.symbols),
        }


@dataclass(frozen=True, slots=True)
class IndustryAnswer:
    """An industry, the sector that it falls into, and the stocks that a source puts into it."""

    industry: str
    sector: str | None
    symbols: list[str]

    def respell(self, spell: Callable[[str], str]) -> Self:
        """Return the answer with every stock symbol in another spelling."""
        return replace(self, symbols=[spell(s) for s in self.symbols])

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as JSON values."""
        return {
            "industry": self.industry,
            "sector": self.sector,
            "symbols": self.symbols,
            "total_symbols": len(self.symbols),
        }


@dataclass(frozen=True, slots=True)
class TypeCount:
    """How much there is of one type of group."""

    groups: int
    memberships: int
    proxies: int
    oldest_as_of: dt.date | None
    newest_as_of: dt.date | None


@dataclass(frozen=True, slots=True)
class Statistics:
    """How much there is in an environment."""

    environment: str
    types: dict[str, TypeCount]
    etf_stocks: int
    all_stocks: int
    metadata_entries: int
    metadata_with_sector: int
    snapshots: int
    snapshot_members: int
    last_recorded_at: dt.datetime | None
    etfs: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the statistics as JSON values."""
        return {
            "environment": self.environment,
            "types": {
                name: {
                    "groups": count.groups,
                    "memberships": count.memberships,
                    "proxies": count.proxies,
                    "oldest_as_of": count.oldest_as_of.isoformat() if count.oldest_as_of else None,
                    "newest_as_of": count.newest_as_of.isoformat() if count.newest_as_of else None,
                }
                for name, count in self.types.items()
            },
            "etf_stocks": self.etf_stocks,
            "all_stocks": self.all_stocks,
            "stock_metadata": self.metadata_entries,
            "stock_metadata_with_sector": self.metadata_with_sector,
            "snapshots": self.snapshots,
            "snapshot_members": self.snapshot_members,
            "last_recorded_at": self.last_recorded_at.isoformat()
            if self.last_recorded_at
            else None,
            "etfs": self.etfs,
        }
