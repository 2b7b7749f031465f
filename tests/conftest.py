"""A real database for each test, copied from a template that is created once for each server."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from psycopg.conninfo import make_conninfo

import stockgroups
from commands import Command, make_command
from databases import Databases, drop_database, make_database
from servers import find_installed, run_embedded, run_installed
from sound import make_sound
from stockgroups.api import Database
from stockgroups.catalog import Catalog, load_catalog
from stockgroups.catalog.ages import AgeRules
from stockgroups.cli import output
from stockgroups.db import schema
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.settings import NAMES
from stockgroups.store import Store

# A machine may be slow, and no test times anything.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
# What depends on the version of the server: schema, statements, rights, older tables. Together
# these run every statement; the rest runs on the embedded server alone, without --every-server.
ON_EVERY_SERVER = (
    "analytics/test_index.py",
    "analytics/test_members.py",
    "checks",
    "cli/test_fails_commands.py",
    "cli/test_hostile_texts_shown.py",
    "cli/test_migrate_command.py",
    "cli/test_query_command.py",
    "cli/test_rights.py",
    "cli/test_sessions.py",
    "db",
    "directories",
    "jobs/test_aliases.py",
    "jobs/test_export.py",
    "jobs/test_identity_example.py",
    "jobs/test_metadata.py",
    "jobs/test_overrides.py",
    "live/test_rollbacks.py",
    "migration/test_adopt.py",
    "migration/test_archive.py",
    "migration/test_entries.py",
    "migration/test_grants.py",
    "queries",
    "record",
    "scripts/test_letter.py",
)
RANDOM = {"seed", "part"}
"""The parameters that number random records."""
# The fixtures that fill a database by `make_once`, under their own names.
BEGINNINGS = ("sound", "organized", "panelled", "documented", "identified")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that runs all tests on each server."""
    parser.addoption("--every-server", action="store_true", help="run all tests on each server")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run tests that do not depend on the server on the embedded server only."""
    if config.getoption("--every-server"):
        return
    begun: set[tuple[Path, str]] = set()
    left = [item for item in items if not _is_wanted(item, begun)]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in set(left)]


def _is_wanted(item: pytest.Item, begun: set[tuple[Path, str]]) -> bool:
    """Whether the test runs; `begun` are those of random records that the second server runs."""
    call = getattr(item, "callspec", None)
    if call is None or call.params.get("server") != "installed":
        return True
    if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
        # Random records find as much on one server as half of them on each.
        return False
    place = item.path.relative_to(Path(__file__).parent)
    if not call.params.keys().isdisjoint(RANDOM):
        # The same holds for those that are numbered: the second server gets the first of each test.
        test = (item.path, getattr(item, "originalname", item.name))
        if test in begun:
            return False
        begun.add(test)
    return place.parts[0] in ON_EVERY_SERVER or place.as_posix() in ON_EVERY_SERVER


@pytest.fixture(scope="session", params=["embedded", "installed"])
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a running server."""
    if request.param == "embedded":
        with run_embedded() as url:
            yield url
        return
    binaries = find_installed()
    if binaries is None:
        pytest.skip("no PostgreSQL 15 or newer is installed")
    with run_installed(binaries) as url:
        yield url


@pytest.fixture(scope="session")
def databases(server: str) -> Iterator[Databases]:
    """The server's empty databases with the schema."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_stockgroups")
    schema.upgrade(_target(server, "template_stockgroups"))
    with closing(Databases(server, "template_stockgroups")) as made:
        yield made


@pytest.fixture
def empty_target(server: str) -> Iterator[Target]:
    """A database without any table."""
    name = make_database(server, "template1")
    yield _target(server, name)
    drop_database(server, name)


@pytest.fixture
def target(server: str, databases: Databases, request: pytest.FixtureRequest) -> Iterator[Target]:
    """A database with the schema; environment TEST.

    It is empty, or holds what a fixture of the test that is named in BEGINNINGS will ask for.
    """
    begun = next((name for name in BEGINNINGS if name in request.fixturenames), "")
    with databases.lend(begun) as name:
        yield _target(server, name)


@pytest.fixture
def connection(target: Target) -> Iterator[Connection]:
    """A connection to `target`, as every command has it, on which tests may also ask plainly.

    Commands find names of their own schemas alone (see test_sessions); what a test asks itself is
    written as other programs write it.
    """
    with connect(target) as opened:
        opened.execute("SET search_path = public")
        yield opened


@pytest.fixture
def store(connection: Connection, catalog: Catalog) -> Store:
    """The environment TEST of `target`, with `catalog`."""
    return Store(connection, "TEST", catalog=catalog)


@pytest.fixture
def chosen(target: Target, monkeypatch: pytest.MonkeyPatch) -> Target:
    """`target` and environment TEST, set by the settings."""
    monkeypatch.setenv("DATABASE_URL", target.url)
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    return target


@pytest.fixture
def bare(capsys: pytest.CaptureFixture[str]) -> Command:
    """`stockgroups` without settings: no database, no environment."""
    return make_command(capsys)


@pytest.fixture
def command(chosen: Target, bare: Command) -> Command:
    """`stockgroups` on `target`, environment TEST."""
    return bare


@pytest.fixture
def sound(store: Store) -> Store:
    """A consistent environment."""
    make_sound(store)
    return store


@pytest.fixture
def db(chosen: Target, sound: Store) -> Iterator[Database]:
    """`sound`, opened by the settings."""
    with stockgroups.connect() as opened:
        yield opened


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The shipped catalogues, without limits of age: the dates in tests are fixed and grow old."""
    return replace(load_catalog(), ages=AgeRules({}, {}))


@pytest.fixture(scope="session")
def holdings() -> Path:
    """The folder of real files; skips the test if there is none."""
    named = os.environ.get("HOLDINGS_DIR")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "holdings"
    if not folder.is_dir():
        pytest.skip("no real holdings files here: set HOLDINGS_DIR to a folder that has them")
    return folder


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide the user's settings, holdings folder and embedded server from all tests."""
    for name in (*NAMES, "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STOCKGROUPS_HOME", str(tmp_path / "no-server-here"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn progress lines off: on a slow machine a command would print one more line."""
    monkeypatch.setattr(output, "PROGRESS_AFTER_SECONDS", math.inf)


def _target(server: str, database: str) -> Target:
    return Target(make_conninfo(server, dbname=database), "test server", database, "TEST")
