"""The file of one table of the record during an import.

Its rows first go into a table of the session, where they are checked, and then into the real table.
The folder is not trusted: the content of a file reaches the server as values, never as parts of a
statement, and row numbers are raised above those of other environments.
"""

from __future__ import annotations

import csv
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from stockgroups.db.sql import load_statements, only_row
from stockgroups.errors import SourceError
from stockgroups.jobs.export_folder import BLOCK, HashedFile
from stockgroups.readers.containers.files import open_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from stockgroups.db.connection import Connection
    from stockgroups.jobs.export_folder import ExportedFile, RecordTable

_SQL = load_statements("import")
_INCOMING = sql.Identifier("pg_temp", "incoming")
_HIGHEST = {"integer": 2**30, "bigint": 2**62}
"""The largest numbers in an export, by type: half of the range, so that numbers are left."""
_LONGEST_HEADER = 100_000
_DAMAGED = "export again: the folder is damaged"


def list_columns(connection: Connection, table: RecordTable) -> dict[str, str]:
    """Return the columns of a table with their types."""
    return dict(connection.execute(_SQL["list_columns"], {"table": table.relation}).fetchall())


class IncomingTable:
    """The rows of one file, held in a table of the session."""

    def __init__(self, connection: Connection, table: RecordTable, folder: Path) -> None:
        self._connection = connection
        self._table = table
        self._folder = folder
        self._where = str(folder / table.path)
        self._target = sql.Identifier(*table.relation.split("."))
        self._types = list_columns(connection, table)
        self._columns: list[str] = []

    @contextmanager
    def reading(self, expected: ExportedFile) -> Iterator[None]:
        """Hold the rows within the block; `expected` is the manifest's entry for the file.

        Raises SourceError for a file that contradicts the manifest, and for rows that the table
        refuses.
        """
        with _refusing(self._where):
            self._connection.execute(
                sql.SQL(
                    "CREATE TEMP TABLE incoming ON COMMIT DROP AS TABLE {} WITH NO DATA"
                ).format(self._target)
            )
            self._read(expected)
            self._check_numbers()
            yield
            self._connection.execute(sql.SQL("DROP TABLE {}").format(_INCOMING))

    def count_unknown_directories(self) -> int:
        """Return how many of the directories in the rows this database has not loaded."""
        count: int = only_row(self._connection.execute(_SQL["count_unknown_directories"]))[0]
        return count

    def insert(self, environment: str, raised_by: Mapping[str, int]) -> None:
        """Insert the rows into an environment, with numbers raised by the given amount."""
        names = sql.SQL(", ").join(map(sql.Identifier, self._columns))
        values = sql.SQL(", ").join(
            self._express(name, environment, raised_by) for name in self._columns
        )
        self._connection.execute(
            sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {}").format(
                self._target, names, values, _INCOMING
            )
        )

    def _read(self, expected: ExportedFile) -> None:
        """Copy the file. Raise SourceError if it contradicts the manifest."""
        place = self._folder / self._table.path
        if not place.resolve().is_relative_to(self._folder.resolve()):
            raise SourceError(
                "the file is outside of the folder", where=self._where, remedy=_DAMAGED
            )
        with open_file(place, self._where) as opened:
            file = HashedFile(opened)
            header = file.readline(_LONGEST_HEADER)
            self._columns = self._read_header(header)
            names = sql.SQL(", ").join(map(sql.Identifier, self._columns))
            statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv, HEADER)").format(
                _INCOMING, names
            )
            with self._connection.cursor() as cursor:
                with cursor.copy(statement) as copy:
                    copy.write(header)
                    while block := file.read(BLOCK):
                        copy.write(block)
                rows = cursor.rowcount
        if (rows, file.size) != (expected.rows, expected.bytes):
            difference = (
                f"{rows} rows in {file.size} bytes, not {expected.rows} in {expected.bytes}"
            )
        elif file.sha256 != expected.sha256:
            difference = "the checksum differs"
        else:
            return
        raise SourceError(
            f"the file is not the one that was exported: {difference}",
            where=self._where,
            remedy=_DAMAGED,
        )

    def _read_header(self, header: bytes) -> list[str]:
        """Return the columns that a header names. Raise SourceError if the table has others."""
        try:
            columns = next(csv.reader([header.decode()]), [])
        except (UnicodeDecodeError, csv.Error):
            columns = []
        unknown = [name for name in columns if name not in self._types]
        lacking = [name for name in self._types if name not in columns]
        if not columns or len(set(columns)) < len(columns) or (self._table.is_ours and lacking):
            raise SourceError(
                "its first line does not name the columns of the table"
                + (f": no {', '.join(lacking)}" if columns and lacking else ""),
                where=self._where,
                remedy=_DAMAGED,
            )
        if unknown:
            raise SourceError(
                f"{self._table.name} has no column {unknown[0]!r} here",
                where=self._where,
                remedy=_DAMAGED
                if self._table.is_ours
                else "another program added it where the export was made: add it here, then import",
            )
        return columns

    def _check_numbers(self) -> None:
        """Raise SourceError for numbers that no database assigns: other rows may have them."""
        wrong = []
        for name in sorted(self._table.numbers.keys() & set(self._columns)):
            is_array, kind = self._types[name].endswith("[]"), self._types[name].removesuffix("[]")
            form = "{0} > ANY ({1}) OR {2} < ANY ({1})" if is_array else "{0} > {1} OR {2} < {1}"
            wrong.append(
                sql.SQL(form).format(
                    sql.Literal(1), sql.Identifier(name), sql.Literal(_HIGHEST[kind])
                )
            )
        if not wrong:
            return
        statement = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE {})").format(
            _INCOMING, sql.SQL(" OR ").join(wrong)
        )
        if self._connection.execute(statement).fetchone() == (True,):
            raise SourceError(
                "it contains row numbers that no database assigns",
                where=self._where,
                remedy=_DAMAGED,
            )

    def _express(self, name: str, environment: str, raised_by: Mapping[str, int]) -> sql.Composable:
        """Return the SQL expression for a column's value."""
        column = sql.Identifier(name)
        if name == "environment":
            # Old entries may spell their environment otherwise, and keep that where it is ours.
            return sql.SQL(
                "CASE WHEN stockgroups.home_of_entry({0}) = {1} THEN {0} ELSE {1} END"
            ).format(column, sql.Literal(environment))
        if (self._table.name, name) == ("stockgroups.loads", "arguments"):
            # A rollback names the load that it rolled back.
            return sql.SQL(
                "CASE WHEN kind = 'rollback' AND jsonb_typeof(arguments -> 'load') = 'number'"
                " THEN jsonb_set(arguments, '{{load}}',"
                " to_jsonb((arguments ->> 'load')::bigint + {}))"
                " ELSE arguments END"
            ).format(sql.Literal(raised_by["load"]))
        raised = raised_by.get(self._table.numbers.get(name, ""), 0)
        if not raised:
            return column
        if not self._types[name].endswith("[]"):
            return sql.SQL("{} + {}").format(column, sql.Literal(raised))
        return sql.SQL(
            "CASE WHEN cardinality({0}) > 0 THEN (SELECT array_agg(u.n + {1} ORDER BY u.place)"
            " FROM unnest({0}) WITH ORDINALITY AS u (n, place)) ELSE {0} END"
        ).format(column, sql.Literal(raised))


@contextmanager
def _refusing(where: str) -> Iterator[None]:
    """Translate refused rows and unreadable files into the program's own errors."""
    try:
        yield
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        place = (error.diag.context or "").splitlines()[:1]
        raise SourceError(
            f"the rows do not fit the table: {error.diag.message_primary or error}"
            + (f" ({place[0]})" if place else ""),
            where=where,
            remedy=_DAMAGED,
        ) from error
    except OSError as error:
        raise SourceError(
            f"the file cannot be read: {error.strerror or error}",
            where=where,
            remedy="check its permissions, or export again",
        ) from error
