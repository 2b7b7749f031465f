"""Migrates the old store's entries to groups, through plan and apply, in one transaction."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.db.locks import GROUPS
from stockgroups.db.transactions import reading_or_writing
from stockgroups.jobs.reconcile import GroupDrift, find_changes, record_changes
from stockgroups.json_values import pick
from stockgroups.migration.entries import (
    Listing,
    ReadGroup,
    Refusal,
    list_entries,
    read_batches,
)
from stockgroups.migration.parity import check_parity
from stockgroups.queries.provenance import read_loads
from stockgroups.record.apply import apply_batches
from stockgroups.record.definitions import PROJECTED
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.identity_changes import FIGURE, make_figure
from stockgroups.record.loads import LoadNote
from stockgroups.record.planning import plan_groups
from stockgroups.record.replaced import Replaced, find_replaced
from stockgroups.text import Progress, ignore_progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stockgroups.migration.legacy import EntryHeader
    from stockgroups.migration.parity_report import ParityReport
    from stockgroups.model import GroupKey
    from stockgroups.record.plan import GroupPlan, Plan
    from stockgroups.store import Store

KIND = "migrate"
MIGRATED, MERGED, REFUSED = "migrated", "merged", "refused"


@dataclass(frozen=True, slots=True)
class EntryOutcome:
    """The outcome of one entry: migrated, merged with a later one of its group, or refused.

    `refused_parts` are elements of its list that are not symbols, and weights that are not numbers.
    """

    header: EntryHeader
    outcome: str
    group: GroupKey | None = None
    reason: str | None = None
    members: int | None = None
    refused_parts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome as JSON values."""
        return {
            **pick(
                self, "id=header.id type=header.type name=header.name key=header.key outcome reason"
            ),
            "group": None if self.group is None else [self.group.type.value, self.group.name],
            **pick(self, "members refused_parts notes"),
        }


@dataclass(slots=True)
class MigrationReport:
    """The outcome of every entry.

    Attributes:
        outcomes: The outcome of each entry of a group, in the order of the entries' numbers.
        left: The number of entries that are not migrated, by type.
        elsewhere: The number of entries of other environments, by environment.
        misplaced: A warning if all entries of groups are in other environments; else None.
        load_id: The load's number in the audit; None if nothing changed.
        drift: Changes of the groups by other programs, recorded before the migration.
        replaced: Data of other programs that are no longer effective.
        changed_groups: The number of groups that changed.
        identity: The stocks that were split or joined, in the form of the audit.
        parity: The comparison of both stores after the migration; None with `dry_run`.
    """

    environment: str
    dry_run: bool
    outcomes: list[EntryOutcome] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)
    elsewhere: dict[str, int] = field(default_factory=dict)
    misplaced: str | None = None
    load_id: int | None = None
    drift: list[GroupDrift] = field(default_factory=list)
    replaced: list[Replaced] = field(default_factory=list)
    changed_groups: int = 0
    identity: Mapping[str, Any] = field(default_factory=lambda: make_figure(()))
    parity: ParityReport | None = None

    @property
    def figures(self) -> dict[str, int]:
        """The number of entries, in all and by outcome."""
        counts = Counter(outcome.outcome for outcome in self.outcomes)
        return {
            "entries": len(self.outcomes),
            **{outcome: counts[outcome] for outcome in (MIGRATED, MERGED, REFUSED)},
        }

    @property
    def rows(self) -> int:
        """The number of rows of the old table: entries of groups, others, other environments."""
        return len(self.outcomes) + sum(self.left.values()) + sum(self.elsewhere.values())

    @property
    def refused(self) -> list[EntryOutcome]:
        """The entries that were refused as a whole or in part."""
        return [o for o in self.outcomes if o.outcome == REFUSED or o.refused_parts]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            **pick(self, "environment dry_run load=load_id identity rows"),
            **self.figures,
            "left": self.left,
            "elsewhere": sum(self.elsewhere.values()),
            **pick(
                self,
                "environments=elsewhere misplaced changed_groups outside=drift replaced outcomes "
                "parity",
            ),
        }


def migrate(
    store: Store, *, dry_run: bool = False, progress: Progress = ignore_progress
) -> MigrationReport:
    """Make groups from the environment's entries. The entries themselves are never changed.

    Each entry becomes a snapshot of its group with the entry's own date, which decides its place
    among the other snapshots. Changes of these groups by other programs are recorded first. A bad
    entry does not stop the others. Afterwards both stores are compared.

    Args:
        progress: Gets the number of processed entries.

    Raises:
        DatabaseError: The database cannot do it at all. Nothing has changed.
    """
    report = MigrationReport(store.environment, dry_run)
    with reading_or_writing(store.connection, store.environment, GROUPS, dry_run=dry_run):
        listing = list_entries(store)
        report.drift = [
            change
            for change in find_changes(store)
            if change.key in listing.groups and change.what != "deleted"
        ]
        run = _Run(store, listing, report, progress)
        if dry_run:
            run.plan()
        else:
            record_changes(store, report.drift)
            report.load_id = apply_batches(
                store, run.batches, run.on_plan, LoadNote(KIND), store.catalog.aliases
            )
        if report.load_id is not None:
            load = read_loads(store, limit=1, load_id=report.load_id)[0]
            report.identity = load.changes.get(FIGURE, report.identity)
    report.outcomes.sort(key=lambda outcome: outcome.header.id)
    if not dry_run:
        report.parity = check_parity(store, progress=progress)
    return report


class _Run:
    """One pass through the entries; it begins again if the database refuses something."""

    def __init__(
        self, store: Store, listing: Listing, report: MigrationReport, progress: Progress
    ) -> None:
        self._store = store
        self._listing = listing
        self._report = report
        self._progress = progress
        self._current: dict[GroupKey, ReadGroup] = {}

    def batches(self) -> Iterator[list[DesiredGroup]]:
        """Yield the groups that entries describe, a batch at a time."""
        report = self._report
        report.outcomes = [_refuse(refusal) for refusal in self._listing.refused]
        report.left = dict(self._listing.left)
        report.elsewhere = dict(self._listing.elsewhere)
        report.misplaced = self._listing.misplaced
        report.changed_groups = 0
        report.replaced = []
        for batch in read_batches(self._store, self._listing, "migrating", self._progress):
            for group in batch:
                report.outcomes += [_refuse(refusal) for refusal in group.refused]
            self._current = {group.key: group for group in batch if group.entries}
            if self._current:
                yield [describe_group(group) for group in self._current.values()]

    def plan(self) -> None:
        """Plan all batches, and write nothing."""
        for desired in self.batches():
            self.on_plan(plan_groups(self._store, desired, aliases=self._store.catalog.aliases))

    def on_plan(self, plan: Plan) -> dict[str, dict[str, Any]]:
        """Record the outcome of the batch's entries, and return the data for a rollback."""
        besides = {}
        for group in plan.groups:
            if group.key not in self._current:
                continue  # the entries show that one of its stocks has another symbol today
            self._report.outcomes += _list_outcomes(self._current[group.key], group)
            if group.changes_anything:
                self._report.changed_groups += 1
                self._report.replaced += find_replaced([group])
                besides[group.key.full_name] = {"definition": _remember(group)}
        return besides


def describe_group(group: ReadGroup) -> DesiredGroup:
    """Return the group that its entries describe together; for each field the latest value wins."""
    latest = group.entries[::-1]
    metadata: dict[str, Any] = {}
    for entry in group.entries:
        metadata |= entry.metadata
    snapshots = tuple(entry.snapshot for entry in group.entries if entry.snapshot is not None)
    return DesiredGroup(
        group.key,
        description=next((e.description for e in latest if e.description is not None), None),
        metadata=metadata,
        liquidity_filter=next(
            (e.liquidity_filter for e in latest if e.liquidity_filter is not None), None
        ),
        snapshots=snapshots or None,
        completes=True,
    )


def _refuse(refusal: Refusal) -> EntryOutcome:
    return EntryOutcome(refusal.header, REFUSED, reason=refusal.reason)


def _list_outcomes(group: ReadGroup, plan: GroupPlan) -> Iterator[EntryOutcome]:
    """Yield the outcomes of the entries of one group."""
    last = group.entries[-1]
    for entry in group.entries:
        is_last = entry is last
        reason = None
        if plan.error is not None:
            reason = str(plan.error)
        elif not is_last:
            reason = f"entry {last.header.id} replaces it"
        yield EntryOutcome(
            entry.header,
            REFUSED if plan.error is not None else MIGRATED if is_last else MERGED,
            group.key,
            reason,
            None if entry.snapshot is None else len(entry.snapshot.refs),
            tuple(entry.refused),
            tuple(entry.notes),
        )


def _remember(plan: GroupPlan) -> Mapping[str, Any]:
    """Return those fields of the group's own row that the migration sets, before and after it."""
    stored, desired = plan.stored, plan.desired
    keys = [*desired.metadata, *sorted(PROJECTED)]
    liquidity = desired.liquidity_filter
    return {
        "is_new": plan.is_new,
        "before": {
            "description": stored.description,
            "liquidity_filter": stored.liquidity_filter,
            "metadata": {key: stored.metadata[key] for key in keys if key in stored.metadata},
        },
        "after": {
            "description": desired.description,
            "liquidity_filter": None if liquidity is None else dict(liquidity),
            "metadata": dict(desired.metadata),
        },
    }
