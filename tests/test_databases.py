"""No test sees what another one wrote, although tests that begin alike share their beginning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from contents import make_once
from databases import Databases
from tables import read_one

INSERT = "INSERT INTO cache_entries (type, name, key, environment) VALUES ('a', %s, 'c', 'TEST')"
ALIAS = (
    "INSERT INTO stockgroups.aliases"
    " (environment, old_symbol, new_symbol, effective, source, origin)"
    " VALUES ('TEST', 'FB', 'META', '2022-06-09', 'told', 'told')"
)
COUNT = "SELECT count(*) FROM cache_entries"
BEGINNING = "one entry"


class Lender:
    """The databases of a server, and a connection to each one lent."""

    def __init__(self, server: str, databases: Databases) -> None:
        self._server = server
        self._databases = databases

    @contextmanager
    def lend(self, contents: str) -> Iterator[psycopg.Connection[Any]]:
        with self._databases.lend(contents) as name:
            url = make_conninfo(self._server, dbname=name)
            with psycopg.connect(url, autocommit=True) as connection:
                yield connection

    def begin(self, connection: psycopg.Connection[Any]) -> None:
        make_once(connection, BEGINNING, lambda: connection.execute(INSERT, ["first"]))


@pytest.fixture
def lender(server: str, databases: Databases) -> Lender:
    """It has a database that was filled and not written in since."""
    lender = Lender(server, databases)
    for _ in range(2):  # made, then copied
        with lender.lend(BEGINNING) as connection:
            lender.begin(connection)
    return lender


def test_who_only_reads_leaves_the_beginning_to_the_next(lender: Lender) -> None:
    for _ in range(2):
        with lender.lend(BEGINNING) as connection:
            assert read_one(connection, COUNT) == 1
            lender.begin(connection)
            assert read_one(connection, COUNT) == 1


def test_who_begins_empty_never_gets_a_filled_one(lender: Lender) -> None:
    with lender.lend("") as connection:
        assert read_one(connection, COUNT) == 0


@pytest.mark.parametrize("is_kept", [True, False])
def test_who_wrote_leaves_an_empty_one(lender: Lender, is_kept: bool) -> None:
    with lender.lend(BEGINNING) as connection:
        lender.begin(connection)
        with connection.transaction(force_rollback=not is_kept):
            connection.execute(INSERT, ["second"])
    with lender.lend(BEGINNING) as connection:
        assert read_one(connection, COUNT) == 0


def test_what_was_written_before_the_beginning_is_not_left(lender: Lender) -> None:
    with lender.lend(BEGINNING) as used, lender.lend(BEGINNING) as connection:
        lender.begin(used)
        connection.execute(ALIAS)
        lender.begin(connection)
    with lender.lend(BEGINNING) as used, lender.lend(BEGINNING) as connection:
        assert read_one(connection, "SELECT count(*) FROM stockgroups.aliases") == 0
        assert read_one(used, "SELECT count(*) FROM stockgroups.aliases") == 0


def test_who_ended_all_other_sessions_leaves_an_empty_one(lender: Lender) -> None:
    with lender.lend("") as connection:
        connection.execute(INSERT, ["first"])
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with lender.lend("") as connection:
        assert read_one(connection, COUNT) == 0
