"""The terms of the field as types: group, ref, snapshot, receipt.

They have no behaviour beyond what holds for every value of the type.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum
from math import fsum
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from stockgroups.errors import UsageError
from stockgroups.suspicions import Guard, Suspicion

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

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
            None where it has no ISIN either.
        ticker: The ticker as reported.
        name: The name as reported.
        cusip: The CUSIP as reported.
        isin: The ISIN as reported.
        sedol: The SEDOL as reported.
        figi: The FIGI as reported.
        exchange: The exchange as reported.
        country: The country as reported.
        currency: The currency as reported.
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


class Amount(NamedTuple):
    """What a derivative stands for, in money.

    It is negative for a short side. Where the source tells no side, `is_sided` is False, and it has
    no sign.
    """

    value: float
    is_sided: bool = True


@dataclass(frozen=True, slots=True)
class Notional:
    """What the derivatives of a fund stand for, as fractions of its net assets.

    What they are worth is in the fund's weights; this is not.

    Attributes:
        long: What gains as that gains which the derivatives are on.
        short: What loses then, 0 or negative.
        unsided: What has a side that the source does not tell, without a sign.
        untold: The number of derivatives of which the source does not tell what they stand for.
    """

    long: float = 0.0
    short: float = 0.0
    unsided: float = 0.0
    untold: int = 0

    @classmethod
    def of(cls, amounts: Sequence[Amount | None], net_assets: float | None) -> Self | None:
        """Return what derivatives stand for; None for no derivative, or without net assets."""
        if not amounts or not net_assets:
            return None
        told = [one for one in amounts if one is not None]
        sided = [one.value for one in told if one.is_sided]
        sums = (
            fsum(value for value in sided if value > 0),
            fsum(value for value in sided if value < 0),
            fsum(abs(one.value) for one in told if not one.is_sided),
        )
        long, short, unsided = (float(f"{value / net_assets:.12g}") for value in sums)
        return cls(long, short, unsided, len(amounts) - len(told))

    @property
    def is_told(self) -> bool:
        """Whether the source tells of any derivative what it stands for."""
        return any((self.long, self.short, self.unsided))

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One row that did not become a member of its own, and why."""

    line: int
    category: Category
    reason: str
    ticker: str | None
    name: str | None
    weight: float | None


@dataclass(frozen=True, slots=True)
class RowSum:
    """Rows that are told together: a fund of bonds has thousands that are no members."""

    category: Category
    reason: str
    rows: int
    weight: float

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "category": self.category.key,
            "reason": self.reason,
            "rows": self.rows,
            "weight": self.weight,
        }


@dataclass(frozen=True, slots=True)
class FilingFacts:
    """Which filing at the SEC a snapshot comes from.

    Attributes:
        form: NPORT-P, or NPORT-P/A for an amendment.
        accession: The filing's number, None where the file does not tell it.
        cik: The registrant's number.
        registrant: The registrant's name.
        series_id: The fund's series, None for a trust that has none.
        fund_name: The fund's name as the filing has it.
    """

    form: str
    accession: str | None
    cik: int
    registrant: str
    series_id: str | None
    fund_name: str

    def to_dict(self) -> dict[str, Any]:
        """Return the facts as JSON values."""
        return {
            "form": self.form,
            "accession": self.accession,
            "cik": self.cik,
            "registrant": self.registrant,
            "series_id": self.series_id,
            "fund_name": self.fund_name,
        }


@dataclass(frozen=True, slots=True)
class Receipt:
    """The account of every row of a file.

    Attributes:
        rows: The number of rows of every category.
        weights: The weight of every category, as fractions; None where the file has no weights. The
            weight of a merged row is here under MERGED, and in its member's weight in the snapshot.
        printed_weight: The sum of the file's own weight column, as a fraction.
        unit: The unit of that column.
        basis: Where the weights come from: "market value", "printed" or "none".
        as_of_from: Where the date comes from.
        fund_from: Where the fund comes from, None where no file tells it.
        lines: The rows that are no member of their own.
        together: The lightest of them by reason, where there are too many to tell each.
        unknown_columns: Labels of columns that are not understood.
        unknown_classes: Asset classes that are not understood.
        notes: What the reader tells.
        suspicions: Signs of damage that a person has accepted, or may accept.
        unweighted: The number of members without a weight in a file with weights.
        unnamed: The number of members with an ISIN and no ticker.
        filing: The filing at the SEC, None for what is none.
        notional: What its derivatives stand for, None where it has none.
    """

    rows: dict[Category, int]
    weights: dict[Category, float] | None
    printed_weight: float | None
    unit: str | None
    basis: str
    as_of_from: str
    fund_from: str | None = None
    lines: tuple[ReceiptLine, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    unknown_classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()
    unweighted: int = 0
    unnamed: int = 0
    filing: FilingFacts | None = None
    together: tuple[RowSum, ...] = ()
    notional: Notional | None = None

    @property
    def rows_read(self) -> int:
        """All rows of the table, whatever became of them."""
        return sum(self.rows.values())

    def to_dict(self) -> dict[str, Any]:
        """Return the receipt as JSON values."""
        return {
            "rows_read": self.rows_read,
            "rows": {category.key: self.rows.get(category, 0) for category in Category},
            "weights": None
            if self.weights is None
            else {category.key: self.weights.get(category, 0.0) for category in Category},
            "printed_weight": self.printed_weight,
            "unit": self.unit,
            "basis": self.basis,
            "as_of_from": self.as_of_from,
            "fund_from": self.fund_from,
            "lines": [
                {
                    "line": line.line,
                    "category": line.category.key,
                    "reason": line.reason,
                    "ticker": line.ticker,
                    "name": line.name,
                    "weight": line.weight,
                }
                for line in self.lines
            ],
            "unknown_columns": list(self.unknown_columns),
            "unknown_classes": list(self.unknown_classes),
            "notes": list(self.notes),
            "suspicions": [suspicion.to_dict() for suspicion in self.suspicions],
            "unweighted": self.unweighted,
            "unnamed": self.unnamed,
            "filing": self.filing.to_dict() if self.filing else None,
            "together": [rows.to_dict() for rows in self.together],
            "notional": self.notional.to_dict() if self.notional else None,
        }


def parse_suspicions(receipt: Mapping[str, Any]) -> tuple[Suspicion, ...]:
    """Return the suspicions in a receipt's JSON values; older receipts have none."""
    return tuple(
        Suspicion(Guard(told["guard"]), told["message"]) for told in receipt.get("suspicions", ())
    )


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
        if len(set(symbols)) != len(symbols):
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
        return tuple([ref.symbol for ref in self.refs if ref.symbol is not None])

    @property
    def suspicions(self) -> tuple[Suspicion, ...]:
        """Signs of damage in its file."""
        return self.receipt.suspicions if self.receipt else ()

    @property
    def member_count(self) -> int:
        """How many of the refs have a symbol."""
        return len(self.symbols)
