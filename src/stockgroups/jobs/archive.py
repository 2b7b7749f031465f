"""Moving migrated entries out of the old store, once the new tables hold all of it; and back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.db.transactions import writing
from stockgroups.errors import GuardError
from stockgroups.jobs.parity import compare
from stockgroups.model import ENVIRONMENTS
from stockgroups.sources.legacy import LEGACY_TYPES, fold_type
from stockgroups.sql import load_statements
from stockgroups.store.loads import LoadNote, reserve_load, write_load
from stockgroups.store.state import read_clock

if TYPE_CHECKING:
    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection
    from stockgroups.jobs.parity_report import ParityReport

_SQL = load_statements("archive")


@dataclass(slots=True)
class ArchiveReport:
    """How many entries were moved, by type; `taken` are those whose key another entry has now."""

    moved: Counter[str] = field(default_factory=Counter)
    taken: list[str] = field(default_factory=list)
    load_id: int | None = None
    dry_run: bool = False
    parity: ParityReport | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "moved": dict(sorted(self.moved.items())),
            "taken": self.taken,
            "load_id": self.load_id,
            "dry_run": self.dry_run,
            "parity": None if self.parity is None else self.parity.as_dict(),
        }


def archive_entries(
    connection: Connection,
    environment: str,
    catalog: Catalog,
    *,
    accepts_refused: bool = False,
    dry_run: bool = False,
) -> ArchiveReport:
    """Move the environment's migrated entries to the archive, in one transaction.

    Raises GuardError when parity is not complete, and when the entries have columns that the
    archive would lose.
    """
    with writing(connection, environment):
        unknown = [row[0] for row in connection.execute(_SQL["find_unknown_columns"])]
        if unknown:
            raise GuardError(
                f"cache_entries has columns that the archive does not keep: {', '.join(unknown)}",
                remedy="keep these entries where they are, or save and drop the columns",
            )
        types = [
            row[0]
            for row in connection.execute(_SQL["list_types"])
            if fold_type(row[0]) in LEGACY_TYPES
        ]
        connection.execute(_SQL["lock_entries"], {"types": types})
        parity = compare(connection, environment, catalog, accepts_refused=accepts_refused)
        if not parity.passed:
            first = parity.counted[0]
            where = f"{first.type} {first.group}" + (f" {first.symbol}" if first.symbol else "")
            raise GuardError(
                f"parity is {parity.percent:.2f}%, not 100.00%: {len(parity.counted)} differences,"
                f" the first: {where}: {first.message}",
                remedy="see all with `stockgroups migrate --validate-only`"
                + ("" if parity.differences else "; --accept refused leaves these where they are"),
            )
        report = ArchiveReport(dry_run=dry_run, parity=parity)
        ids = sorted(parity.movable)
        if dry_run or not ids:
            report.moved = Counter(parity.movable.values())
            return report
        report.load_id = reserve_load(connection)
        connection.execute(_SQL["use_universal_time"])
        rows = connection.execute(_SQL["archive"], {"ids": ids, "load_id": report.load_id})
        report.moved = Counter(row[0] for row in rows)
        _audit(connection, environment, report, "archive")
    return report


def count_archived(connection: Connection, environment: str) -> int:
    """Return how many entries of the environment lie in the archive."""
    return len(_list_archived(connection, environment))


def bring_back_entries(
    connection: Connection, environment: str, *, dry_run: bool = False
) -> ArchiveReport:
    """Move the environment's archived entries back, each with its number and times.

    One that the table's own keys forbid beside another entry by now stays archived and is named.
    """
    with writing(connection, environment):
        archived = _list_archived(connection, environment)
        taken = connection.execute(_SQL["list_taken"], {"ids": list(archived)}).fetchall()
        report = ArchiveReport(
            taken=[f"{kind} {key} (entry {number})" for number, kind, key in taken],
            dry_run=dry_run,
        )
        free = sorted(archived.keys() - {row[0] for row in taken})
        if dry_run or not free:
            report.moved = Counter(archived[number] for number in free)
            return report
        report.load_id = reserve_load(connection)
        connection.execute(_SQL["use_universal_time"])
        rows = connection.execute(_SQL["bring_back"], {"ids": free})
        report.moved = Counter(row[0] for row in rows)
        _audit(connection, environment, report, "unarchive")
    return report


def _list_archived(connection: Connection, environment: str) -> dict[int, str]:
    """Return the numbers and types of the archived entries."""
    where = {"environment": environment, "environments": list(ENVIRONMENTS)}
    return dict(connection.execute(_SQL["list_archived"], where).fetchall())


def _audit(connection: Connection, environment: str, report: ArchiveReport, kind: str) -> None:
    assert report.load_id is not None  # noqa: S101 - reserved by the caller
    figures = {name: {"entries": count} for name, count in report.moved.items()}
    write_load(
        connection,
        environment,
        report.load_id,
        LoadNote(kind),
        read_clock(connection),
        frozenset(),
        figures,
    )
