"""Rehearses the changeover on a scratch copy: every step and every check, with their times."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.checks import validate
from stockgroups.db.connection import connect
from stockgroups.db.errors import translate_errors
from stockgroups.db.scratch import scratch_copy
from stockgroups.db.sql import load_statements
from stockgroups.errors import StockgroupsError
from stockgroups.jobs.upgrade import upgrade_database
from stockgroups.json_values import Fields
from stockgroups.migration.archive import archive_entries, bring_back_entries
from stockgroups.migration.migrate import MigrationReport, migrate
from stockgroups.migration.rollback import roll_back
from stockgroups.store import Store
from stockgroups.text import count_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection, Target

_SQL = load_statements("scratch")
_Digest = tuple[int, Any]


@dataclass(frozen=True, slots=True)
class Step(Fields):
    """One step of the rehearsal; a step that failed is the last one."""

    name: str
    seconds: float
    passed: bool
    summary: str


@dataclass(slots=True)
class Rehearsal(Fields):
    """The steps in order, and the reasons against the changeover."""

    KEYS = "go=is_go reasons figures steps"

    steps: list[Step] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)

    @property
    def is_go(self) -> bool:
        """Whether there is no reason against the changeover."""
        return not self.reasons


def rehearse(
    target: Target,
    connection: Connection,
    catalog: Catalog,
    *,
    accepts_refused: bool = False,
    progress: Callable[[str], None] = lambda _step: None,
) -> Rehearsal:
    """Do the whole changeover on a copy in the same server, and drop the copy.

    The database itself is not changed.

    Args:
        catalog: The catalogue for reading the entries.
        accepts_refused: Unreadable entries and members are no reason against the changeover.
        progress: Gets the name of each step before it begins.

    Returns:
        The steps up to the first that failed, and the reasons against the changeover.

    Raises:
        DatabaseError: No copy can be made.
    """
    rehearsal = Rehearsal()
    begun = time.perf_counter()
    with scratch_copy(target, connection) as copy:
        seconds = round(time.perf_counter() - begun, 3)
        rehearsal.steps.append(Step("copy", seconds, True, "into a scratch database"))
        _Run(copy, catalog, rehearsal, accepts_refused, progress).go()
    return rehearsal


class _Run:
    """The steps on the copy."""

    def __init__(
        self,
        copy: Target,
        catalog: Catalog,
        rehearsal: Rehearsal,
        accepts_refused: bool,
        progress: Callable[[str], None],
    ) -> None:
        self._copy = copy
        self._catalog = catalog
        self._rehearsal = rehearsal
        self._accepts = accepts_refused
        self._progress = progress
        self._state: tuple[_Digest, ...] = ()
        self._load_id: int | None = None

    def go(self) -> None:
        """Do the steps until one fails."""
        if not self._step("upgrade", self._upgrade):
            return
        with connect(self._copy) as connection:
            store = Store(connection, self._copy.environment, catalog=self._catalog)
            for name, action in (
                ("migrate", self._migrate),
                ("migrate again", self._migrate_again),
                ("validate", self._validate),
                ("roll back", self._roll_back),
                ("migrate a second time", self._migrate),
                ("archive and restore", self._archive),
            ):
                if not self._step(name, action, store):
                    return

    def _step(self, name: str, action: Callable[..., str], *arguments: Store) -> bool:
        """Do one step. Its action returns a description, or raises the reason for a no-go."""
        self._progress(name)
        begun = time.perf_counter()
        try:
            with translate_errors(str(self._copy)):
                result, passed = action(*arguments), True
        except StockgroupsError as error:
            result, passed = str(error), False
            self._rehearsal.reasons.append(f"{name}: {error}")
        seconds = round(time.perf_counter() - begun, 3)
        self._rehearsal.steps.append(Step(name, seconds, passed, result))
        return passed

    def _upgrade(self) -> str:
        report = upgrade_database(self._copy)
        return (
            f"schema {report.before or 'missing'} → {report.after}, {len(report.adopted)} adopted"
        )

    def _migrate(self, store: Store) -> str:
        before = self._digest(store)
        report = migrate(store)
        self._check(report)
        if self._digest(store)[2] != before[2]:
            raise StockgroupsError("cache_entries changed")
        if self._rehearsal.figures and report.figures != self._rehearsal.figures:
            raise StockgroupsError(f"a different result from the first time: {report.figures}")
        self._rehearsal.figures = report.figures
        self._load_id = report.load_id
        self._state = self._state or before
        entries = ", ".join(f"{count} {name}" for name, count in report.figures.items())
        return f"{count_of(report.changed_groups, 'group')}; {entries}"

    def _migrate_again(self, store: Store) -> str:
        report = migrate(store)
        self._check(report)
        if report.load_id is not None:
            raise StockgroupsError(f"a second run changed {report.changed_groups} groups")
        return "changed nothing"

    def _validate(self, store: Store) -> str:
        """Run all checks, and describe them. Catalogue groups and metadata are built later."""
        outcome = validate(store)
        failed = [section.title for section in outcome.sections if not section.passed]
        return f"to fix afterwards: {', '.join(failed)}" if failed else "all passed"

    def _roll_back(self, store: Store) -> str:
        if self._load_id is None:
            return "nothing: the entries were already migrated"
        report = roll_back(store, self._load_id)
        if self._digest(store) != self._state:
            raise StockgroupsError("the tables are not what they were before the migration")
        return f"{report.snapshots} snapshots, {len(report.deleted)} groups; all as before"

    def _archive(self, store: Store) -> str:
        before = self._digest(store)
        report = archive_entries(store, accepts_refused=self._accepts)
        bring_back_entries(store)
        if self._digest(store) != before:
            raise StockgroupsError("the restored entries differ from the archived ones")
        return f"{report.moved.total()} entries"

    def _check(self, report: MigrationReport) -> None:
        assert report.parity is not None  # noqa: S101 - not a dry run
        report.parity.accepts_refused = self._accepts
        if report.parity.percent is None:
            raise StockgroupsError(
                "cache_entries has no entry that describes a group: there is nothing to migrate"
            )
        if not report.parity.passed:
            first = report.parity.counted[0]
            raise StockgroupsError(
                f"parity is {report.parity.verdict}: "
                f"{count_of(len(report.parity.counted), 'difference')}, "
                f"the first: {first.type} {first.group}: {first.message}",
                remedy=None
                if report.parity.differences
                else "correct these entries, or rehearse with --accept refused",
            )

    def _digest(self, store: Store) -> tuple[_Digest, ...]:
        """Return the count and the hash of groups, memberships and entries."""
        return tuple(
            row
            for name in ("digest_groups", "digest_memberships", "digest_entries")
            if (row := store.connection.execute(_SQL[name]).fetchone()) is not None
        )
