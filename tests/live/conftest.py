"""Live tables of an earlier SQL file, which other programs go on writing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from commands import Command
from older_tables import ENTRIES, GROUPS, run
from stockgroups.db.connection import Target

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def older(empty_target: Target) -> Target:
    """The older tables, empty, before any upgrade."""
    run(empty_target.url, GROUPS, ENTRIES)
    return empty_target


@pytest.fixture
def sql(older: Target) -> Sql:
    """Run one statement as another program does, committed; return the rows, if it has any."""

    def execute(statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(older.url) as theirs:
            cursor = theirs.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

    return execute


@pytest.fixture
def command(older: Target, bare: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`stockgroups` on the older tables, environment TEST."""
    monkeypatch.setenv("DATABASE_URL", older.url)
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    return bare
