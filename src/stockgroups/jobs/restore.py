"""Import an export into an empty environment: the same record gives the same answers.

If the database holds rows of other environments, the row numbers of the export are raised above
theirs. Everything is one transaction, during which nobody else writes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stockgroups.db.locks import ENTRIES, GROUPS, hold_tables, lock_directories, lock_environment
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import writing
from stockgroups.errors import GuardError, SourceError
from stockgroups.jobs.export_folder import RECORD_TABLES, RecordTable, read_manifest
from stockgroups.jobs.incoming_table import IncomingTable, list_columns
from stockgroups.json_values import Fields
from stockgroups.model import ENVIRONMENTS
from stockgroups.record.loads import LoadNote, write_load
from stockgroups.store import Store, execute
from stockgroups.text import Progress, ignore_progress

if TYPE_CHECKING:
    from pathlib import Path

    from stockgroups.db.connection import Connection
    from stockgroups.jobs.export_folder import Manifest

_SQL = load_statements("import")
_ANALYZE = (
    load_statements("store")["analyze_all"],
    load_statements("metadata")["analyze"],
    load_statements("directories")["analyze_listings"],
    load_statements("directories")["analyze_fund_classes"],
    load_statements("directories")["analyze_registers"],
)


@dataclass(slots=True)
class ImportReport(Fields):
    """What was imported.

    Attributes:
        manifest: The manifest of the export.
        environment: The environment that it was imported into.
        rows: The number of rows by table.
        raised_by: By how much the numbers of each kind were raised, if they were.
        unknown_directories: The number of the export's directories that were left out because the
            database has directories of its own.
        load_id: The number of the import in the audit.
    """

    KEYS = (
        "environment exported_environment=manifest.environment "
        "exported_at=manifest.created_at program=manifest.program rows raised_by "
        "unknown_directories load=load_id"
    )

    manifest: Manifest
    environment: str
    rows: dict[str, int] = field(default_factory=dict)
    raised_by: dict[str, int] = field(default_factory=dict)
    unknown_directories: int = 0
    load_id: int | None = None


def import_export(
    store: Store,
    folder: Path,
    *,
    progress: Progress = ignore_progress,
) -> ImportReport:
    """Import an export into the environment of the store, which must be empty.

    Args:
        store: The target; the export may come from another environment.
        folder: The folder that `export` made.

    Raises:
        SourceError: The folder is no export with a record, is damaged, or has another schema.
        GuardError: The environment is not empty.
    """
    manifest = read_manifest(folder)
    missing = [table.path for table in RECORD_TABLES if table.path not in manifest.files]
    if missing:
        raise SourceError(
            f"the export has no {missing[0]}",
            where=str(folder),
            remedy="export again with the part `record`, which an import needs",
        )
    connection = store.connection
    report = ImportReport(manifest, store.environment)
    with connection.transaction():
        # No other writer may take the numbers assigned here. The order of locks never changes.
        lock_directories(connection)
        for environment in ENVIRONMENTS:
            lock_environment(connection, environment)
        with writing(connection, store.environment):
            hold_tables(connection, (*GROUPS, *ENTRIES))
            _refuse_content(store)
            importer = _Importer(store, folder, report)
            for number, table in enumerate(RECORD_TABLES, 1):
                progress(number, len(RECORD_TABLES), table.path)
                importer.bring(table)
            importer.finish()
    return report


def _refuse_content(store: Store) -> None:
    rows = execute(store, _SQL["find_content"])
    found = [name for (name,) in rows]
    if found:
        raise GuardError(
            f"environment {store.environment} is not empty: there are rows in {', '.join(found)}",
            remedy="name an empty environment with ENVIRONMENT, or a new database with "
            "DATABASE_URL",
        )


class _Importer:
    """Imports the tables of one export, in the open transaction."""

    def __init__(self, store: Store, folder: Path, report: ImportReport) -> None:
        self._store = store
        self._connection: Connection = store.connection
        self._folder = folder
        self._report = report
        self._numbers = {kind: highest for kind, highest, _ in self._read_numbers()}
        row = self._connection.execute(_SQL["has_reference_data"]).fetchone()
        self._keeps_reference_data = row == (True,)

    def bring(self, table: RecordTable) -> None:
        """Read the file of a table, check its rows, and insert them."""
        is_kept = table.is_shared and self._keeps_reference_data
        if is_kept and table.bare_name != "directories":
            return
        expected = self._report.manifest.files[table.path]
        incoming = IncomingTable(self._connection, table, self._folder)
        with incoming.reading(expected):
            if is_kept:
                self._report.unknown_directories = incoming.count_unknown_directories()
            else:
                incoming.insert(self._store.environment, self._numbers)
                self._report.rows[table.name] = expected.rows

    def finish(self) -> None:
        """Set the sequences and the state of the environment, and write the audit."""
        environment = self._store.environment
        self._report.raised_by = {kind: by for kind, by in self._numbers.items() if by}
        for _, highest, sequence in self._read_numbers():
            if sequence is not None:
                where = {"sequence": sequence, "highest": highest}
                self._connection.execute(_SQL["go_on_after"], where)
        manifest = self._report.manifest
        self._connection.execute(
            _SQL["write_state"],
            {
                "environment": environment,
                "version": manifest.version,
                "identity": manifest.identity,
            },
        )
        for statement in _ANALYZE:
            self._connection.execute(statement)
        counts = self._connection.execute(_SQL["count_members"], {"environment": environment})
        note = LoadNote(
            "import",
            {
                "folder": self._folder.resolve().name,
                "environment": manifest.environment,
                "exported_at": manifest.created_at,
                "program": manifest.program,
            },
        )
        changes = {f"{kind} {name}": {"added": count} for kind, name, count in counts}
        self._report.load_id = write_load(self._store, note, changes)

    def _read_numbers(self) -> list[tuple[str, int, str | None]]:
        """Return the kinds of row numbers, with the highest number and the sequence of each."""
        found: list[tuple[str, int, str | None]] = self._connection.execute(
            _SQL["read_numbers"]
        ).fetchall()
        memberships = next(t for t in RECORD_TABLES if t.numbers.get("id") == "membership")
        if "id" in list_columns(self._connection, memberships):
            found += self._connection.execute(_SQL["read_membership_numbers"]).fetchall()
        return found
