"""Databases for tests: created from a template, reused if a test left their structure unchanged.

To make a database takes the server several tenths of a second, to empty its tables a hundredth: by
a session that stays open, and so need not read the catalogues and plan its statements each time. A
database in which a test wrote nothing is left as it is, with the contents that the test began with.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

_numbers = itertools.count(1)

# All that a test may change besides rows. A table that was made anew has other columns by number.
_SHAPE = """
    SELECT md5(concat_ws('|',
        (SELECT string_agg(concat_ws(' ', relname, relkind, relacl, reloptions, reltriggers), ','
                           ORDER BY relname)
         FROM (SELECT c.relname, c.relkind, c.relacl::text, c.reloptions::text,
                      (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = c.oid) AS reltriggers
               FROM pg_class c WHERE c.relnamespace IN (SELECT oid FROM own)) r),
        (SELECT string_agg(concat_ws(' ', attrelid::regclass, attnum, attname, atttypid, atttypmod,
                                     attnotnull, attisdropped, attacl),
                           ',' ORDER BY attrelid, attnum)
         FROM pg_attribute WHERE attrelid IN (SELECT oid FROM pg_class
                                              WHERE relnamespace IN (SELECT oid FROM own))),
        (SELECT string_agg(concat_ws(' ', conname, pg_get_constraintdef(oid)), ',' ORDER BY conname)
         FROM pg_constraint WHERE connamespace IN (SELECT oid FROM own)),
        (SELECT string_agg(proname, ',' ORDER BY proname) FROM pg_proc
         WHERE pronamespace IN (SELECT oid FROM own)),
        (SELECT string_agg(concat_ws(' ', nspname, nspacl), ',' ORDER BY nspname)
         FROM pg_namespace WHERE nspname !~ '^pg_'),
        (SELECT string_agg(setconfig::text, ',') FROM pg_db_role_setting
         WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())),
        (SELECT string_agg(extname, ',') FROM pg_extension),
        (SELECT string_agg(version_num, ',') FROM stockgroups.alembic_version)))
"""
_OWN = "WITH own AS (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'stockgroups')) "
_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND backend_type = 'client backend'
"""
_TABLES = """
    SELECT string_agg(format('DELETE FROM %I.%I', schemaname, tablename), ';'
                      ORDER BY tablename <> 'group_memberships')
    FROM pg_tables
    WHERE schemaname IN ('public', 'stockgroups') AND tablename <> 'alembic_version'
"""
_CLEANER = "cleaner"
"""The sessions that fill and empty databases have this name."""
# What the server took the tables for in an earlier test would plan the statements of the next one.
_STATISTICS = (
    _OWN + "DELETE FROM pg_statistic WHERE starelid IN"
    " (SELECT oid FROM pg_class WHERE relnamespace IN (SELECT oid FROM own))",
    _OWN + "UPDATE pg_class SET relpages = 0, reltuples = -1"
    " WHERE relkind = 'r' AND reltuples <> -1 AND relnamespace IN (SELECT oid FROM own)",
)
_MOST_BYTES = 20_000_000
"""Of the tables, with the rows that are no more: nothing vacuums them."""
_SIZE = (
    _OWN
    + """
    SELECT sum(pg_table_size(oid)) FROM pg_class
    WHERE relkind = 'r' AND relnamespace IN (SELECT oid FROM own)
"""
)
_ENVIRONMENTS = """
    INSERT INTO stockgroups.env_state (environment)
    VALUES ('DEFAULT'), ('TEST'), ('UAT'), ('PROD')
"""
# A transaction takes a number when it writes, even if it is rolled back; the server counts for all
# its databases. Another session may have taken the next number.
_NEXT_WRITE = f"""
    SELECT pg_snapshot_xmax(pg_current_snapshot())::text,
           EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
                   AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                   AND application_name <> '{_CLEANER}')
"""


@dataclass
class _Lent:
    """What a lent database holds, while the server's next writing transaction is this one.

    Attributes:
        session: It fills and empties the database.
        is_filled: Whether the contents were there when it was lent, and nobody has asked for them.
    """

    session: psycopg.Connection[Any]
    contents: str
    next_write: str | None
    is_filled: bool


_lent: dict[str, _Lent] = {}


class Databases:
    """The databases of one server that equal the template."""

    def __init__(self, server: str, template: str) -> None:
        self._server = server
        self._template = template
        self._free: list[tuple[str, str]] = []
        self._next_write: str | None = None
        self._sessions: dict[str, psycopg.Connection[Any]] = {}
        with psycopg.connect(make_conninfo(server, dbname=template)) as connection:
            self._shape = _read_shape(connection)

    @contextmanager
    def lend(self, contents: str = "") -> Iterator[str]:
        """Yield the name of a database that no other test uses.

        It is empty, or holds the contents of this name already, which `make_once` makes.
        """
        name, held = self._take(contents)
        # Before the test: what it sets for the database or a role is not for this session.
        session = self._open_session(name)
        _lent[name] = _Lent(session, held, self._next_write, is_filled=held != "")
        yield name
        left = self._clean(name, contents)
        del _lent[name]
        if left is None:
            self._sessions.pop(name).close()
            drop_database(self._server, name)
        else:
            self._free.append((name, left))

    def _take(self, contents: str) -> tuple[str, str]:
        for wanted in (contents, ""):
            for at, (_, held) in enumerate(self._free):
                if held == wanted:
                    return self._free.pop(at)
        return make_database(self._server, self._template), ""

    def _clean(self, name: str, contents: str) -> str | None:
        """Empty the database's tables, unless it has these contents and nobody has written since.

        Return the contents that are left; None if the database does not equal the template.
        """
        session = self._open_session(name)
        session.execute(_OTHERS.encode())
        if _lent[name].contents == contents and is_as_lent(session):
            self._next_write = _lent[name].next_write
            return contents
        try:
            if _read_shape(session) != self._shape:
                return None
        except psycopg.errors.UndefinedTable:
            return None
        row = session.execute(_TABLES.encode()).fetchone()
        assert row is not None
        session.execute(row[0].encode())
        for statement in _STATISTICS:
            session.execute(statement.encode())
        size = session.execute(_SIZE.encode()).fetchone()
        if size is None or size[0] > _MOST_BYTES:
            return None
        session.execute(b"SELECT setval(seqrelid, seqstart, false) FROM pg_sequence")
        session.execute(_ENVIRONMENTS.encode())
        # No later test counts the blocks that were read here.
        session.execute(b"SELECT pg_stat_force_next_flush()")
        self._next_write = _read_next_write(session)
        return ""

    def _open_session(self, name: str) -> psycopg.Connection[Any]:
        """Return the session that empties this database; a new one if a test has ended it."""
        session = self._sessions.get(name)
        if session is not None:
            try:
                session.execute(b"SELECT")
            except psycopg.OperationalError:
                session.close()
            else:
                return session
        # What a test set for the database is not for this session either.
        url = make_conninfo(
            self._server,
            dbname=name,
            application_name=_CLEANER,
            options="-c statement_timeout=0",
        )
        self._sessions[name] = psycopg.connect(url, autocommit=True)
        return self._sessions[name]

    def close(self) -> None:
        """End the sessions that empty databases."""
        for session in self._sessions.values():
            session.close()


def take_contents(connection: psycopg.Connection[Any], contents: str) -> bool:
    """Return whether the database was lent with these contents, to the first who asks."""
    lent = _lent.get(connection.info.dbname)
    if lent is None or not lent.is_filled:
        return False
    assert lent.contents == contents
    lent.is_filled = False
    return True


def find_session(connection: psycopg.Connection[Any]) -> psycopg.Connection[Any] | None:
    """Return the session that fills and empties the database, if it is lent."""
    lent = _lent.get(connection.info.dbname)
    return None if lent is None else lent.session


def is_as_lent(connection: psycopg.Connection[Any]) -> bool:
    """Return whether certainly nobody has written since the database was lent, or filled."""
    lent = _lent.get(connection.info.dbname)
    now = _read_next_write(connection)
    return lent is not None and now is not None and now == lent.next_write


def keep_contents(connection: psycopg.Connection[Any], contents: str) -> None:
    """Let the database be lent again with its present contents, if nobody writes from now on."""
    lent = _lent[connection.info.dbname]
    lent.contents, lent.next_write, lent.is_filled = contents, _read_next_write(connection), False


def _read_next_write(connection: psycopg.Connection[Any]) -> str | None:
    """Return the number of the server's next writing transaction; None: one may be open here."""
    row = connection.execute(_NEXT_WRITE.encode()).fetchone()
    assert row is not None
    return None if row[1] else str(row[0])


def make_database(server: str, template: str) -> str:
    """Make a database from a template and return its name."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        # Copied as files, which are not logged page by page.
        connection.execute(
            f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY".encode()
        )
    return name


def drop_database(server: str, name: str) -> None:
    """Drop a database and end its connections."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _read_shape(connection: psycopg.Connection[tuple[str]]) -> str:
    row = connection.execute((_OWN + _SHAPE).encode()).fetchone()
    assert row is not None
    return row[0]
