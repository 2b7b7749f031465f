"""A real database for each test, as a template is that is made once for each server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from databases import Databases, drop_database, make_database
from servers import find_installed, run_embedded, run_installed
from stockgroups.catalog import Catalog, load_catalog
from stockgroups.db import schema
from stockgroups.db.connection import Connection, Target, connect


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
def databases(server: str) -> Databases:
    """The server's databases with the schema and nothing in them."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_stockgroups")
    schema.upgrade(_target(server, "template_stockgroups"))
    return Databases(server, "template_stockgroups")


@pytest.fixture
def empty_target(server: str) -> Iterator[Target]:
    """A database without any table."""
    name = make_database(server, "template1")
    yield _target(server, name)
    drop_database(server, name)


@pytest.fixture
def target(server: str, databases: Databases) -> Iterator[Target]:
    """A database with the schema and nothing in it, environment TEST."""
    with databases.lend() as name:
        yield _target(server, name)


@pytest.fixture
def connection(target: Target) -> Iterator[Connection]:
    """A connection to `target`, as every command has it."""
    with connect(target) as opened:
        yield opened


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The shipped catalogues."""
    return load_catalog()


@pytest.fixture(scope="session")
def holdings() -> Path:
    """The folder of real files, where there is one."""
    named = os.environ.get("HOLDINGS_DIR")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "holdings"
    if not folder.is_dir():
        pytest.skip("no real holdings files here: set HOLDINGS_DIR to a folder that has them")
    return folder


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the settings, the folder or the embedded server of whoever runs it."""
    for name in ("DATABASE_URL", "ENVIRONMENT", "HOLDINGS_DIR", "CATALOG_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STOCKGROUPS_HOME", str(tmp_path / "no-server-here"))
    monkeypatch.chdir(tmp_path)


def _target(server: str, database: str) -> Target:
    return Target(make_conninfo(server, dbname=database), "test server", database, "TEST")
