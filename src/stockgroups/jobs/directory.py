"""Load symbol directories and registers: reference data, which all environments share."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from stockgroups.db.arrays import as_columns
from stockgroups.db.locks import lock_directories
from stockgroups.db.sql import load_statements, only_row
from stockgroups.db.transactions import reading
from stockgroups.errors import GuardError, StockgroupsError
from stockgroups.jobs.fails import record_fails
from stockgroups.json_values import Fields
from stockgroups.readers.directories import (
    Directory,
    FailsFile,
    FailsRegister,
    FundList,
    read_reference,
)
from stockgroups.readers.values.texts import escape_text
from stockgroups.record.identity_changes import describe_settled
from stockgroups.text import Progress, ignore_progress
from stockgroups.times import today_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from stockgroups.db.connection import Connection
    from stockgroups.readers.directories import Reference
    from stockgroups.record.plan import Plan

_SQL = load_statements("directories")
LONGEST_PATH = 4096


class Outcome(StrEnum):
    """What happens to one directory file."""

    NEW = "new"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(slots=True)
class DirectoryFile(Fields):
    """One file under the path that was given: `directory` if it was read, else `error`."""

    KEYS = (
        "file=name outcome source=directory?.source as_of=directory?.as_of "
        "sha256=directory?.sha256 receipt=directory error"
    )

    name: str
    directory: Reference | None = None
    error: StockgroupsError | None = None
    outcome: Outcome = Outcome.REFUSED


@dataclass(frozen=True, slots=True)
class DirectoryReport(Fields):
    """What happened to every file; in a dry run, what would happen.

    `settled` is what the files change in the securities of each environment.
    """

    KEYS = "dry_run changed files identity"

    files: list[DirectoryFile]
    dry_run: bool
    settled: Mapping[str, Plan] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether anything was, or would be, recorded."""
        return any(file.outcome is Outcome.NEW for file in self.files)

    @property
    def refused(self) -> bool:
        """Whether a file was refused."""
        return any(file.outcome is Outcome.REFUSED for file in self.files)

    @property
    def identity(self) -> dict[str, Any]:
        """What the files change in the securities, as JSON values."""
        return describe_settled(self.settled)


def load_directories(
    connection: Connection,
    paths: Iterable[Path],
    *,
    as_of: dt.date | None = None,
    dry_run: bool = False,
    progress: Progress = ignore_progress,
) -> DirectoryReport:
    """Record what the files list, all files in one transaction.

    A file that cannot be read, or that has a date in the future, is refused and reported. The other
    files are recorded, unless they are recorded already.

    Args:
        as_of: The date of files without a date of their own.

    Raises:
        DatabaseError: The database refuses the files. Then nothing is recorded.
    """
    todo = list(paths)
    files: list[DirectoryFile] = []
    fails = FailsRegister()
    for number, path in enumerate(todo, 1):
        progress(number, len(todo), path.name)
        file = _read(path, as_of)
        if isinstance(file.directory, FailsFile):
            fails.add(file.directory)
            file.directory = file.directory.without_runs()
        files.append(file)
    readable = [(file, file.directory) for file in files if file.directory is not None]
    if dry_run:
        with reading(connection):
            _decide(connection, readable)
        return DirectoryReport(files, dry_run)
    with connection.transaction():
        lock_directories(connection)
        _decide(connection, readable)
        for file, directory in readable:
            if file.outcome is Outcome.NEW:
                _append(connection, directory)
        if any(isinstance(d, FailsFile) and f.outcome is Outcome.NEW for f, d in readable):
            record_fails(connection, fails)
    report = DirectoryReport(files, dry_run)
    if report.changed:
        connection.execute(_SQL["analyze_listings"])
        connection.execute(_SQL["analyze_fund_classes"])
    return report


def _read(path: Path, as_of: dt.date | None) -> DirectoryFile:
    name = escape_text(str(path), LONGEST_PATH)
    try:
        directory = read_reference(path, path.name, as_of=as_of)
        _check_date(directory)
    except StockgroupsError as error:
        return DirectoryFile(name, error=error.without_frames())
    return DirectoryFile(name, directory)


def _check_date(directory: Reference) -> None:
    today = today_utc()
    # Because of the date line, a file can have tomorrow's date if the loader is in the west.
    if directory.as_of > today + dt.timedelta(days=1):
        raise GuardError(
            f"as-of date {directory.as_of}, from {directory.as_of_from}, is in the future",
            where=directory.file_name,
            remedy="correct the date; if the content has none, give it with --as-of",
        )


def _decide(connection: Connection, readable: Sequence[tuple[DirectoryFile, Reference]]) -> None:
    """Mark each file as new, recorded, or a copy of another file of this load."""
    keys = [(directory.sha256, directory.as_of, directory.reader) for _, directory in readable]
    rows = connection.execute(_SQL["find_recorded"], as_columns("hashes dates readers", keys))
    known = set(rows.fetchall())
    for (file, _), key in zip(readable, keys, strict=True):
        file.outcome = Outcome.UNCHANGED if key in known else Outcome.NEW
        known.add(key)


def _append(connection: Connection, directory: Reference) -> None:
    appended = connection.execute(
        _SQL["append_directory"],
        {
            "source": directory.source,
            "as_of": directory.as_of,
            "file_name": directory.file_name,
            "sha256": directory.sha256,
            "reader": directory.reader,
            "entry_count": directory.entry_count,
            "receipt": Jsonb(directory.to_dict()),
        },
    )
    row = only_row(appended)
    if isinstance(directory, FundList):
        with connection.cursor() as cursor, cursor.copy(_SQL["copy_fund_classes"]) as copy:
            for one in directory.classes:
                copy.write_row((row[0], *one))
    if not isinstance(directory, Directory):
        return
    with connection.cursor() as cursor, cursor.copy(_SQL["copy_listings"]) as copy:
        for listing in directory.listings:
            entry = listing.entry
            copy.write_row(
                (
                    row[0],
                    listing.symbol,
                    entry.ticker,
                    entry.name,
                    entry.exchange,
                    entry.mic,
                    entry.is_etf,
                    entry.is_test,
                    entry.cik,
                    entry.sector,
                    entry.industry,
                    entry.country,
                    entry.ipo_year,
                )
            )
