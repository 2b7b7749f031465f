"""The members of all groups of a type, read at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from stockgroups.analytics.funds import name_moment
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import joining_by_hash
from stockgroups.queries.moments import find_effective, find_left_out, warn_left_out
from stockgroups.queries.origins import DRIFTED, Origin, make_label
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.analytics.funds import Fund
    from stockgroups.model import GroupType
    from stockgroups.queries.moments import Moment

_SQL = load_statements("funds")
_PAST = load_statements("past")


@dataclass(frozen=True, slots=True)
class GroupMembers:
    """A group's stocks, with their weights and industries if these are known."""

    label: str
    origin: Origin
    symbols: Sequence[str]
    weights: Sequence[float | None]
    industries: Sequence[str | None] = ()

    @classmethod
    def of(cls, fund: Fund) -> Self:
        """Return the members of a group that has been read."""
        holdings = fund.answer.holdings
        return cls(
            fund.label,
            fund.answer.origin,
            [one.symbol for one in holdings],
            [one.weight for one in holdings],
        )

    @property
    def by_symbol(self) -> dict[str, float]:
        """The weights by symbol; a stock without one counts as 0."""
        summed: dict[str, float] = defaultdict(float)
        for symbol, weight in zip(self.symbols, self.weights, strict=True):
            summed[symbol] += weight or 0.0
        return summed

    @property
    def has_weights(self) -> bool:
        """Whether the source has any weight."""
        return any(weight is not None for weight in self.weights)


def read_members(
    store: Store, kind: GroupType, moment: Moment | None, symbols: Sequence[str] | None = None
) -> list[GroupMembers]:
    """Return the members of all groups of a type; with `symbols` only these, and who has any."""
    wanted: dict[str, Any] = {"type": kind.value, "symbols": symbols, **name_moment(moment)}
    if moment is None:
        rows = execute(store, _SQL["read_members"], binary=True, **wanted).fetchall()
    else:
        with store.connection.transaction(), joining_by_hash(store.connection):
            rows = execute(store, _SQL["read_past_members"], binary=True, **wanted).fetchall()
    return [
        GroupMembers(
            make_label(kind, name),
            DRIFTED if is_drifted else Origin(*origin),
            symbols,
            weights,
            industries or (),
        )
        for name, is_drifted, *origin, symbols, weights, industries in rows
    ]


def warn_all_left_out(store: Store, kind: GroupType, moment: Moment | None) -> list[str]:
    """Return the warning that newer reports of groups of a type were not public yet, if any."""
    if moment is None or moment.published_by is None:
        return []
    rows = execute(store, _PAST["list_registry"], type=kind.value)
    numbers = [number for (number,) in rows]
    found = find_effective(store.connection, numbers, moment)
    return warn_left_out(moment, find_left_out(store.connection, numbers, found, moment))
