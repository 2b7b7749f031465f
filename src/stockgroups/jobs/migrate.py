"""Migrating the old store's entries into groups, through plan and apply, in one transaction."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.db.transactions import reading, writing
from stockgroups.jobs.entries import (
    Listing,
    ReadGroup,
    Refusal,
    list_entries,
    read_batches,
    tell_nobody,
)
from stockgroups.jobs.outside import OutsideChange, find_changes, record_changes
from stockgroups.jobs.parity import check_parity
from stockgroups.store.apply import apply_batches
from stockgroups.store.desired import DesiredGroup
from stockgroups.store.loads import LoadNote
from stockgroups.store.locks import hold_tables
from stockgroups.store.plan import plan_groups

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection
    from stockgroups.jobs.entries import Progress
    from stockgroups.jobs.parity_report import ParityReport
    from stockgroups.model import GroupKey
    from stockgroups.sources.legacy import EntryHeader
    from stockgroups.store.plan import GroupPlan, Plan

KIND = "migrate"
MIGRATED, MERGED, REFUSED = "migrated", "merged", "refused"
# What the projection writes into a group's metadata; see `describe_snapshot`.
PROJECTED = ("total_holdings", "data_source", "last_updated", "as_of", "is_proxy")


@dataclass(frozen=True, slots=True)
class EntryOutcome:
    """What became of one entry: migrated, merged with a later one of its group, or refused.

    `refused_parts` are elements of its list that are no symbols, and weights that are no numbers.
    """

    header: EntryHeader
    outcome: str
    group: GroupKey | None = None
    reason: str | None = None
    members: int | None = None
    refused_parts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the outcome as JSON values."""
        return {
            "id": self.header.id,
            "type": self.header.type,
            "name": self.header.name,
            "key": self.header.key,
            "outcome": self.outcome,
            "reason": self.reason,
            "group": None if self.group is None else [self.group.type.value, self.group.name],
            "members": self.members,
            "refused_parts": list(self.refused_parts),
            "notes": list(self.notes),
        }


@dataclass(slots=True)
class MigrationReport:
    """What became of every entry, in the order of their numbers.

    `left` counts those that stay, by type, and `elsewhere` those of other environments.
    """

    environment: str
    dry_run: bool
    outcomes: list[EntryOutcome] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)
    elsewhere: int = 0
    load_id: int | None = None
    outside: list[OutsideChange] = field(default_factory=list)
    changed_groups: int = 0
    parity: ParityReport | None = None

    @property
    def figures(self) -> dict[str, int]:
        """How many entries there are, and how many ended in which way."""
        counts = Counter(outcome.outcome for outcome in self.outcomes)
        return {
            "entries": len(self.outcomes),
            **{outcome: counts[outcome] for outcome in (MIGRATED, MERGED, REFUSED)},
        }

    @property
    def rows(self) -> int:
        """How many rows the old table has: entries of groups, those that stay, and others'."""
        return len(self.outcomes) + sum(self.left.values()) + self.elsewhere

    @property
    def refused(self) -> list[EntryOutcome]:
        """The entries of which anything was refused: all of it, or parts."""
        return [o for o in self.outcomes if o.outcome == REFUSED or o.refused_parts]

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "environment": self.environment,
            "dry_run": self.dry_run,
            "load_id": self.load_id,
            "rows": self.rows,
            **self.figures,
            "left": self.left,
            "elsewhere": self.elsewhere,
            "changed_groups": self.changed_groups,
            "outside": [change.as_dict() for change in self.outside],
            "outcomes": [outcome.as_dict() for outcome in self.outcomes],
            "parity": None if self.parity is None else self.parity.as_dict(),
        }


def migrate(
    connection: Connection,
    environment: str,
    catalog: Catalog,
    *,
    dry_run: bool = False,
    progress: Progress = tell_nobody,
) -> MigrationReport:
    """Make groups of the environment's entries; entries stay as they are.

    Each entry becomes a snapshot of its group, dated by what it says of itself, and takes its place
    among the others by its date. What other programs changed in those groups is recorded before.
    One bad entry never stops the rest. Ends with the check of parity. Raises DatabaseError when
    nothing could be done at all.
    """
    report = MigrationReport(environment, dry_run)
    if dry_run:
        with reading(connection):
            _rehearse(connection, report, catalog, progress)
        report.outcomes.sort(key=_number)
        return report
    with writing(connection, environment):
        hold_tables(connection)
        listing = list_entries(connection, environment)
        report.outside = [
            change
            for change in find_changes(connection, environment)
            if change.key in listing.groups and change.what != "deleted"
        ]
        record_changes(connection, environment, report.outside)
        run = _Run(connection, catalog, listing, report, progress)
        report.load_id = apply_batches(
            connection, environment, run.batches, run.heed, LoadNote(KIND)
        )
    report.outcomes.sort(key=_number)
    report.parity = check_parity(connection, environment, catalog, progress=progress)
    return report


def _rehearse(
    connection: Connection, report: MigrationReport, catalog: Catalog, progress: Progress
) -> None:
    listing = list_entries(connection, report.environment)
    report.outside = [
        change
        for change in find_changes(connection, report.environment)
        if change.key in listing.groups and change.what != "deleted"
    ]
    run = _Run(connection, catalog, listing, report, progress)
    today = dt.datetime.now(dt.UTC).date()
    for desired in run.batches():
        run.heed(plan_groups(connection, report.environment, desired, today=today))


class _Run:
    """One passage through the entries; it may begin again when the database refuses something."""

    def __init__(
        self,
        connection: Connection,
        catalog: Catalog,
        listing: Listing,
        report: MigrationReport,
        progress: Progress,
    ) -> None:
        self._connection = connection
        self._catalog = catalog
        self._listing = listing
        self._report = report
        self._progress = progress
        self._current: dict[GroupKey, ReadGroup] = {}

    def batches(self) -> Iterator[list[DesiredGroup]]:
        """Yield the groups that entries describe, a batch at a time."""
        report = self._report
        report.outcomes = [_refuse(refusal) for refusal in self._listing.refused]
        report.left = dict(self._listing.left)
        report.elsewhere = self._listing.elsewhere
        report.changed_groups = 0
        for batch in read_batches(
            self._connection, self._listing, self._catalog, "migrating", self._progress
        ):
            for group in batch:
                report.outcomes += [_refuse(refusal) for refusal in group.refused]
            self._current = {group.key: group for group in batch if group.entries}
            if self._current:
                yield [describe_group(group) for group in self._current.values()]

    def heed(self, plan: Plan) -> dict[str, dict[str, Any]]:
        """Note what became of the batch's entries; return what a rollback will need."""
        besides = {}
        for group in plan.groups:
            if group.key not in self._current:
                continue  # a stock of it has another symbol today, as the entries show
            self._report.outcomes += _tell(self._current[group.key], group)
            if group.changes_anything:
                self._report.changed_groups += 1
                besides[f"{group.key.type} {group.key.name}"] = {"definition": _remember(group)}
        return besides


def describe_group(group: ReadGroup) -> DesiredGroup:
    """Return what the entries of one group say together: of each of its words the latest."""
    described = [entry for _, entry in group.entries]
    latest = described[::-1]
    metadata: dict[str, Any] = {}
    for entry in described:
        metadata |= entry.metadata
    snapshots = tuple(entry.snapshot for entry in described if entry.snapshot is not None)
    return DesiredGroup(
        group.key,
        description=next((e.description for e in latest if e.description is not None), None),
        metadata=metadata,
        liquidity_filter=next(
            (e.liquidity_filter for e in latest if e.liquidity_filter is not None), None
        ),
        snapshots=snapshots or None,
    )


def _number(outcome: EntryOutcome) -> int:
    return outcome.header.id


def _refuse(refusal: Refusal) -> EntryOutcome:
    return EntryOutcome(refusal.header, REFUSED, reason=refusal.reason)


def _tell(group: ReadGroup, plan: GroupPlan) -> Iterator[EntryOutcome]:
    """Yield what became of the entries of one group."""
    for place, (header, entry) in enumerate(group.entries, start=1):
        is_last = place == len(group.entries)
        reason = None
        if plan.error is not None:
            reason = str(plan.error)
        elif not is_last:
            reason = f"entry {group.entries[-1][0].id} says it later"
        yield EntryOutcome(
            header,
            REFUSED if plan.error is not None else MIGRATED if is_last else MERGED,
            group.key,
            reason,
            None if entry.snapshot is None else len(entry.snapshot.refs),
            tuple(entry.refused),
            tuple(entry.notes),
        )


def _remember(plan: GroupPlan) -> Mapping[str, Any]:
    """Return the group's words before and after, as far as the migration says them."""
    stored, desired = plan.stored, plan.desired
    keys = [*desired.metadata, *PROJECTED]
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
