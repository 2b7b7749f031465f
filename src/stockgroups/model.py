"""The terms of the field as types: group, ref, snapshot, and the category of a file's row.

They have only the behaviour that is valid for every value of the type.
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
    """The kind of set that a group is."""

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
"""The plural words for the groups of a type."""


def read_kind(text: str) -> GroupType:
    """Return the type of group that a text names. Raises UsageError."""
    try:
        return GroupType(text)
    except ValueError as error:
        types = ", ".join(GroupType)
        raise UsageError(f"unknown group type {text!r}", remedy=f"use one of {types}") from error


@dataclass(frozen=True, slots=True, order=True)
class GroupKey:
    """The name of a group: unique for its type in its environment."""

    environment: str
    type: GroupType
    name: str

    @property
    def full_name(self) -> str:
        """`TYPE NAME`, as the audit names the group."""
        return f"{self.type} {self.name}"

    def __str__(self) -> str:
        return f"{self.full_name} in {self.environment}"


class Ref(NamedTuple):
    """An instrument as a source reported it, with its canonical spelling.

    A field that the source left blank is None, never an empty text. `symbol` is spelling only: the
    security of a ref is decided from all refs together. (Python creates a named tuple twice as fast
    as a frozen dataclass, and a file has thousands of refs.)

    Attributes:
        symbol: The canonical symbol; the ISIN if the source has no ticker, or no market for the
            ticker; None if it has no ISIN either. All other fields are as reported.
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
        """The symbol, else the first identifier of the ref: `CUSIP 037833100`."""
        if self.symbol is not None:
            return self.symbol
        identifiers = (("CUSIP", self.cusip), ("SEDOL", self.sedol), ("FIGI", self.figi))
        return next((f"{kind} {value}" for kind, value in identifiers if value), "")

    @property
    def fingerprint(self) -> bytes:
        """Return a hash of the reported fields: the first 16 bytes of a SHA-256.

        Together with `symbol` it is the key of `refs`: one list may mean `MC` in Paris, another one
        `MC` in New York. Each call computes it.
        """
        reported = (
            f"{self.ticker or ''}\x1f{self.name or ''}\x1f{self.cusip or ''}\x1f"
            f"{self.isin or ''}\x1f{self.sedol or ''}\x1f{self.figi or ''}\x1f"
            f"{self.exchange or ''}\x1f{self.country or ''}\x1f{self.currency or ''}"
        )
        import hashlib  # noqa: PLC0415 - not for look-ups

        return hashlib.sha256(reported.encode()).digest()[:16]


class Alias(NamedTuple):
    """A rename: from the day `effective` on, the stock with the symbol `old` has the symbol `new`.

    Both are canonical symbols. `new` None: the old symbol became free, and its next holder is
    another stock. `new` equal to `old`: the stock reported from that day on is the earlier stock,
    although its reports had ended. `source` names the evidence.
    """

    old: str
    effective: dt.date
    new: str | None
    source: str = ""


class Tenure(NamedTuple):
    """A range of dates, from `since` to before `until`, in which a canonical symbol is one stock.

    So a break in the reports does not start another stock. If a history uses the symbol for days
    before the stock took it, it means the same stock. `source` states which stock it is, and why.
    """

    symbol: str
    since: dt.date
    until: dt.date
    source: str

    def __str__(self) -> str:
        return f"{self.symbol} is one stock from {self.since} to {self.until} ({self.source})"


class Category(StrEnum):
    """The category of a row of a holdings file. Every row has exactly one.

    An unresolved row is a stock that the file identifies by SEDOL or CUSIP, without an ISIN and
    without an exchange, so that it has no symbol. It is recorded, and becomes a member when other
    sources show which stock has the identifier.
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
        """Return the category of a key; older receipts write the key with a blank."""
        return cls(key.replace("_", " "))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one source reported about one group for one date.

    Attributes:
        as_of: The date. It is None for a catalogue, which has no date; the day of its change
            becomes the date.
        source: The format, or another origin of the data.
        sha256: The hash of the file's bytes, or of the canonical content if there is no file.
        reader: The code that read it: format, version, digest of the catalogue.
        refs: The members, and the stocks without a symbol that may become members. The arrays are
            parallel to them.
        receipt: The account of the file's rows.
        file_name: The name of the file.
        issuer: The issuer of the file.
        is_proxy: Whether it is made from an index's constituents in place of an issuer's file.
        published_on: The day on which the public could know it, such as a filing's date; None if
            the source does not state one.
        net_assets: The net assets of the fund.
        weights: Fractions of the net assets, to 12 significant digits, so that float8 and numeric
            agree. An element is None if the source left it blank. All is None if the source has no
            such column.
        shares: Numbers of shares; None as for weights.
        sectors: Sector labels; None as for weights.
        industries: Industry labels; None as for weights.
        member_metadata: Further fields of another program's rows, by symbol.
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
        # A set of the same size can take three times the memory, and memory is nearly full here.
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
        """The signs of damage in its file."""
        return self.receipt.suspicions if self.receipt else ()

    @property
    def member_count(self) -> int:
        """The number of refs with a symbol."""
        return len(self.symbols)
