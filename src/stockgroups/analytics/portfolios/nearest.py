"""The funds that share most with one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from stockgroups.analytics.funds import read_fund
from stockgroups.analytics.members import read_members, warn_all_left_out
from stockgroups.analytics.portfolios.overlap import compare, read_name, sum_shared, warn_of
from stockgroups.db.transactions import reading
from stockgroups.model import GroupType
from stockgroups.queries.frames import Kind, Tabular
from stockgroups.queries.origins import ORIGIN_KINDS, Asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.analytics.funds import Fund
    from stockgroups.analytics.portfolios.overlap_answers import Pair
    from stockgroups.queries.moments import Moment
    from stockgroups.store import Store


_OF_A_FUND = ("not_in_stocks", "notional")
"""Keys of a fund that a row does not have."""


@dataclass(frozen=True, slots=True, repr=False)
class NearestAnswer(Asked, Tabular):
    """The funds with the largest overlap with one.

    Attributes:
        fund: The group that was asked about.
        nearest: The funds, each with its overlap with the group (`a` is the group).
        moment: The requested day, None: now.
        warnings: What makes the figures less than they seem.
    """

    KEYS = "*question group=fund.label *fund groups=rows() warnings"
    KINDS: ClassVar[Mapping[str, Kind]] = {
        "group": Kind.TEXT,
        "type": Kind.TEXT,
        "key": Kind.TEXT,
        "name": Kind.TEXT,
        **ORIGIN_KINDS,
        "names": Kind.INTEGER,
        "shared": Kind.INTEGER,
        "overlap": Kind.NUMBER,
        "covered": Kind.NUMBER,
        "covers": Kind.NUMBER,
    }

    fund: Fund
    nearest: tuple[tuple[Fund, Pair], ...]
    moment: Moment | None
    warnings: tuple[str, ...]

    def __repr__(self) -> str:
        found = ", ".join(fund.label for fund, _ in self.nearest)
        return f"<NearestAnswer {self.fund.label}: {found}>"

    def rows(self) -> list[dict[str, Any]]:
        """Return the funds, the one that shares most first."""
        return [
            {
                "group": fund.label,
                **{key: value for key, value in fund.to_dict().items() if key not in _OF_A_FUND},
                "shared": pair.shared,
                "overlap": pair.overlap,
                "covered": pair.covered_b,
                "covers": pair.covered_a,
            }
            for fund, pair in self.nearest
        ]

    def sources(self) -> list[dict[str, Any]]:
        """Return the group and the funds with their origins."""
        return [fund.describe_source() for fund in (self.fund, *(fund for fund, _ in self.nearest))]


def find_nearest_funds(
    store: Store, name: str, moment: Moment | None = None, *, limit: int = 10
) -> NearestAnswer:
    """Return the funds that share most with a group at a moment (None: now).

    By weight; with a group without weights by the number of shared names.

    Raises:
        NotFoundError: There is no such group.
        StaleError: Its source, or that of one of the funds, is older than the moment allows.
    """
    with reading(store.connection):
        fund = read_fund(store, *read_name(name), moment)
        own = fund.weights
        ranked = []
        for other in read_members(store, GroupType.ETF, moment, list(own)):
            theirs = other.by_symbol
            if other.label != fund.label:
                ranked.append((-sum_shared(own, theirs), -len(theirs), other.label))
        ranked.sort()
        funds = [read_fund(store, GroupType.ETF, label, moment) for *_, label in ranked[:limit]]
        left_out = warn_all_left_out(store, GroupType.ETF, moment)
    pairs = tuple((other, compare([fund, other]).pairs[0]) for other in funds)
    warnings = [warning for one in (fund, *funds) for warning in warn_of(one)]
    warnings += [f"all funds: {warning}" for warning in left_out]
    return NearestAnswer(fund, pairs, moment, tuple(warnings))
