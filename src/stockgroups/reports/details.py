"""The details of every ETF in a report; all ETFs are read together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.analytics.attributes import describe_stocks, find_values
from stockgroups.analytics.funds import Part, find_beside
from stockgroups.analytics.members import GroupMembers, read_members
from stockgroups.db.sql import load_statements
from stockgroups.json_values import pick
from stockgroups.model import Category, GroupType
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stockgroups.checks import Validation
    from stockgroups.findings import Finding
    from stockgroups.jobs.measure import FundCoverage, MeasureReport
    from stockgroups.queries.freshness import Freshness
    from stockgroups.queries.statistics import GroupCount, Statistics

_SQL = load_statements("funds")
LARGEST = 10


class LargeHolding(NamedTuple):
    """One of the largest holdings, with the name in its newest report."""

    symbol: str
    name: str | None
    weight: float | None


class SectorPart(NamedTuple):
    """The stocks of a fund in one sector. Without a sector, `sector` and `name` are None."""

    sector: str | None
    name: str | None
    stocks: int
    weight: float | None


@dataclass(frozen=True, slots=True)
class FundDetail:
    """One ETF.

    Attributes:
        count: Its name, the number of its members, and their source.
        freshness: The age of that source.
        coverage: The number of its stocks with a sector; None if it holds no stocks.
        weight: The sum of its stocks' weights; None if the source has none.
        beside: Its positions that are not stocks, as fractions; empty without weights.
        largest: Its ten largest holdings.
        sectors: Its stocks by sector, the largest part first.
        rows: The rows of its file by category; None if no receipt is recorded.
        findings: The findings of the checks about it.
    """

    count: GroupCount
    freshness: Freshness
    coverage: FundCoverage | None
    weight: float | None
    beside: Mapping[Part, float]
    largest: Sequence[LargeHolding]
    sectors: Sequence[SectorPart]
    rows: Mapping[Category, int] | None
    findings: Sequence[Finding]

    def to_dict(self) -> dict[str, Any]:
        """Return the fund as JSON values."""
        return {
            **pick(self, "etf_symbol=count.name name=count.title total_holdings=count.members"),
            **self.count.origin.to_dict(),
            **pick(
                self, "state=freshness.state weight not_in_stocks=beside largest sectors coverage"
            ),
            "rows": None
            if self.rows is None
            else {category.key: count for category, count in self.rows.items()},
            **pick(self, "findings"),
        }


def read_details(
    store: Store,
    statistics: Statistics,
    freshness: Iterable[Freshness],
    validation: Validation,
    coverage: MeasureReport | None,
) -> list[FundDetail]:
    """Return every ETF, by ticker. The caller holds a reading transaction."""
    ages = {one.name: one for one in freshness if one.type == GroupType.ETF}
    covered = {one.etf: one for one in coverage.funds} if coverage else {}
    found: dict[str, list[Finding]] = defaultdict(list)
    for section in validation.sections:
        for finding in section.findings:
            if finding.group is not None:
                found[finding.group].append(finding)
    members = {one.label: one for one in read_members(store, GroupType.ETF, None)}
    rows = execute(store, _SQL["read_accounts"], type=GroupType.ETF.value)
    receipts = {name: (weights, counts) for name, weights, counts in rows}
    largest = {name: _rank(one)[:LARGEST] for name, one in members.items()}
    named = describe_stocks(store, {symbol for top in largest.values() for symbol, _ in top})
    held = {symbol for one in members.values() for symbol in one.symbols}
    sectors = {
        symbol: values[0]
        for symbol, values in find_values(store, "sector", held, (), None)[0].items()
    }
    details = []
    for count in statistics.etfs:
        name = count.name
        mine = members.get(name, GroupMembers(name, count.origin, (), ()))
        weights, counts = (
            (None, None) if mine.origin.is_drifted else receipts.get(name, (None, None))
        )
        stocks = fsum(weight or 0.0 for weight in mine.weights)
        details.append(
            FundDetail(
                count,
                ages[name],
                covered.get(name),
                stocks if mine.has_weights else None,
                find_beside(stocks, weights) if mine.has_weights else {},
                [
                    LargeHolding(symbol, named[symbol].name if symbol in named else None, weight)
                    for symbol, weight in largest.get(name, ())
                ],
                _divide(mine, sectors),
                None if counts is None else {Category.of_key(key): n for key, n in counts.items()},
                found.get(name, ()),
            )
        )
    return details


def _rank(group: GroupMembers) -> list[tuple[str, float | None]]:
    """Return the members with their weights, the heaviest first, as `find_group` does."""
    held = zip(group.symbols, group.weights, strict=True)
    return sorted(held, key=lambda one: (-(one[1] or 0.0), one[0]))


def _divide(group: GroupMembers, sectors: Mapping[str, Any]) -> list[SectorPart]:
    """Return the members by sector; members without a sector are last."""
    parts: dict[tuple[str | None, str | None], list[float | None]] = defaultdict(list)
    for symbol, weight in zip(group.symbols, group.weights, strict=True):
        sector = sectors.get(symbol)
        parts[(sector.key, sector.name) if sector else (None, None)].append(weight)
    divided = [
        SectorPart(
            *sector,
            len(weights),
            fsum(weight or 0.0 for weight in weights) if group.has_weights else None,
        )
        for sector, weights in parts.items()
    ]
    return sorted(divided, key=lambda one: (one.sector is None, -(one.weight or 0.0), -one.stocks))
