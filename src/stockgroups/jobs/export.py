"""Export an environment to a folder: tables for other engines, and the record for an import.

Rows stream from the server to the files: no table is held in memory. One transaction reads all
tables, so that they are consistent. The folder gets its final name once it is complete.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import joining_by_hash, reading
from stockgroups.errors import StockgroupsError, UsageError
from stockgroups.jobs.export_folder import (
    FORMATS,
    MANIFEST,
    PARTS,
    RECORD,
    RECORD_TABLES,
    TABLES,
    ExportedFile,
    HashedFile,
    Manifest,
)
from stockgroups.json_values import Fields
from stockgroups.store import Store, execute
from stockgroups.text import Progress, ignore_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from stockgroups.jobs.parquet import ParquetWriter

_SQL = load_statements("export")
_UNPARTITIONED = "metadata"


@dataclass(frozen=True, slots=True)
class ExportReport(Fields):
    """What was exported, and to which folder."""

    KEYS = "folder *manifest"

    folder: Path
    manifest: Manifest

    @property
    def can_be_imported(self) -> bool:
        """Whether the export contains the record."""
        return all(table.path in self.manifest.files for table in RECORD_TABLES)


def export(
    store: Store,
    folder: Path,
    *,
    file_format: str = "csv",
    parts: Collection[str] = PARTS,
    progress: Progress = ignore_progress,
) -> ExportReport:
    """Write the environment to a new folder.

    Args:
        folder: The folder to make; an empty one is taken.
        file_format: `csv` or `parquet`, of the tables for other engines. The record is always CSV.
        parts: Which of `PARTS`.

    Raises:
        UsageError: There is no such format or part, pyarrow is missing, or the folder holds
            something.
        StockgroupsError: The files cannot be written. Then no folder is left.
    """
    named = [(file_format, FORMATS, "format"), *((part, PARTS, "part") for part in parts)]
    for given, known, what in named:
        if given not in known:
            raise UsageError(f"unknown {what} {given!r}", remedy=f"use one of {', '.join(known)}")
    parquet = None
    if file_format == "parquet":
        from stockgroups.jobs.parquet import ParquetWriter  # noqa: PLC0415 - needs pyarrow

        parquet = ParquetWriter()
    with _making(folder) as partial, reading(store.connection), joining_by_hash(store.connection):
        row = execute(store, _SQL["read_state"]).fetchone()
        version, identity = row or (0, None)
        exporter = _Exporter(store, partial, parquet)
        chosen = [name for name in TABLES if name in parts]
        record = RECORD_TABLES if RECORD in parts else ()
        total = len(chosen) + len(record)
        for number, name in enumerate(chosen, 1):
            progress(number, total, name)
            exporter.write_table(name)
        for number, table in enumerate(record, len(chosen) + 1):
            progress(number, total, table.path)
            exporter.write_csv(f"record_{table.bare_name}", table.path)
        manifest = Manifest(
            environment=store.environment,
            version=version,
            identity=identity,
            created_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            format=file_format,
            files=exporter.files,
        )
        text = json.dumps(manifest.to_dict(), indent=2, ensure_ascii=False)
        (partial / MANIFEST).write_text(f"{text}\n", encoding="utf-8")
    return ExportReport(folder, manifest)


@contextmanager
def _making(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder beside the target; rename it to the target at the end.

    Raises UsageError if something is in the way, and StockgroupsError if the system refuses to
    write.
    """
    try:
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise UsageError("it is not a folder", where=str(folder), remedy="name a new one")
        if folder.is_dir() and any(folder.iterdir()):
            raise UsageError(
                "the folder is not empty", where=str(folder), remedy="name a new one, or empty it"
            )
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = folder.resolve().with_name(f".{folder.resolve().name}-{secrets.token_hex(4)}")
        partial.mkdir()
        try:
            yield partial
            if folder.is_dir():
                folder.rmdir()
            partial.rename(folder.resolve())
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    except OSError as error:
        raise StockgroupsError(
            f"the export cannot be written: {error.strerror or error}",
            where=str(folder),
            remedy="free disk space, or name a folder where you may write; nothing was left behind",
        ) from error


class _Exporter:
    """Writes tables to files, and notes what it wrote."""

    def __init__(self, store: Store, folder: Path, parquet: ParquetWriter | None) -> None:
        self._connection = store.connection
        self._environment = store.environment
        self._folder = folder
        self._parquet = parquet
        self.files: dict[str, ExportedFile] = {}

    def write_table(self, name: str) -> None:
        """Write a table for other engines: one file, or in Parquet one file for each type."""
        if self._parquet is None:
            self.write_csv(name, f"{name}.csv")
            return
        if name == _UNPARTITIONED:
            self._write_parquet(name, None)
            return
        where = {"environment": self._environment}
        for (kind,) in self._connection.execute(_SQL["list_types"], where).fetchall():
            self._write_parquet(name, kind)

    def write_csv(self, statement: str, path: str) -> None:
        """Write the rows of a statement as CSV, as the server formats them."""
        with self._opening(path) as file:
            rows = self._copy(statement, None, lambda blocks: _write_all(file, blocks))
        self._note(path, rows, file)

    def _write_parquet(self, name: str, kind: str | None) -> None:
        """Write a table, or the rows of one type. The folder's name holds the type."""
        assert self._parquet is not None  # noqa: S101 - the caller looked
        where = {"environment": self._environment, "type": kind}
        statement = b"SELECT * FROM (" + _SQL[name] + b") AS t LIMIT 0"
        columns = self._connection.execute(statement, where).description or []
        shape = {column.name: column.type_code for column in columns}
        path = f"{name}/type={kind}/{name}.parquet" if kind else f"{name}/{name}.parquet"
        parquet = self._parquet
        with self._opening(path) as file:
            rows = self._copy(name, kind, lambda blocks: parquet.write(blocks, shape, file, path))
        self._note(path, rows, file)

    def _copy(self, statement: str, kind: str | None, take: Callable[[Iterator[Any]], None]) -> int:
        """Write the rows of a statement as blocks of CSV; return the number of rows."""
        query = b"COPY (" + _SQL[statement] + b") TO STDOUT (FORMAT csv, HEADER)"
        where: Mapping[str, Any] = {"environment": self._environment, "type": kind}
        with self._connection.cursor() as cursor:
            with cursor.copy(query, where) as blocks:
                take(iter(blocks))
            return cursor.rowcount

    @contextmanager
    def _opening(self, path: str) -> Iterator[HashedFile]:
        place = self._folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as file:
            yield HashedFile(file)

    def _note(self, path: str, rows: int, file: HashedFile) -> None:
        self.files[path] = ExportedFile(rows, file.size, file.sha256)


def _write_all(file: HashedFile, blocks: Iterator[Any]) -> None:
    for block in blocks:
        file.write(block)
