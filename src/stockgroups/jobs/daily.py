"""One day's work as one job: fetch, load, lists, sectors, metadata, saved groups, then checks.

A step that fails is reported, and the next steps still run: the files that arrived can be loaded.
Each step is its own transaction, like the command of the same name. The next run repeats a step
that failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.checks import validate
from stockgroups.db.sql import load_statements
from stockgroups.errors import DatabaseError, StockgroupsError, UsageError
from stockgroups.fetch import import_fetch, list_reference
from stockgroups.findings import Severity
from stockgroups.jobs.daily_report import DailyReport, Event, Level, StepReport
from stockgroups.jobs.directory import load_directories
from stockgroups.jobs.expressions import refresh
from stockgroups.jobs.load import load_etfs
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.organize import organize_sectors, organize_universe
from stockgroups.queries.freshness import State, find_slips, read_freshness
from stockgroups.text import Progress, count_of, ignore_progress

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from stockgroups.checks import Validation
    from stockgroups.fetch import FetchOptions, FetchReport
    from stockgroups.fetch.clock import Clock
    from stockgroups.jobs.load_options import LoadOptions
    from stockgroups.queries.freshness import FreshnessReport
    from stockgroups.record.plan import Plan
    from stockgroups.store import Store

_SQL = load_statements("directories")


def run_day(
    store: Store,
    options: LoadOptions,
    fetches: FetchOptions | None,
    today: dt.date,
    run: str,
    *,
    on_event: Callable[[Event], None] = lambda _event: None,
    progress: Progress = ignore_progress,
    clock: Clock | None = None,
) -> DailyReport:
    """Run the day's steps, then check the result.

    Args:
        options: The options of the load. Downloads go into its folder.
        fetches: The options of the download; None: nothing is downloaded.
        today: The day from which ages are counted.
        on_event: Called with every event for the log.
        clock: The time for downloads; None: the machine's.

    Raises:
        UsageError: A source is unknown, its terms are not accepted, or it demands a contact.
        DatabaseError: No step could run.
    """
    day = _Day(store, options, run, on_event, progress, clock)
    steps: list[StepReport] = []
    if fetches is not None:
        steps.append(day.fetch(fetches))
    for name, work in (
        # The SEC's list of classes names the funds of filings, so that it comes first.
        ("reference", day.load_reference),
        ("load", day.load),
        ("sectors", day.organize_sectors),
        ("lists", day.organize_lists),
        ("metadata", day.build_metadata),
        ("saved", day.refresh_saved),
    ):
        steps.append(day.take(name, work))
    validation = validate(store)
    freshness = read_freshness(store, today)
    steps.append(day.judge_checks(validation))
    steps.append(day.judge_ages(freshness))
    return DailyReport(run, store.environment, options.dry_run, tuple(steps), validation, freshness)


@dataclass(frozen=True, slots=True)
class _Day:
    """The steps of one run."""

    store: Store
    options: LoadOptions
    run: str
    on_event: Callable[[Event], None]
    progress: Progress
    clock: Clock | None

    def take(self, name: str, work: Callable[[], StepReport]) -> StepReport:
        """Run one step; an error of the step becomes its report."""
        try:
            report = work()
        except DatabaseError:
            raise
        except StockgroupsError as error:
            report = _fail(name, error)
        return self._log(report)

    def _log(self, report: StepReport) -> StepReport:
        for failure in report.failures:
            self.on_event(Event(Level.ERROR, report.step, failure, report.load))
        self.on_event(Event(Level.INFO, report.step, report.summary, report.load))
        return report

    def fetch(self, options: FetchOptions) -> StepReport:
        """Download. A usage error ends the whole run; any other error fails this step alone."""
        root = self.options.holdings_dir
        assert root is not None  # noqa: S101 - a fetch always has a folder
        try:
            found: FetchReport = import_fetch()(
                self.store.catalog, root, options, self.progress, clock=self.clock, run=self.run
            )
        except UsageError:
            raise
        except StockgroupsError as error:
            return self._log(_fail("fetch", error))
        for doubt in found.doubts():
            self.on_event(Event(Level.WARNING, "fetch", doubt))
        counts = [f"{n} {name}" for name, n in found.to_dict()["counts"].items() if n]
        summary = ", ".join(counts) or "nothing was requested"
        report = StepReport(
            "fetch", summary, failures=tuple(found.alarms()), details=found.to_dict()
        )
        return self._log(report)

    def load(self) -> StepReport:
        """Load the holdings files."""
        found = load_etfs(self.store, self.options, self.progress)
        for doubt in found.doubts:
            self.on_event(Event(Level.WARNING, "load", doubt))
        changed = [group for group in found.plan.groups if group.changes_members]
        files = count_of(len(found.files), "file")
        summary = f"{files}, {count_of(len(changed), 'fund')} changed"
        return self._report("load", summary, found.plan, map(str, found.failures), found.to_dict())

    def load_reference(self) -> StepReport:
        """Load the downloaded ticker files and fails files that are not recorded yet."""
        root = self.options.holdings_dir
        files = {} if root is None else list_reference(root)
        rows = self.store.connection.execute(_SQL["list_hashes"], {"hashes": list(files)})
        known = {sha256 for (sha256,) in rows}
        paths = [path for sha256, path in files.items() if sha256 not in known]
        if not paths:
            return StepReport("reference", "nothing new")
        found = load_directories(
            self.store.connection, paths, dry_run=self.options.dry_run, progress=self.progress
        )
        failures = tuple(str(file.error) for file in found.files if file.error)
        return StepReport("reference", count_of(len(paths), "file"), failures=failures)

    def organize_sectors(self) -> StepReport:
        """Make the SECTOR groups of the catalogue."""
        plan = organize_sectors(self.store, dry_run=self.options.dry_run).plan
        return self._report("sectors", count_of(len(plan.groups), "sector"), plan)

    def organize_lists(self) -> StepReport:
        """Make the THEME and UNIVERSE groups; themes that are in no catalogue stay."""
        plan = organize_universe(self.store, dry_run=self.options.dry_run).plan
        return self._report("lists", f"{len(plan.groups)} themes and universes", plan)

    def build_metadata(self) -> StepReport:
        """Build stock_metadata, and fill the sectors."""
        found = build_metadata(self.store, dry_run=self.options.dry_run)
        summary = f"{count_of(found.stocks, 'stock')}, {found.with_sector} with a sector"
        return self._report("metadata", summary, found.plan)

    def refresh_saved(self) -> StepReport:
        """Compute saved expressions anew."""
        found = refresh(self.store, (), dry_run=self.options.dry_run)
        changed = sum(group.changed for group in found.groups)
        return self._report(
            "saved",
            f"{count_of(len(found.groups), 'saved expression')}, {changed} changed",
            found.plan,
            (f"{group.key}: {group.error}; its members are unchanged" for group in found.failures),
            found.to_dict(),
        )

    def judge_checks(self, validation: Validation) -> StepReport:
        """Return what the checks found."""
        findings = [one for section in validation.sections for one in section.findings]
        errors = [one for one in findings if one.severity is Severity.ERROR]
        failed = [section.title for section in validation.sections if not section.passed]
        warnings = sum(one.severity is Severity.WARNING for one in findings)
        summary = f"{count_of(len(errors), 'error')}, {count_of(warnings, 'warning')}"
        failures = [str(one) for one in errors] or [f"{title} failed" for title in failed]
        return self._log(StepReport("validate", summary, failures=tuple(failures)))

    def judge_ages(self, freshness: FreshnessReport) -> StepReport:
        """Return which sources are too old."""
        counts = [(state, sum(of.state is state for of in freshness)) for state in State]
        summary = ", ".join(f"{count} {state}" for state, count in counts if count)
        for of in freshness:
            if of.state is State.WARN:
                self.on_event(Event(Level.WARNING, "freshness", of.describe()))
        slips = find_slips(self.store, freshness)
        failures = (
            *map(str, slips),
            *(of.describe() for of in freshness if of.state in (State.ERROR, State.UNKNOWN)),
        )
        status = (slips[0] if slips else StockgroupsError).exit_status
        return self._log(
            StepReport("freshness", summary or "no source", failures=failures, exit_status=status)
        )

    def _report(
        self,
        step: str,
        summary: str,
        plan: Plan | None,
        failures: Any = (),
        details: Mapping[str, Any] | None = None,
    ) -> StepReport:
        """Return the report of a step with a plan: its load, and the groups that were refused."""
        refused = [] if plan is None else [str(g.error) for g in plan.groups if g.error]
        found: Sequence[str] = tuple(dict.fromkeys([*failures, *refused]))
        number = None if plan is None or self.options.dry_run else plan.load_id
        return StepReport(step, summary, number, tuple(found), details or {})


def _fail(step: str, error: StockgroupsError) -> StepReport:
    """Return the report of a step that failed."""
    return StepReport(step, "not done", failures=(str(error),), exit_status=error.exit_status)
