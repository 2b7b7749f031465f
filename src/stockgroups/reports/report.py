"""A report: the answers to several questions about one environment, all from one state."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from stockgroups.analytics.index.build import read_version
from stockgroups.checks import validate
from stockgroups.collector import pausing_collector
from stockgroups.db.transactions import reading
from stockgroups.jobs.measure import measure_sectors
from stockgroups.json_values import pick
from stockgroups.model import GroupType
from stockgroups.queries.frames import Kind, Tabular
from stockgroups.queries.freshness import read_freshness
from stockgroups.queries.origins import ORIGIN_KINDS
from stockgroups.queries.provenance import read_loads
from stockgroups.queries.statistics import read_statistics
from stockgroups.reports.details import FundDetail, read_details
from stockgroups.times import today_utc
from stockgroups.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.checks import Validation
    from stockgroups.jobs.measure import MeasureReport
    from stockgroups.queries.freshness import Freshness, FreshnessReport
    from stockgroups.queries.provenance import LoadEntries
    from stockgroups.queries.statistics import GroupCount, Statistics
    from stockgroups.store import Store

NEWEST_LOADS = 10

__all__ = ["FundDetail", "Report", "read_report"]


@dataclass(frozen=True, slots=True)
class Report(Tabular):
    """An overview of an environment. Its parts are answers, all from one state.

    Attributes:
        version: The number of loads that have changed it; see `Database.version`.
        made_at: The time at which it was read.
        program: The program and its version.
        coverage: The number of stocks with a sector, for each ETF; None without detail, or if no
            ETF holds anything.
        funds: Every ETF, by ticker; None without detail.
    """

    KINDS: ClassVar[Mapping[str, Kind]] = {
        "etf": Kind.TEXT,
        "name": Kind.TEXT,
        "holdings": Kind.INTEGER,
        **ORIGIN_KINDS,
        "state": Kind.TEXT,
        "findings": Kind.INTEGER,
    }

    environment: str
    version: int
    made_at: dt.datetime
    program: str
    statistics: Statistics
    freshness: FreshnessReport
    validation: Validation
    loads: LoadEntries
    coverage: MeasureReport | None = None
    funds: Sequence[FundDetail] | None = None

    @property
    def sectors(self) -> list[GroupCount]:
        """The sectors with the number of their stocks, the largest first."""
        sectors = [one for one in self.statistics.groups if one.kind == GroupType.SECTOR]
        return sorted(sectors, key=lambda one: (-one.members, one.name))

    @property
    def ages(self) -> dict[str, Freshness]:
        """The ages of the ETFs' sources, by ticker."""
        return {one.name: one for one in self.freshness if one.type == GroupType.ETF}

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each ETF."""
        ages = self.ages
        found = Counter(
            finding.group for part in self.validation.sections for finding in part.findings
        )
        return [
            {"etf": etf.name, "name": etf.title, "holdings": etf.members}
            | etf.origin.to_dict()
            | {"state": ages[etf.name].state.value, "findings": found[etf.name]}
            for etf in self.statistics.etfs
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            **pick(self, "environment version made_at program passed=validation.passed statistics"),
            "sectors": [
                pick(one, "sector=name description=title stocks=members") for one in self.sectors
            ],
            **pick(self, "freshness validation loads coverage funds"),
        }


@pausing_collector()
def read_report(store: Store, *, detail: bool = False) -> Report:
    """Return the report of an environment, read in one transaction.

    With `detail`, the sector coverage and every ETF are read too.

    Raises NotFoundError if the environment has no group; it names the environments with data.
    """
    with reading(store.connection):
        statistics = read_statistics(store)
        freshness = read_freshness(store, today_utc())
        validation = validate(store)
        holds = any(etf.members for etf in statistics.etfs)
        coverage = measure_sectors(store) if detail and holds else None
        return Report(
            store.environment,
            read_version(store),
            dt.datetime.now(dt.UTC),
            f"stockgroups {VERSION}",
            statistics,
            freshness,
            validation,
            read_loads(store, limit=NEWEST_LOADS),
            coverage,
            read_details(store, statistics, freshness, validation, coverage) if detail else None,
        )
