"""Moves migrated entries out of the old store if the new tables hold all of them, and back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.db.locks import ENTRIES
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import reading_or_writing
from stockgroups.errors import GuardError
from stockgroups.json_values import pick
from stockgroups.migration.entries import list_entries
from stockgroups.migration.parity import compare
from stockgroups.record.loads import LoadNote, reserve_load, write_load
from stockgroups.store import Store, execute
from stockgroups.text import count_of

if TYPE_CHECKING:
    from stockgroups.migration.parity_report import ParityReport

_SQL = load_statements("archive")


@dataclass(slots=True)
class ArchiveReport:
    """The entries that were moved between `cache_entries` and the archive, or would be.

    Attributes:
        moved: The number of moved entries, by type.
        taken: Archived entries whose key another entry now has; they stay in the archive.
        load_id: The load's number in the audit; None if nothing was moved.
        parity: The comparison that archiving requires; None if entries were brought back.
        gap: The reason why nothing could be moved; None if something was.
    """

    moved: Counter[str] = field(default_factory=Counter)
    taken: list[str] = field(default_factory=list)
    load_id: int | None = None
    dry_run: bool = False
    parity: ParityReport | None = None
    gap: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "moved": dict(sorted(self.moved.items())),
            **pick(self, "taken load=load_id dry_run gap parity"),
        }


def archive_entries(
    store: Store, *, accepts_refused: bool = False, dry_run: bool = False
) -> ArchiveReport:
    """Move the environment's migrated entries to the archive, in one transaction.

    Args:
        accepts_refused: Unreadable entries and members are not differences. Such entries are not
            moved.

    Raises:
        GuardError: The old store and the new tables differ, or the entries have columns that the
            archive would lose.
    """
    with reading_or_writing(store.connection, store.environment, ENTRIES, dry_run=dry_run):
        unknown = [row[0] for row in store.connection.execute(_SQL["find_unknown_columns"])]
        if unknown:
            raise GuardError(
                f"cache_entries has columns that the archive does not keep: {', '.join(unknown)}",
                remedy="keep these entries where they are, or save the columns and drop them",
            )
        parity = compare(store, accepts_refused=accepts_refused)
        if not parity.passed:
            first = parity.counted[0]
            where = f"{first.type} {first.group}" + (f" {first.symbol}" if first.symbol else "")
            raise GuardError(
                f"parity is {parity.verdict}, not 100.00%: "
                f"{count_of(len(parity.counted), 'difference')}, "
                f"the first: {where}: {first.message}",
                remedy="see all with `stockgroups migrate --validate-only`"
                + ("" if parity.differences else "; --accept refused leaves these where they are"),
            )
        report = ArchiveReport(dry_run=dry_run, parity=parity)
        ids = sorted(parity.movable)
        if not ids:
            misplaced = list_entries(store).misplaced
            report.gap = misplaced or "cache_entries holds no entry of a group that was migrated"
        if dry_run or not ids:
            report.moved = Counter(parity.movable.values())
            return report
        report.load_id = reserve_load(store.connection)
        store.connection.execute(_SQL["use_universal_time"])
        rows = store.connection.execute(_SQL["archive"], {"ids": ids, "load_id": report.load_id})
        report.moved = Counter(row[0] for row in rows)
        _audit(store, report, "archive")
    return report


def count_archived(store: Store) -> int:
    """Return the number of the environment's entries in the archive."""
    return len(_list_archived(store))


def bring_back_entries(store: Store, *, dry_run: bool = False) -> ArchiveReport:
    """Move the environment's archived entries back, each with its number and times.

    If another entry now has an entry's key, the entry stays archived, and the report names it. With
    `dry_run` nothing is written.
    """
    with reading_or_writing(store.connection, store.environment, ENTRIES, dry_run=dry_run):
        archived = _list_archived(store)
        taken = store.connection.execute(_SQL["list_taken"], {"ids": list(archived)}).fetchall()
        report = ArchiveReport(
            taken=[f"{kind} {key} (entry {number})" for number, kind, key in taken],
            dry_run=dry_run,
        )
        free = sorted(archived.keys() - {row[0] for row in taken})
        if not archived:
            report.gap = f"the archive holds no entry of environment {store.environment}"
        if dry_run or not free:
            report.moved = Counter(archived[number] for number in free)
            return report
        report.load_id = reserve_load(store.connection)
        store.connection.execute(_SQL["use_universal_time"])
        rows = store.connection.execute(_SQL["bring_back"], {"ids": free})
        report.moved = Counter(row[0] for row in rows)
        _audit(store, report, "unarchive")
    return report


def _list_archived(store: Store) -> dict[int, str]:
    """Return the numbers and types of the archived entries."""
    return dict(execute(store, _SQL["list_archived"]).fetchall())


def _audit(store: Store, report: ArchiveReport, kind: str) -> None:
    figures = {name: {"entries": count} for name, count in report.moved.items()}
    write_load(store, LoadNote(kind, number=report.load_id), figures)
