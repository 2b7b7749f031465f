"""The types of the catalogues' entries.

The first field is the entry's key. `fields.read_entries` reads the others by their annotations: a
field with a default may be missing, and metadata `of` names the table whose keys are allowed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.json_values import Fields, pick

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class EtfEntry:
    """A fund. `name` is its full name as its issuer uses it today.

    `index` is the index that it tracks, in words; None for an active fund. `url` is the issuer's
    page of the fund. `proxy_universe` is the universe whose members are the fund's proxy while it
    has no holdings file; `proxy_sector` narrows it to one sector. `market_cap_threshold` is the
    minimum size in US dollars of the companies in such a fund; it describes and filters nothing.
    `other_names` are present and former spellings in its files, `identifiers` the CUSIPs and ISINs
    by which files name it.
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
        return f"{self.ticker} has been {self.fund} since {self.effective}"


@dataclass(frozen=True, slots=True)
class SectorEntry:
    """A sector, its industries, and stocks that clearly belong to it."""

    key: str
    name: str
    description: str
    industries: tuple[str, ...] = field(metadata={"least": 1})
    representative_stocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SectorOverride(Fields):
    """A user's decision on the sector of a stock, valid from its day on.

    `sector` None withdraws an earlier decision. `industry` is one of the sector's, or None.
    """

    KEYS = "symbol sector industry decided_on reason"

    symbol: str
    decided_on: dt.date
    sector: str | None
    industry: str | None
    reason: str

    @property
    def decision(self) -> dict[str, Any]:
        """What was decided, as JSON values."""
        return pick(self, "sector industry reason decided_on")


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
    """A universe, and the source of its members: one of three, or lists alone.

    `index` is its name in the package pytickersymbols, `symbols` are its members as a person wrote
    them, `fund` is the fund whose members are its proxy. `other_names` are its names in lists:
    names and codes of its index.
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
        """The metadata of its group's row besides the description."""
        values = {"name": self.name, "index": self.index, "fund": self.fund}
        return {key: text for key, text in values.items() if text is not None}


LONGEST_LOCAL = 15
"""Characters of a local ticker, by the grammar of symbols."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A market, and its spellings by sources and vendors.

    `mic` is the ISO 10383 code after the dot of a canonical symbol; a line on a market with `us`
    has a bare symbol instead. `listed` False marks what sources print for securities that trade
    nowhere. Numeric tickers are padded with zeros to `pad` digits (0: never), and `drop_suffix` is
    removed from the local ticker. `indices` are words in a list's name that mean an index of this
    market: `ftse 100`. `yahoo` is Yahoo's suffix ("" for the US markets), `bloomberg` Bloomberg's
    composite code; None if unknown. `bloomberg_venues` are its codes of this market alone.
    `reuters` are Reuters' codes of this market that Yahoo does not use.
    `prefixes` are the beginnings of tickers here, if another market has the same code and no such
    tickers.
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
    reuters: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    indices: tuple[str, ...] = ()
    pad: int = field(default=0, metadata={"most": LONGEST_LOCAL})
    drop_suffix: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatEntry:
    r"""A layout of holdings files, as a mapping of its columns, which `readers.declared` reads.

    Attributes:
        name: Its name.
        where: The place of its definition, for errors.
        issuer: The publisher of such files.
        version: It goes up with every change of code that takes part in reading such files.
        containers: The containers of such files, in words.
        last_seen: The newest date of a real file that it was tried on.
        recognised_by: Labels that only this format's header has; for JSON, keys.
        columns: The meaning of each label or key, as a `Field`. Of several columns with one meaning
            the first is used.
        ignored: Labels or keys without useful content.
        rows: For JSON: the path of the list of positions, such as `fund.holdings`.
        fund, fund_name, fund_id, date, total: The places outside the table of the fund's ticker,
            full name, CUSIP or ISIN, the as-of date and the number of positions: the words before
            the value, or `line 1`; for JSON a path.
        date_format: The format of dates, `DD/MM/YYYY`; None for unambiguous dates.
        weights: "percent" or "fraction"; None: decided by their sum.
        listed_on: The MIC of the market of lines that state none, or `US`.
        asset_classes: The meanings of its asset classes: stock, cash, derivative, unlisted or
            other; those of the format above it that `asset_classes_of` names too.
        lines: How to classify lines by the texts of a column: cash, derivative, unlisted or other,
            then the column, then its texts; `*` in a text matches anything.
        rewritten: By column, what takes the place of cells: a regular expression for the whole
            cell, then the text, with `\\1` for the first group.
        followed: Every whole file has a blank line or a remark after the table.
        omits_cash: Its files have no rows for cash.
        stocks_have_sectors: Every stock has a sector, so a line without one is none.
        several_funds: A file may hold several funds.
    """

    name: str
    where: str = ""
    issuer: str | None = None
    version: int = 1
    containers: str | None = None
    last_seen: str | None = None
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
    rewritten: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    followed: bool = False
    omits_cash: bool = False
    stocks_have_sectors: bool = False
    several_funds: bool = False
