"""A database as it was before: the old store's table, brought to the schema of today."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from older_tables import ENTRIES, run
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Target, connect
from stockgroups.jobs.upgrade import upgrade_database
from stockgroups.store import Store


@pytest.fixture
def old_target(empty_target: Target) -> Target:
    """The old store's table, upgraded, with nothing in it."""
    run(empty_target.url, ENTRIES)
    upgrade_database(empty_target)
    return empty_target


@pytest.fixture
def old_store(old_target: Target, catalog: Catalog) -> Iterator[Store]:
    """The environment TEST of `old_target`."""
    with connect(old_target) as opened:
        opened.execute("SET search_path = public")
        yield Store(opened, "TEST", catalog=catalog)
