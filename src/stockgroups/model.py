"""The words of the field as types: group, ref, snapshot, receipt, finding.

No behaviour of its own beyond what holds for every value of the type.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

ENVIRONMENTS = ("DEFAULT", "TEST", "UAT", "PROD")


class GroupType(StrEnum):
    """What kind of set a group is."""

    ETF = "ETF"
    UNIVERSE = "UNIVERSE"
    SECTOR = "SECTOR"
    THEME = "THEME"
    SEGMENT = "SEGMENT"
    CUSTOM = "CUSTOM"


@dataclass(frozen=True, slots=True, order=True)
class GroupKey:
    """The name under which a group is known: one of its type in its environment."""

    environment: str
    type: GroupType
    name: str

    def __str__(self) -> str:
        return f"{self.type} {self.name} in {self.environment}"


class Ref(NamedTuple):
    """An instrument as a source printed it, and `symbol`, the canonical spelling of that print.

    `symbol` is spelling only: what security it turns out to be is decided from all refs together.
    What the source left blank is None, never an empty text. (A named tuple: a file makes thousands,
    and they are made twice as fast as instances of a frozen dataclass.)
    """

    symbol: str
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
    def fingerprint(self) -> bytes:
        """16 bytes that are equal exactly when all fields are (BLAKE2b); the key of `refs`.

        Computed at each call: who needs it twice keeps it.
        """
        printed = (
            f"{self.symbol}\x1f{self.ticker or ''}\x1f{self.name or ''}\x1f{self.cusip or ''}\x1f"
            f"{self.isin or ''}\x1f{self.sedol or ''}\x1f{self.figi or ''}\x1f"
            f"{self.exchange or ''}\x1f{self.country or ''}\x1f{self.currency or ''}"
        )
        return hashlib.blake2b(printed.encode(), digest_size=16).digest()


class Alias(NamedTuple):
    """From `effective` on, the stock that was `old` is `new`; both are canonical symbols.

    `new` None: the old symbol came free, and who has it from that day on is another stock. `source`
    says who says so.
    """

    old: str
    effective: dt.date
    new: str | None
    source: str = ""


class Category(StrEnum):
    """What a row of a holdings file turned out to be. Every row is exactly one of these."""

    MEMBER = "members"
    CASH = "cash"
    DERIVATIVE = "derivatives"
    UNLISTED = "unlisted"
    OTHER = "other assets"
    MERGED = "merged duplicates"
    REJECTED = "rejected"


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
class Receipt:
    """The account of every row that a file had.

    `rows` and `weights` hold every category; weights are fractions and None throughout where the
    file gives none. A merged row's weight stands under MERGED here and in its member's weight in
    the snapshot. `printed_weight` is the sum of the file's own weight column as a fraction;
    `basis` says where the weights come from: "market value", "printed" or "none". `as_of_from` and
    `fund_from` say whether date and fund are the content's; `fund_from` is None where no file says
    it. The columns and asset classes that are not understood stand there as printed.
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

    @property
    def rows_read(self) -> int:
        """All rows of the table, whatever became of them."""
        return sum(self.rows.values())

    def as_dict(self) -> dict[str, Any]:
        """Return the receipt as JSON values; categories by their words."""
        return {
            "rows_read": self.rows_read,
            "rows": {category.value: self.rows.get(category, 0) for category in Category},
            "weights": None
            if self.weights is None
            else {category.value: self.weights.get(category, 0.0) for category in Category},
            "printed_weight": self.printed_weight,
            "unit": self.unit,
            "basis": self.basis,
            "as_of_from": self.as_of_from,
            "fund_from": self.fund_from,
            "lines": [
                {
                    "line": line.line,
                    "category": line.category.value,
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
        }


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one source said about one group on one date. The arrays run in parallel with `refs`.

    `as_of` None means "now": a catalogue, which has no date of its own and is dated by the day on
    which its words change. Weights are fractions of the fund's net assets, to 12 significant
    digits, so that float8 and numeric agree; an element is None where the source left it blank,
    and the whole is None where the source has no such column. `reader` names the code that read
    it (format, version, catalogue digest); `sha256` is that of the file's bytes, or of the
    canonical content where there is no file.
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
    net_assets: float | None = None
    weights: tuple[float | None, ...] | None = None
    shares: tuple[float | None, ...] | None = None
    sectors: tuple[str | None, ...] | None = None
    industries: tuple[str | None, ...] | None = None

    def __post_init__(self) -> None:
        if len({ref.symbol for ref in self.refs}) != len(self.refs):
            counts = Counter(self.symbols)
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
        return tuple([ref.symbol for ref in self.refs])


class Severity(StrEnum):
    """How bad a finding is: an error fails its check, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found: located, said, and with what to do about it."""

    check: str
    severity: Severity
    message: str
    group: str | None = None
    symbol: str | None = None
    remedy: str | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as JSON values."""
        return {
            "check": self.check,
            "severity": self.severity.value,
            "message": self.message,
            "group": self.group,
            "symbol": self.symbol,
            "remedy": self.remedy,
            "details": self.details,
        }
