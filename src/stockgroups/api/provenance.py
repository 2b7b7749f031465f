"""The origin and quality of answers: files, loads, ages, checks."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.api.door import Door
from stockgroups.api.moments import Day, Time, read_day, read_moment
from stockgroups.model import GroupType, read_kind
from stockgroups.times import today_utc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stockgroups.catalog.ages import AgeLimits
    from stockgroups.checks import Validation
    from stockgroups.jobs.measure import MeasureReport
    from stockgroups.jobs.receipt import ReceiptAnswer
    from stockgroups.queries.frames import Tabular
    from stockgroups.queries.freshness import FreshnessReport, State
    from stockgroups.queries.provenance import LoadEntries, SourceAnswer
    from stockgroups.queries.statistics import Statistics
    from stockgroups.reports import Report


class Provenance(Door):
    """Questions about the sources of answers."""

    def source(
        self,
        name: str,
        as_of: Day | None = None,
        *,
        known_at: Time | None = None,
        published_by: Day | None = None,
        source: str | None = None,
        kind: GroupType | str | None = None,
    ) -> SourceAnswer:
        """Return the file behind a group's answer, and all recorded snapshots of the group.

        `as_of` None: the file behind the current memberships. The rest is as for `group`.
        """
        from stockgroups.queries.moments import Moment  # noqa: PLC0415 - as above
        from stockgroups.queries.provenance import find_source  # noqa: PLC0415 - as above

        moment = read_moment(as_of, known_at, None, published_by, source) or Moment(dt.date.max)
        return self._ask(find_source, name, moment, read_kind(kind) if kind else None)

    def receipt(self, ticker: str, as_of: Day | None = None) -> ReceiptAnswer:
        """Return the account of every row of the file behind a fund's answer.

        Args:
            ticker: A fund, else the key of a universe.
            as_of: The day for which the file is effective; None: today.
        """
        from stockgroups.jobs.receipt import find_receipt  # noqa: PLC0415 - as above

        return self._ask(find_receipt, ticker.strip().upper(), read_day(as_of))

    def loads(
        self, limit: int = 20, *, load_id: int | None = None, plan: str | None = None
    ) -> LoadEntries:
        """Return the newest loads: who changed what, when, with which program.

        Args:
            limit: The maximum number of loads.
            load_id: Only the load with this number.
            plan: Only the loads that applied the plan with this hash.

        Raises:
            NotFoundError: No load has the number.
        """
        from stockgroups.queries.provenance import list_loads  # noqa: PLC0415 - as above

        return self._ask(list_loads, limit=limit, load_id=load_id, plan=plan)

    def freshness(self, limits: AgeLimits | None = None) -> FreshnessReport:
        """Return the age of each fund's source; `limits` None: the catalogue's.

        Raises:
            CatalogError: The catalogue has limits for a group or format that does not exist.
        """
        from stockgroups.queries.freshness import (  # noqa: PLC0415 - as above
            find_slips,
            read_freshness,
        )

        found = self._ask(read_freshness, today_utc(), limits)
        for slip in self._ask(find_slips, found) if limits is None else ():
            raise slip
        return found

    def state_of(self, answer: Tabular) -> State | None:
        """Return the worst freshness state of an answer's sources.

        None for an answer that uses no report.
        """
        from stockgroups.queries.freshness import judge_sources  # noqa: PLC0415 - as above

        return judge_sources(self.ages, answer.sources())

    def statistics(self, as_of: Day | None = None, *, known_at: Time | None = None) -> Statistics:
        """Count groups, memberships and stocks, now or on a day."""
        from stockgroups.queries.statistics import read_statistics  # noqa: PLC0415 - as above

        return self._ask(read_statistics, read_moment(as_of, known_at))

    def measure_sectors(
        self,
        etfs: Iterable[str] | None = None,
        as_of: Day | None = None,
        *,
        against: str | Path | None = None,
    ) -> MeasureReport:
        """Return how many stocks of the ETFs have a sector, and how well the sources agree.

        Args:
            etfs: Only the stocks of these ETFs; None: of all.
            as_of: The day for which labels are read; None: now.
            against: A CSV with the columns symbol and sector to compare the sectors with.
        """
        from stockgroups.jobs.measure import measure_sectors  # noqa: PLC0415 - as above
        from stockgroups.jobs.sector_lists import read_sector_list  # noqa: PLC0415 - as above

        return self._ask(
            measure_sectors,
            etfs=None if etfs is None else [etf.strip().upper() for etf in etfs],
            on=read_day(as_of),
            against=read_sector_list(Path(against), self.catalog) if against else None,
        )

    def advise_empty(self, kind: GroupType | None = GroupType.ETF) -> str:
        """Return what to do about an environment without groups of a type; None: of any type."""
        from stockgroups.db.environments import advise_empty  # noqa: PLC0415 - seldom needed

        return self._ask(lambda db: advise_empty(db.connection, db.environment, kind))

    def advise_elsewhere(self) -> str | None:
        """Return the environments that have data; None if this one has, or none has."""
        from stockgroups.db.environments import advise_elsewhere  # noqa: PLC0415 - seldom needed

        return self._ask(lambda db: advise_elsewhere(db.connection, db.environment))

    def validate(self) -> Validation:
        """Run all checks, and return their findings."""
        from stockgroups.checks import validate  # noqa: PLC0415 - as above

        return self._ask(validate)

    def report(self, *, detail: bool = False) -> Report:
        """Return totals, sectors, ages of sources, findings and loads, all from one version.

        `write_markdown` and `write_page` of `stockgroups.reports` turn it into a text or a page.

        Args:
            detail: Whether to add the sector coverage, and every ETF with its parts, largest
                holdings, sectors, findings and receipt.

        Raises:
            NotFoundError: The environment has no group.
        """
        from stockgroups.reports import read_report  # noqa: PLC0415 - as above

        return self._ask(read_report, detail=detail)
