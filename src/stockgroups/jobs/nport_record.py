"""Filings that wait to be recorded, many in one transaction, and the outcome of each."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.errors import (
    EmptyFileError,
    GuardError,
    StockgroupsError,
    UnsupportedFileError,
)
from stockgroups.jobs.amendments import (
    Filing,
    find_superseded,
    order_filings,
    refuse_undated,
)
from stockgroups.jobs.nport_report import FilingOutcome, NportOptions, NportReport, Outcome
from stockgroups.model import Category, GroupType, Snapshot
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.loads import LoadNote
from stockgroups.record.state import find_displaced
from stockgroups.suspicions import Guard, Suspicion, refuse_suspicions
from stockgroups.times import today_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stockgroups.readers.sec.nport import FilingHeader
    from stockgroups.store import Store

MOST_AT_ONCE = 40_000
"""Positions of stocks that are recorded in one transaction."""


class _Waiting(NamedTuple):
    """A filing that waits to be recorded."""

    filing: Filing
    snapshot: Snapshot
    outcome: FilingOutcome


class Recorder:
    """The filings that wait to be recorded, by fund."""

    def __init__(self, store: Store, options: NportOptions, report: NportReport) -> None:
        """Record into an environment, and write the outcomes into `report`."""
        self._store = store
        self._options = options
        self._report = report
        self._waiting: dict[str, list[_Waiting]] = defaultdict(list)
        self._names: dict[str, str] = {}
        self._stocks = 0

    def add(
        self, key: str, header: FilingHeader, snapshot: Snapshot, outcome: FilingOutcome
    ) -> None:
        """Queue a snapshot; record the queue once it is long."""
        suspicions = [*snapshot.suspicions, *_doubt_days(header)]
        refuse_suspicions(suspicions, self._options.accept, outcome.file)
        outcome.members = snapshot.member_count
        if snapshot.receipt is not None:
            outcome.unresolved = snapshot.receipt.count(Category.UNRESOLVED)
        self._names.setdefault(key, " ".join(header.name.split()))
        filing = Filing(key, header.as_of, header.filed_on, header.form, header.accession)
        self._waiting[key].append(_Waiting(filing, snapshot, outcome))
        self._stocks += len(snapshot.refs)
        if self._stocks >= MOST_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Record the queue in one transaction."""
        waiting, self._waiting = self._waiting, defaultdict(list)
        self._stocks = 0
        self._drop_superseded(waiting)
        several = [one for some in waiting.values() for one in some]
        if not several:
            return
        again = find_displaced(self._store, GroupType.ETF, [one.snapshot.sha256 for one in several])
        plan = apply(
            self._store,
            [self._desire(key, some, again) for key, some in sorted(waiting.items()) if some],
            dry_run=self._options.dry_run,
            accept=self._options.accept,
            note=LoadNote("load-nport", _describe(self._options, several)),
            aliases=self._store.catalog.aliases,
        )
        if plan.load_id is not None:
            self._report.loads.append(plan.load_id)
        outcomes = {id(one.snapshot): one.outcome for one in several}
        for group in plan.groups:
            for incoming in group.snapshots:
                one = outcomes.get(id(incoming.snapshot))
                if one is None:
                    continue
                if error := group.error or incoming.error:
                    refuse(one, error)
                else:
                    one.outcome = Outcome.NEW if incoming.is_new else Outcome.UNCHANGED

    def _drop_superseded(self, waiting: Mapping[str, list[_Waiting]]) -> None:
        """Remove filings that cannot take effect beside others of their fund and date."""
        several = [(key, one) for key, some in waiting.items() for one in some]
        superseded = find_superseded(self._store, [one.filing for _, one in several])
        for key, one in several:
            if one.filing not in superseded:
                continue
            if filed_on := superseded[one.filing]:
                refuse(one.outcome, refuse_undated(filed_on, one.outcome.file))
            else:
                one.outcome.outcome = Outcome.SUPERSEDED
            waiting[key].remove(one)

    def _desire(self, key: str, several: list[_Waiting], again: frozenset[str]) -> DesiredGroup:
        entry = self._store.catalog.etfs.get(key)
        several.sort(key=lambda one: order_filings(key, one.snapshot))
        return DesiredGroup(
            self._store.key(GroupType.ETF, key),
            description=entry.name if entry else self._names[key],
            snapshots=tuple(one.snapshot for one in several),
            yields=True,
            again=again,
        )


def _doubt_days(header: FilingHeader) -> Iterator[Suspicion]:
    """Yield the oddities in the days of a filing."""
    tomorrow = today_utc() + dt.timedelta(days=1)
    for what, day in (("as-of date", header.as_of), ("filing date", header.filed_on)):
        if day is not None and day > tomorrow:
            yield Suspicion(Guard.FUTURE, f"its {what} {day} is in the future")
    if header.filed_on is not None and header.filed_on < header.as_of:
        reason = f"it was filed on {header.filed_on}, before its as-of date {header.as_of}"
        yield Suspicion(Guard.FUTURE, reason)


def refuse(outcome: FilingOutcome, error: StockgroupsError) -> None:
    """Note why a filing is not loaded: it has no stocks, or it was refused."""
    outcome.why = error.what
    if isinstance(error, UnsupportedFileError | EmptyFileError) and not isinstance(
        error, GuardError
    ):
        outcome.outcome = Outcome.WITHOUT_STOCKS
    else:
        outcome.outcome, outcome.error = Outcome.REFUSED, error.without_frames()


def _describe(options: NportOptions, several: Iterable[_Waiting]) -> dict[str, object]:
    """Return the audit's arguments for one transaction of the load."""
    files = sorted({one.outcome.file.partition("/")[0] for one in several})
    funds = options.funds if isinstance(options.funds, str) else ",".join(options.funds)
    return {"files": files[:20], "funds": funds}
