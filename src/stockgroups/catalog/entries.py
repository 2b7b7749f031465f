"""What one entry of each catalogue says.

The first field is the entry's key. `fields.read_entry` reads the others as their annotations say:
a field with a default may be missing, and metadata `of` names the table whose keys are allowed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class EtfEntry:
    """A fund. `name` is its full name as its issuer uses it today.

    `index` is the index that it tracks, in words; None for an active fund. `url` is the issuer's
    page of the fund. `proxy_universe` is the universe whose members may stand in while there is no
    holdings file, and `proxy_sector` narrows it to one sector. `market_cap_threshold` is the size
    in US dollars above which the companies of such a fund lie; it describes and filters nothing.
    `other_names` are spellings that its files carry or carried in earlier years, `identifiers` the
    CUSIPs and ISINs by which files name it.
    """

    ticker: str
    name: str
    issuer: str
    kind: str = field(metadata={"of": "kinds"})
    index: str | None
    url: str
    proxy_universe: str | None = field(metadata={"of": "universes"})
    proxy_sector: str | None = field(metadata={"of": "sectors"})
    market_cap_threshold: float | None
    other_names: tuple[str, ...]
    identifiers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormerTicker:
    """A ticker that a fund had before `effective`, the first day of trading under the next one."""

    ticker: str
    fund: str
    effective: dt.date
    source: str

    def __str__(self) -> str:
        return f"{self.ticker} is {self.fund} since {self.effective}"


@dataclass(frozen=True, slots=True)
class SectorEntry:
    """A sector, the industries it falls into, and stocks that anybody would name for it."""

    key: str
    name: str
    description: str
    industries: tuple[str, ...] = field(metadata={"least": 1})
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

    def to_dict(self) -> dict[str, str | None]:
        """Return it as JSON values."""
        return {
            "symbol": self.symbol,
            "sector": self.sector,
            "industry": self.industry,
            "decided_on": self.decided_on.isoformat(),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class ThemeEntry:
    """A theme: the rule by which a stock belongs to it, and the stocks that meet the rule."""

    key: str
    name: str
    description: str
    selection_criteria: str
    related_themes: tuple[str, ...] = field(metadata={"of": "themes"})
    symbols: tuple[str, ...] = field(metadata={"least": 1})


@dataclass(frozen=True, slots=True)
class UniverseEntry:
    """A universe, and where its members come from: one of three places, or lists alone.

    `index` is the name by which the package pytickersymbols knows it, `symbols` are its members as
    a person wrote them, `fund` is the fund whose members stand in for it. `other_names` are what
    lists call it: names and codes of its index.
    """

    key: str
    name: str
    description: str
    index: str | None
    symbols: tuple[str, ...]
    fund: str | None = field(metadata={"of": "etfs"})
    other_names: tuple[str, ...]

    @property
    def metadata(self) -> dict[str, str]:
        """What its group's row tells beside the description."""
        told = {"name": self.name, "index": self.index, "fund": self.fund}
        return {key: text for key, text in told.items() if text is not None}


LONGEST_LOCAL = 15
"""Characters of a local ticker, by the grammar of symbols."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A market, and how sources and vendors write it.

    `mic` is the ISO 10383 code that stands after the dot of a canonical symbol; a line on a market
    with `us` has a bare symbol instead. `listed` False marks what sources print for securities
    that trade nowhere. Tickers of digits are padded with zeros to `pad` digits (0: never), and
    `drop_suffix` is taken off the local ticker. `indices` are words by which the name of a list
    tells that its stocks are those of an index of this market: `ftse 100`. `yahoo` is Yahoo's
    suffix ("" for the US markets), `bloomberg` Bloomberg's composite code; None where not known.
    `bloomberg_venues` are its codes of this market alone. `prefixes` are how tickers begin here,
    where another market has the same code and no such tickers.
    """

    mic: str
    name: str
    country: str
    us: bool = False
    listed: bool = True
    printed: tuple[str, ...] = ()
    yahoo: str | None = None
    bloomberg: str | None = None
    bloomberg_venues: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    indices: tuple[str, ...] = ()
    pad: int = field(default=0, metadata={"most": LONGEST_LOCAL})
    drop_suffix: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatEntry:
    """A layout of holdings files, as a mapping of its columns; `readers.declared` reads by it.

    Attributes:
        name: Its name.
        where: Where it is written, for errors.
        issuer: Who publishes such files.
        recognised_by: Labels that its header has, and no other format's; of JSON, keys.
        columns: What each label or key means, in the words of `Field`. Of several columns with one
            meaning the first counts.
        ignored: Labels or keys that say nothing of use.
        rows: Of JSON: where the list of positions stands, a path such as `fund.holdings`.
        fund, fund_name, fund_id, date, total: Where the fund's ticker, full name, CUSIP or ISIN,
            the as-of date and the number of positions stand outside of the table: the words before
            it, or `line 1`; of JSON a path.
        date_format: How dates are written, `DD/MM/YYYY`; None for dates that mean one day alone.
        weights: "percent" or "fraction"; None: as their sum tells.
        listed_on: The MIC of the market of lines that say none, or `US`.
        asset_classes: What its asset classes mean: stock, cash, derivative, unlisted or other.
        lines: What lines are, by the texts of a column: cash, derivative, unlisted or other, then
            the column, then its texts; `*` in one stands for any.
        followed: A blank line or a remark stands behind the table of every whole file.
        omits_cash: Its files have no rows for cash.
        several_funds: A file may hold several funds.
    """

    name: str
    where: str = ""
    issuer: str | None = None
    recognised_by: tuple[str, ...] = field(metadata={"least": 1})
    columns: Mapping[str, str]
    ignored: tuple[str, ...] = ()
    rows: str | None = None
    fund: str | None = None
    fund_name: str | None = None
    fund_id: str | None = None
    date: str | None = None
    date_format: str | None = None
    total: str | None = None
    weights: str | None = None
    listed_on: str | None = None
    asset_classes: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    followed: bool = False
    omits_cash: bool = False
    several_funds: bool = False
