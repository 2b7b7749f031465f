"""A sound environment, served."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg.conninfo import make_conninfo

from databases import Databases
from sound import make_sound
from stockgroups.api import Database
from stockgroups.settings import Settings, read_settings
from web import Served, serve


@pytest.fixture
def served(db: Database) -> Iterator[Served]:
    with serve(read_settings()) as running:
        running.wait(db.version())
        yield running


@pytest.fixture(scope="module")
def kept_db(server: str, databases: Databases) -> Iterator[Database]:
    """A sound environment for all tests of a module that only read; the connection cannot write."""
    with databases.lend() as name:
        settings = Settings(make_conninfo(server, dbname=name), "TEST", None, None, True)
        with Database(settings) as writer:
            make_sound(writer)
        with Database(settings, read_limit=60) as reader:
            yield reader


@pytest.fixture(scope="module")
def kept(kept_db: Database) -> Iterator[Served]:
    """`kept_db`, served; what was asked before may be in the service's memory."""
    with serve(kept_db.settings) as running:
        running.wait(kept_db.version())
        yield running
