"""The terms of the field as types: group, ref, snapshot, and what a row of a file is.

They have no behaviour beyond what holds for every value of the type.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.errors import UsageError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from stockgroups.receipts import Receipt
    from stockgroups.suspicions import Suspicion

ENVIRONMENTS = ("DEFAULT", "TEST", "UAT", "PROD")
NPORT = "nport"
"""The source of snapshots of N-PORT filings: what a fund reports to its regulator."""


class GroupType(StrEnum):
    """What kind of set a group is."""

    ETF = "ETF"
    UNIVERSE = "UNIVERSE"
    SECTOR = "SECTOR"
    THEME = "THEME"
    SEGMENT = "SEGMENT"
    CUSTOM = "CUSTOM"


PLURALS = {
    "etfs": GroupType.ETF,
    "universes": GroupType.UNIVERSE,
    "sectors": GroupType.SECTOR,
    "themes": GroupType.THEME,
    "segments": GroupType.SEGMENT,
    "custom": GroupType.CUSTOM,
}
"""What the groups of a type are called together."""


def read_kind(text: str) -> GroupType:
    """Return the type of group that a text names. Raises UsageError."""
    try:
        return GroupType(text)
    except ValueError as error:
        types = ", ".join(GroupType)
        raise UsageError(f"no type of group {text!r}", remedy=f"use one of {types}") from error


@dataclass(frozen=True, slots=True, order=True)
class GroupKey:
    """The name under which a group is known: one of its type in its environment."""

    environment: str
    type: GroupType
    name: str

    def __str__(self) -> str:
        return f"{self.type} {self.name} in {self.environment}"


class Ref(NamedTuple):
    """An instrument as a source reported it, with its canonical spelling.

    What the source left blank is None, never an empty text. `symbol` is spelling only: the security
    of a ref is decided from all refs together. (A named tuple is made twice as fast as a frozen
    dataclass, and a file makes thousands.)

    Attributes:
        symbol: The canonical symbol; the ISIN where the source has no ticker or no market for it;
            None where it has no ISIN either. All else is as reported.
    """

    symbol: str | None
    ticker: str | None = None
    name: str | None = None
    cusip: str | None = None
    isin: str | None = None
    sedol: str | None = None
    figi: str | None = None
    exchange: str | None = None
    country: str | None = None
    currency: str | None = None

    @property
    def known_as(self) -> str:
        """The symbol, else the first identifier that there is: `CUSIP 037833100`."""
        if self.symbol is not None:
            return self.symbol
        told = (("CUSIP", self.cusip), ("SEDOL", self.sedol), ("FIGI", self.figi))
        return next((f"{kind} {value}" for kind, value in told if value), "")

    @property
    def fingerprint(self) -> bytes:
        """A hash of 16 bytes of what was reported (SHA-256, cut).

        Together with `symbol` it is the key of `refs`: one list may mean `MC` in Paris, another one
        `MC` in New York. It is computed at each call.
        """
        reported = (
            f"{self.ticker or ''}\x1f{self.name or ''}\x1f{self.cusip or ''}\x1f"
            f"{self.isin or ''}\x1f{self.sedol or ''}\x1f{self.figi or ''}\x1f"
            f"{self.exchange or ''}\x1f{self.country or ''}\x1f{self.currency or ''}"
        )
        import hashlib  # noqa: PLC0415 - not for look-ups

        return hashlib.sha256(reported.encode()).digest()[:16]


class Alias(NamedTuple):
    """From the day `effective` on, the stock that was `old` is `new`; both are canonical symbols.

    `new` None: the old symbol came free, and its next holder is another stock. `new` equal to
    `old`: the stock that is reported from that day on is the earlier one, although its reports had
    ended. `source` tells who says so.
    """

    old: str
    effective: dt.date
    new: str | None
    source: str = ""


class Tenure(NamedTuple):
    """From `since` to before `until` all reports of a canonical symbol mean one stock.

    So a break in its reports parts nothing, and what a history writes under the symbol before the
    stock took it is the stock too. `source` tells which one it is, and why.
    """

    symbol: str
    since: dt.date
    until: dt.date
    source: str

    def __str__(self) -> str:
        return f"{self.symbol} is one stock from {self.since} to {self.until} ({self.source})"


class Category(StrEnum):
    """What a row of a holdings file is. Every row has exactly one category.

    An unresolved row is a stock that the file identifies, by SEDOL or CUSIP, without an ISIN and
    without its exchange: it has no symbol. It is recorded, and becomes a member when other sources
    tell which stock has the identifier.
    """

    MEMBER = "members"
    CASH = "cash"
    DERIVATIVE = "derivatives"
    UNLISTED = "unlisted"
    OTHER = "other assets"
    MERGED = "merged duplicates"
    UNRESOLVED = "unresolved"
    REJECTED = "rejected"

    @property
    def key(self) -> str:
        """The category as a key of JSON, without blanks."""
        return self.value.replace(" ", "_")

    @classmethod
    def of_key(cls, key: str) -> Category:
        """Return the category of a key; older receipts hold it with a blank."""
        return cls(key.replace("_", " "))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one source reported about one group for one date.

    Attributes:
        as_of: The date. None is for a catalogue, which has none: it is dated by the day of its
            change.
        source: The format, or another origin of the data.
        sha256: The hash of the file's bytes, or of the canonical content where there is no file.
        reader: The code that read it: format, version, digest of the catalogue.
        refs: The members, and the stocks without a symbol that may become members. The arrays run
            in parallel with them.
        receipt: The account of the file's rows.
        file_name: The file.
        issuer: The issuer of the file.
        is_proxy: It is made from an index's constituents in place of an issuer's file.
        published_on: The day on which the public could know it, such as a filing's date. None
            where the source does not tell.
        net_assets: The net assets of the fund.
        weights: Fractions of the net assets, to 12 significant digits, so that float8 and numeric
            agree. An element is None where the source left it blank; None where it has no such
            column.
        shares: Numbers of shares, None as for weights.
        sectors: Sector labels, None as for weights.
        industries: Industry labels, None as for weights.
        member_metadata: What another program's rows have besides, by symbol.
    """

    as_of: dt.date | None
    source: str
    sha256: str
    reader: str
    refs: tuple[Ref, ...]
    receipt: Receipt | None = None
    file_name: str | None = None
    issuer: str | None = None
    is_proxy: bool = False
    published_on: dt.date | None = None
    net_assets: float | None = None
    weights: tuple[float | None, ...] | None = None
    shares: tuple[float | None, ...] | None = None
    sectors: tuple[str | None, ...] | None = None
    industries: tuple[str | None, ...] | None = None
    member_metadata: Mapping[str, Mapping[str, Any]] | None = None

    def __post_init__(self) -> None:
        symbols = self.symbols
        # A set of as many can take three times the memory, where nearly all of it is in use.
        if len(dict.fromkeys(symbols)) != len(symbols):
            counts = Counter(symbols)
            twice = sorted(symbol for symbol, count in counts.items() if count > 1)
            raise ValueError(f"a snapshot holds each symbol once; twice: {', '.join(twice)}")
        arrays: Sequence[Sequence[object] | None] = (
            self.weights,
            self.shares,
            self.sectors,
            self.industries,
        )
        if any(array is not None and len(array) != len(self.refs) for array in arrays):
            raise ValueError("the arrays of a snapshot run in parallel with its refs")

    @property
    def symbols(self) -> tuple[str, ...]:
        """The members' canonical symbols, in the order of the refs."""
        return tuple([symbol for ref in self.refs if (symbol := ref.symbol) is not None])

    @property
    def suspicions(self) -> tuple[Suspicion, ...]:
        """Signs of damage in its file."""
        return self.receipt.suspicions if self.receipt else ()

    @property
    def member_count(self) -> int:
        """How many of the refs have a symbol."""
        return len(self.symbols)
