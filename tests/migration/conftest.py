"""A database as it was before: the old store's table, brought to the schema of today."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from psycopg.conninfo import make_conninfo

from databases import Databases, make_database
from older_tables import ENTRIES, run
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Target, connect
from stockgroups.jobs.upgrade import upgrade_database
from stockgroups.store import Store


@pytest.fixture(scope="session")
def old_databases(server: str) -> Iterator[Databases]:
    """The server's databases with the old store's table, upgraded, with nothing in it."""
    name = make_database(server, "template1")
    target = Target(make_conninfo(server, dbname=name), "test server", name, "TEST")
    run(target.url, ENTRIES)
    upgrade_database(target)
    with closing(Databases(server, name)) as made:
        yield made


@pytest.fixture
def old_target(server: str, old_databases: Databases) -> Iterator[Target]:
    """The old store's table, upgraded, with nothing in it."""
    with old_databases.lend() as name:
        yield Target(make_conninfo(server, dbname=name), "test server", name, "TEST")


@pytest.fixture
def old_store(old_target: Target, catalog: Catalog) -> Iterator[Store]:
    """The environment TEST of `old_target`."""
    with connect(old_target) as opened:
        opened.execute("SET search_path = public")
        yield Store(opened, "TEST", catalog=catalog)
