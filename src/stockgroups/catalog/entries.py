"""What one entry of each catalogue says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True, slots=True)
class EtfEntry:
    """A fund. `name` is its full name as its issuer uses it today.

    `index` is the index that it tracks, in words; None for an active fund. `url` is the issuer's
    page of the fund. `proxy_universe` is the universe whose members may stand in while there is no
    holdings file, and `proxy_sector` narrows it to one sector. `market_cap_threshold` is the size
    in US dollars above which the companies of such a fund lie; it describes and filters nothing.
    `other_names` are spellings that its files carry or carried in earlier years.
    """

    ticker: str
    name: str
    issuer: str
    kind: str
    index: str | None
    url: str
    proxy_universe: str | None
    proxy_sector: str | None
    market_cap_threshold: float | None
    other_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SectorEntry:
    """A sector, the industries it falls into, and stocks that anybody would name for it."""

    key: str
    name: str
    description: str
    industries: tuple[str, ...]
    representative_stocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SectorOverride:
    """A user's word on the sector of a stock, which counts from the day on which it was given.

    `sector` None takes an earlier word back. `industry` is one of the sector's, or None.
    """

    symbol: str
    decided_on: dt.date
    sector: str | None
    industry: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class ThemeEntry:
    """A theme: the rule by which a stock belongs to it, and the stocks that meet the rule."""

    key: str
    name: str
    description: str
    selection_criteria: str
    related_themes: tuple[str, ...]
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UniverseEntry:
    """A universe; `index` is the name by which the package pytickersymbols knows it."""

    key: str
    name: str
    description: str
    index: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """A market, and how sources and vendors write it.

    `mic` is the ISO 10383 code that stands after the dot of a canonical symbol; a line on a market
    with `us` has a bare symbol instead. `listed` False marks what sources print for securities
    that trade nowhere. Tickers of digits are padded with zeros to `pad` digits (0: never), and
    `drop_suffix` is taken off the local ticker. `yahoo` is Yahoo's suffix ("" for the US markets),
    `bloomberg` Bloomberg's composite code; None where not known.
    """

    mic: str
    name: str
    country: str
    us: bool
    listed: bool
    printed: tuple[str, ...]
    yahoo: str | None
    bloomberg: str | None
    pad: int
    drop_suffix: str | None
