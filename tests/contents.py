"""Initial contents for many tests: created once for each server, then copied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from databases import find_session, is_as_lent, keep_contents, take_contents

_TABLES = """
    SELECT n.nspname, c.relname, array_agg(a.attname::text ORDER BY a.attnum)
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     AND a.attgenerated = ''
    WHERE c.relkind = 'r' AND n.nspname IN ('public', 'stockgroups')
      AND c.relname <> 'alembic_version'
    GROUP BY n.nspname, c.relname
"""
_NUMBERS = """
    SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename), last_value
    FROM pg_sequences WHERE last_value IS NOT NULL
"""
_ROWS = """
    SELECT EXISTS (SELECT FROM stockgroups.group_registry)
        OR EXISTS (SELECT FROM stockgroups.loads)
        OR EXISTS (SELECT FROM stockgroups.directories)
        OR EXISTS (SELECT FROM public.definition_groups)
        OR EXISTS (SELECT FROM public.cache_entries)
"""


@dataclass(frozen=True)
class Contents:
    """The rows of each table in COPY format, and the values of the sequences."""

    rows: list[tuple[sql.Composed, bytes]]
    numbers: list[tuple[str, int]]

    def write(self, connection: psycopg.Connection[Any]) -> None:
        """Copy the rows into an empty database with the schema, with the same numbers."""
        with connection.transaction():
            # Foreign keys held where the rows come from.
            connection.execute(b"SET LOCAL session_replication_role = replica")
            connection.execute(b"DELETE FROM stockgroups.env_state")
            for table, rows in self.rows:
                with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(table)) as copy:
                    copy.write(rows)
            for sequence, last in self.numbers:
                connection.execute(b"SELECT setval(%s::text::regclass, %s)", (sequence, last))


def read_contents(connection: psycopg.Connection[Any]) -> Contents:
    """Return all that the tables hold."""
    rows = []
    for schema, name, columns in connection.execute(_TABLES.encode()).fetchall():
        table = sql.SQL("{} ({})").format(
            sql.Identifier(schema, name), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(table)) as copy:
            if text := b"".join(map(bytes, copy)):
                rows.append((table, text))
    return Contents(rows, connection.execute(_NUMBERS.encode()).fetchall())


_made: dict[tuple[str, str], Contents] = {}


def make_once(connection: psycopg.Connection[Any], name: str, make: Callable[[], object]) -> None:
    """Fill a database by `make`, or with a copy of what it made earlier on the same server.

    A test whose fixture of this name calls it may have got a database that holds the copy already.
    """
    if take_contents(connection, name):
        return
    info = connection.info
    key = (f"{info.host}:{info.port}", name)
    row = connection.execute(_ROWS.encode()).fetchone()
    is_empty = row == (False,)
    if is_empty and key in _made:
        is_unwritten = is_as_lent(connection)
        _made[key].write(find_session(connection) or connection)
        if is_unwritten:
            keep_contents(connection, name)
        return
    make()
    if is_empty:
        _made[key] = read_contents(connection)
