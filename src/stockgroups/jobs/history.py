"""Load the whole past of a universe from one file."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stockgroups.db.transactions import supposing, writing
from stockgroups.errors import SourceError
from stockgroups.identity.evidence import NAMELESS
from stockgroups.jobs.plan_report import PlanReport
from stockgroups.jobs.universes import read_universe, universe_group
from stockgroups.model import Category, GroupType, Ref, Snapshot
from stockgroups.readers.lists.histories import SOURCE, read_history
from stockgroups.receipts import Receipt
from stockgroups.record.apply import apply
from stockgroups.record.desired import Amendment
from stockgroups.record.digests import content_digest
from stockgroups.record.effective import Header, current_snapshots, effective_snapshot
from stockgroups.record.loads import LoadNote
from stockgroups.record.past_guards import Members, check_past
from stockgroups.record.state import StoredGroup, read_groups, read_snapshot_refs
from stockgroups.symbols import make_ref
from stockgroups.times import today_utc

if TYPE_CHECKING:
    from pathlib import Path

    from stockgroups.db.connection import Connection
    from stockgroups.readers.lists.member_history import MemberHistory
    from stockgroups.record.plan import GroupPlan, Plan
    from stockgroups.store import Store
    from stockgroups.suspicions import Suspicion


@dataclass(frozen=True, slots=True)
class HistoryReport(PlanReport):
    """The content of a history file, and the outcome of its load.

    Attributes:
        history: The content of the file.
        amended: The number of dates of other histories that are retracted.
        restored: The number of dates on which an earlier load of this file becomes effective again.
        snapshots: The members on each date.
        suspicions: What was suspicious and accepted.
        waiting: The number of dates in the future, which are not recorded.
    """

    KEYS = (
        "dry_run file=history.file_name layout=history.layout universe=group.key.name first last "
        "dates=len(history.steps) recorded=len(group.to_record) taken_back=amended waiting "
        "file_symbols=len(history.tickers) restored file_members=last_count suspicions "
        "total_symbols=group.member_count changed load=load_id identity *others error=group.error"
    )

    history: MemberHistory
    plan: Plan
    amended: int
    restored: int
    dry_run: bool
    snapshots: tuple[Snapshot, ...]
    suspicions: tuple[Suspicion, ...]
    waiting: int = 0

    @property
    def first(self) -> dt.date | None:
        """The file's first date."""
        return next((step.date for step in self.history.steps), None)

    @property
    def last(self) -> dt.date | None:
        """The file's last date."""
        return next((step.date for step in reversed(self.history.steps)), None)

    @property
    def last_count(self) -> int:
        """The number of members from the file's last date on."""
        return len(self.snapshots[-1].refs) if self.snapshots else 0

    @property
    def group(self) -> GroupPlan:
        """The plan of the universe."""
        return self.plan.groups[0]


def load_history(
    store: Store,
    path: Path,
    universe: str,
    *,
    end_inclusive: bool = False,
    dry_run: bool = False,
    accept: frozenset[str] = frozenset(),
) -> HistoryReport:
    """Record the past of a universe as a file gives it: one snapshot for each date of a change.

    From its first date to its last, the file replaces all other histories: a date that another
    history reports and this file does not is retracted. Sources of other kinds keep their dates.
    Dates in the future are not recorded; load the file again on that day or later. `end_inclusive`
    says that the ends of intervals are last days.

    Raises SourceError or a subclass for a file that is not understood, GuardError for a file that
    looks damaged by itself or beside the record and is not accepted, UsageError for a name that is
    not a key.
    """
    name = read_universe(universe)
    history = read_history(
        path, path.name, store.catalog, end_inclusive=end_inclusive, universe=name
    )
    tomorrow = today_utc() + dt.timedelta(days=1)  # it may be that day already
    key = store.key(GroupType.UNIVERSE, name)
    with supposing(store.connection) if dry_run else writing(store.connection, store.environment):
        stored = read_groups(store, [key])[key]
        dated = _make_snapshots(history, _read_base(store.connection, history, stored))
        snapshots = tuple(s for s in dated if s.as_of is None or s.as_of <= tomorrow)
        if not snapshots:
            raise SourceError(
                "all its dates are in the future",
                where=path.name,
                remedy="load it after its first date",
            )
        contradicted = _find_contradicted(stored, snapshots)
        amendments = [*contradicted, *_find_displaced(stored, snapshots)]
        suspicions = check_past(
            path.name,
            [Members(_date_of(snapshot), set(snapshot.symbols)) for snapshot in snapshots],
            list(history.tickers.values()),
            _read_recorded(store.connection, stored, snapshots),
            accept,
        )
        snapshots = (*snapshots[:-1], *(_mark(last, suspicions) for last in snapshots[-1:]))
        desired = universe_group(store, name, snapshots, guarded=False)  # `check_past` guards it
        arguments = {"file": path.name, "universe": name}
        plan = apply(
            store,
            [desired],
            dry_run=dry_run,
            amendments=amendments,
            accept=accept,
            note=LoadNote("load-history", arguments),
        )
    restored, waiting = len(amendments) - len(contradicted), len(dated) - len(snapshots)
    return HistoryReport(
        history, plan, len(contradicted), restored, dry_run, snapshots, suspicions, waiting
    )


def _read_base(
    connection: Connection, history: MemberHistory, stored: StoredGroup
) -> frozenset[str]:
    """Return the members before the first step, for a history of additions and removals."""
    if history.starts_empty or not history.steps:
        return frozenset()
    header = effective_snapshot(stored.headers, history.steps[0].date - dt.timedelta(days=1))
    if header is None or stored.registry_id is None:
        return frozenset()
    refs = read_snapshot_refs(connection, [(stored.registry_id, header.id)])
    return frozenset(symbol for _, symbol, _ in refs[header.id] if symbol != NAMELESS)


def _make_snapshots(history: MemberHistory, base: frozenset[str]) -> tuple[Snapshot, ...]:
    tickers = history.tickers
    refs = {symbol: make_ref(symbol) for symbol in base}
    refs |= {symbol: Ref(symbol, ticker=ticker) for symbol, ticker in tickers.items()}
    return tuple(
        Snapshot(
            as_of=day,
            source=SOURCE,
            sha256=history.sha256,
            reader=history.reader,
            refs=tuple(refs[symbol] for symbol in sorted(members)),
            file_name=history.file_name,
        )
        for day, members in history.walk(base)
    )


def _read_recorded(
    connection: Connection, stored: StoredGroup, snapshots: tuple[Snapshot, ...]
) -> list[Members]:
    """Return the recorded members on the dates that the file covers."""
    if not snapshots or stored.registry_id is None:
        return []
    first, last = _date_of(snapshots[0]), _date_of(snapshots[-1])
    after = last + dt.timedelta(days=366)
    headers = [
        header
        for header in current_snapshots(stored.headers)
        if first <= header.as_of <= (last if header.source == SOURCE else after)
        and not header.is_proxy
    ]
    refs = read_snapshot_refs(connection, [(stored.registry_id, header.id) for header in headers])
    return [
        Members(
            header.as_of,
            {symbol for _, symbol, _ in refs[header.id] if symbol != NAMELESS},
            is_history=header.source == SOURCE,
        )
        for header in headers
    ]


def _date_of(snapshot: Snapshot) -> dt.date:
    assert snapshot.as_of is not None  # noqa: S101 - each step has a date
    return snapshot.as_of


def _mark(snapshot: Snapshot, suspicions: tuple[Suspicion, ...]) -> Snapshot:
    """Return the snapshot, with a receipt of what was accepted, if anything was."""
    if not suspicions:
        return snapshot
    receipt = Receipt({Category.MEMBER: len(snapshot.refs)}, suspicions=suspicions)
    return replace(snapshot, receipt=receipt)


def _find_contradicted(stored: StoredGroup, snapshots: tuple[Snapshot, ...]) -> list[Amendment]:
    """Return the amendments that retract dates of other histories between first and last."""
    days = {snapshot.as_of for snapshot in snapshots}
    if not days or stored.registry_id is None:
        return []
    first, last = snapshots[0].as_of, snapshots[-1].as_of
    assert first is not None and last is not None  # noqa: S101, PT018 - each step has a date
    contradicted: list[Header] = [
        header
        for header in current_snapshots(stored.headers)
        if header.source == SOURCE and first <= header.as_of <= last and header.as_of not in days
    ]
    return [
        Amendment(stored.key, stored.registry_id, header.id, restates=False)
        for header in contradicted
    ]


def _find_displaced(stored: StoredGroup, snapshots: tuple[Snapshot, ...]) -> list[Amendment]:
    """Return the amendments that make superseded snapshots of this file current again."""
    if stored.registry_id is None:
        return []
    latest = {header.as_of: header for header in stored.headers if header.source == SOURCE}
    own = {
        (header.as_of, header.digest): header
        for header in reversed(stored.headers)
        if header.source == SOURCE and snapshots and header.sha256 == snapshots[0].sha256
    }
    displaced = []
    for snapshot in snapshots if own else ():
        day, digest = _date_of(snapshot), content_digest(snapshot)
        before, last = own.get((day, digest)), latest.get(day)
        if before and last and (last.retracted or last.digest != digest):
            displaced.append(Amendment(stored.key, stored.registry_id, before.id, restates=True))
    return displaced
