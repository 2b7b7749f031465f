"""A group as it is compared and looked through: its stocks and its other assets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import fsum
from typing import TYPE_CHECKING, Any

from stockgroups.db.sql import load_statements
from stockgroups.model import Category
from stockgroups.queries.groups import find_group
from stockgroups.queries.moments import EVER
from stockgroups.queries.origins import make_label
from stockgroups.receipts import Notional
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stockgroups.model import GroupType
    from stockgroups.queries.answers import GroupAnswer
    from stockgroups.queries.moments import Moment

_SQL = load_statements("funds")
ROUNDING = 1e-9
"""A smaller rest is zero, because weights have twelve significant digits."""
LARGE_REST = 0.005
"""The unreported part of a fund from which there is a warning."""


class Part(StrEnum):
    """A part of a fund or of a portfolio. The parts of a fund sum to 1.

    `funds` are funds that are not looked through. `untold` is the part without a row in the source:
    rounding, rows that a layout leaves out, a source without weights. `unknown` are positions of a
    portfolio that are not recorded anywhere.
    """

    STOCKS = "stocks"
    FUNDS = "funds"
    CASH = "cash"
    DERIVATIVES = "derivatives"
    UNLISTED = "unlisted"
    OTHER = "other_assets"
    UNRESOLVED = "unresolved"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    UNSTATED = "untold"

    @property
    def label(self) -> str:
        """The part in words."""
        return _LABELS.get(self, self.value.replace("_", " "))


_LABELS = {Part.FUNDS: "funds not looked through", Part.UNSTATED: "not reported by the source"}
_TOLD = (Category.CASH, Category.DERIVATIVE, Category.UNLISTED, Category.OTHER, Category.REJECTED)
_RECORDED = (Category.MEMBER, Category.MERGED, Category.UNRESOLVED)


@dataclass(frozen=True, slots=True)
class Fund:
    """A group at a moment.

    Attributes:
        answer: The answer of `find_group`.
        beside: Its other assets besides stocks, as fractions; parts of zero are left out.
        listed: The weights of its other assets that have a ticker, by ticker, including funds.
        listed_names: Their names, as far as they are stated.
        notional: The notional of its derivatives; None if it has none or no source states it.
    """

    answer: GroupAnswer
    beside: Mapping[Part, float]
    listed: Mapping[str, float]
    listed_names: Mapping[str, str]
    notional: Notional | None = None

    @property
    def label(self) -> str:
        """The name by which to ask for the group: `SPY`, `universe:sp500`."""
        return make_label(self.answer.kind, self.answer.key)

    @property
    def has_weights(self) -> bool:
        """Whether the source has any weight."""
        return any(holding.weight is not None for holding in self.answer.holdings)

    @property
    def weights(self) -> dict[str, float]:
        """The weights of its stocks by symbol; a blank weight is 0."""
        summed: dict[str, float] = {}
        for holding in self.answer.holdings:
            summed[holding.symbol] = summed.get(holding.symbol, 0.0) + (holding.weight or 0.0)
        return summed

    def describe_source(self) -> dict[str, Any]:
        """Return the group with its origin, as JSON values."""
        return self.answer.sources()[0]

    def to_dict(self) -> dict[str, Any]:
        """Return the group, the origin of its members, and its other assets, as JSON values."""
        answer = self.answer
        return {
            "type": answer.kind.value,
            "key": answer.key,
            "name": answer.name,
            **answer.origin.to_dict(answer.on),
            "names": len(answer.holdings),
            "not_in_stocks": {part.value: weight for part, weight in self.beside.items()},
            "notional": self.notional.to_dict() if self.notional else None,
        }


def read_fund(
    store: Store, kind: GroupType, name: str, moment: Moment | None, *, details: bool = True
) -> Fund:
    """Return a group at a moment (None: now). The caller holds a reading transaction.

    With `details`, names, countries and currencies of its stocks are read too.

    Raises NotFoundError and StaleError as `find_group` does.
    """
    answer = find_group(store, kind, name, moment, details=details)
    row = execute(
        store, _SQL["read_account"], type=answer.kind.value, name=answer.key, **name_moment(moment)
    ).fetchone()
    account = row if row and not answer.origin.is_drifted else (None, None, None)
    weights, lines, notional = account
    names = {line["ticker"]: line["name"] for line in lines or () if line["name"]}
    stocks = fsum(holding.weight or 0.0 for holding in answer.holdings)
    return Fund(
        answer,
        find_beside(stocks, weights),
        _sum_lines(lines or ()),
        names,
        Notional(**notional) if notional else None,
    )


def name_moment(moment: Moment | None) -> dict[str, Any]:
    """Return a moment as the statements of this room name it."""
    nothing = {"on": None, "known_at": EVER, "published_by": None, "of_kind": None}
    return moment.parameters if moment else nothing


def find_beside(stocks: float, receipt: Mapping[str, float] | None) -> dict[Part, float]:
    """Return a group's assets besides stocks, by its receipt; the rest is untold.

    A row that was unresolved when the file was read may be a stock by now. So the unresolved part
    is the receipt's recorded weight beyond today's stocks.

    Args:
        stocks: The sum of its stocks' weights.
        receipt: The weights of its receipt by category; None if none is recorded.
    """
    found: dict[Part, float] = {}
    if receipt is not None:
        by_category = {Category.of_key(key): weight for key, weight in receipt.items()}
        found = {Part(one.key): by_category.get(one, 0.0) for one in _TOLD}
        recorded = fsum(by_category.get(one, 0.0) for one in _RECORDED)
        found[Part.UNRESOLVED] = recorded - stocks
    found[Part.UNSTATED] = 1.0 - fsum([stocks, *found.values()])
    return {part: weight for part, weight in found.items() if abs(weight) > ROUNDING}


def _sum_lines(lines: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Return the weights of a receipt's lines by ticker."""
    summed: dict[str, float] = {}
    for line in lines:
        summed[line["ticker"]] = summed.get(line["ticker"], 0.0) + line["weight"]
    return summed
