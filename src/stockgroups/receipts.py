"""The receipt of a file: the outcome of every row, and the notional of its derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from stockgroups.json_values import Fields, pick
from stockgroups.model import Category
from stockgroups.suspicions import Guard, Suspicion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Amount(NamedTuple):
    """The notional amount of a derivative, in money.

    It is negative for a short side. If the source states no side, `is_sided` is False and the sign
    means nothing.
    """

    value: float
    is_sided: bool = True


@dataclass(frozen=True, slots=True)
class Notional(Fields):
    """The notional of a fund's derivatives, as fractions of its net assets.

    The market value of the derivatives is part of the fund's weights; the notional is not.

    Attributes:
        long: The notional that gains when its underlying gains.
        short: The notional that loses when its underlying gains; 0 or negative.
        unsided: The notional whose side the source does not state, without a sign.
        untold: The number of derivatives whose notional the source does not state.
    """

    long: float = 0.0
    short: float = 0.0
    unsided: float = 0.0
    untold: int = 0

    @classmethod
    def of(cls, amounts: Sequence[Amount | None], net_assets: float | None) -> Self | None:
        """Return the notional of derivatives; None without any derivative or without net assets."""
        if not amounts or not net_assets:
            return None
        known = [one for one in amounts if one is not None]
        sided = [one.value for one in known if one.is_sided]
        sums = (
            fsum(value for value in sided if value > 0),
            fsum(value for value in sided if value < 0),
            fsum(abs(one.value) for one in known if not one.is_sided),
        )
        long, short, unsided = (float(f"{value / net_assets:.12g}") for value in sums)
        return cls(long, short, unsided, len(amounts) - len(known))

    @property
    def is_known(self) -> bool:
        """Whether the source states a notional for any derivative."""
        return any((self.long, self.short, self.unsided))


@dataclass(frozen=True, slots=True)
class RejectedEntry(Fields):
    """A rejected entry of a directory or a register, and the reason."""

    line: int
    ticker: str | None
    name: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class ReceiptLine(Fields):
    """One row that did not become a member of its own, with the reason."""

    KEYS = "line category=category.key reason ticker name weight"

    line: int
    category: Category
    reason: str
    ticker: str | None
    name: str | None
    weight: float | None


@dataclass(frozen=True, slots=True)
class RowSum(Fields):
    """Rows that are reported as one sum: a bond fund has thousands that are not members."""

    KEYS = "category=category.key reason rows weight"

    category: Category
    reason: str
    rows: int
    weight: float


@dataclass(frozen=True, slots=True)
class FilingFacts(Fields):
    """The SEC filing that a snapshot comes from.

    Attributes:
        form: NPORT-P, or NPORT-P/A for an amendment.
        accession: The filing's number; None if the file does not state it.
        cik: The registrant's number.
        registrant: The registrant's name.
        series_id: The fund's series; None for a trust without series.
        fund_name: The fund's name in the filing.
    """

    form: str
    accession: str | None
    cik: int
    registrant: str
    series_id: str | None
    fund_name: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The account of every row of a file.

    Attributes:
        rows: The number of rows of every category.
        weights: The weight of every category, as fractions; None if the file has no weights. The
            weight of a merged row is here under MERGED, and in its member's weight in the snapshot.
        printed_weight: The sum of the file's own weight column, as a fraction.
        unit: The unit of that column.
        basis: The origin of the weights: "market value", "printed" or "none".
        as_of_from: The origin of the date.
        fund_from: The origin of the fund's name; None if no file states the fund.
        lines: The rows that are not members of their own.
        together: The lightest of these rows, summed by reason, if there are too many to list.
        unknown_columns: Labels of unknown columns.
        unknown_classes: Unknown asset classes.
        notes: Remarks of the reader.
        suspicions: Signs of damage that a person has accepted, or may accept.
        unweighted: The number of members without a weight in a file with weights.
        unnamed: The number of members with an ISIN and no ticker.
        filing: The filing at the SEC; None if the file is not a filing.
        notional: The notional of its derivatives; None if it has none.
    """

    rows: dict[Category, int]
    weights: dict[Category, float] | None = None
    printed_weight: float | None = None
    unit: str | None = None
    basis: str = "none"
    as_of_from: str = "the content"
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
        """The number of all rows of the table, in every category."""
        return sum(self.rows.values())

    def count(self, category: Category) -> int:
        """Return the number of rows of a category."""
        return self.rows.get(category, 0)

    def weight(self, category: Category) -> float:
        """Return the weight of a category; 0 if the file has no weights."""
        return (self.weights or {}).get(category, 0.0)

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Self:
        """Return the receipt from the values of `to_dict`; older receipts lack the newer keys."""
        weights = value["weights"]
        return cls(
            rows={Category.of_key(word): count for word, count in value["rows"].items()},
            weights=None
            if weights is None
            else {Category.of_key(word): weight for word, weight in weights.items()},
            printed_weight=value["printed_weight"],
            unit=value["unit"],
            basis=value["basis"],
            as_of_from=value["as_of_from"],
            lines=tuple(
                ReceiptLine(**line | {"category": Category.of_key(line["category"])})
                for line in value["lines"]
            ),
            unknown_columns=tuple(value["unknown_columns"]),
            fund_from=value.get("fund_from"),
            unknown_classes=tuple(value.get("unknown_classes", ())),
            notes=tuple(value["notes"]),
            suspicions=tuple(
                Suspicion(Guard(item["guard"]), item["message"])
                for item in value.get("suspicions", ())
            ),
            unweighted=value.get("unweighted", 0),
            unnamed=value.get("unnamed", 0),
            filing=FilingFacts(**value["filing"]) if value.get("filing") else None,
            together=tuple(
                RowSum(**rows | {"category": Category.of_key(rows["category"])})
                for rows in value.get("together", ())
            ),
            notional=Notional(**value["notional"]) if value.get("notional") else None,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the receipt as JSON values."""
        return {
            "rows_read": self.rows_read,
            "rows": {category.key: self.rows.get(category, 0) for category in Category},
            "weights": None
            if self.weights is None
            else {category.key: self.weights.get(category, 0.0) for category in Category},
            **pick(
                self,
                "printed_weight unit basis as_of_from fund_from lines unknown_columns "
                "unknown_classes notes suspicions unweighted unnamed filing together notional",
            ),
        }
