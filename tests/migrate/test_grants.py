"""The rights that the page about the changeover names are enough, and no more than that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from older_tables import put_funds
from samples import make_fund, make_snapshot
from stockgroups.catalog import Catalog
from stockgroups.checks import validate
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.jobs.archive import archive_entries, bring_back_entries
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.migrate import migrate
from stockgroups.jobs.migration_rollback import roll_back
from stockgroups.jobs.organize import organize_sectors, organize_universe
from stockgroups.jobs.outside import reconcile
from stockgroups.jobs.shadow import compare_answers
from stockgroups.queries import find_fund, find_stock, read_statistics
from stockgroups.store.apply import apply
from tables import read_one

PAGE = Path(__file__).parents[2] / "docs" / "changeover.md"


@pytest.fixture
def roles(target: Target, catalog: Catalog) -> Iterator[Target]:
    """The page's grants, given to roles that exist for this test alone."""
    grants = "\n".join(re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))
    with psycopg.connect(target.url, autocommit=True) as owner:
        owner.execute(grants.encode())
        with connect(target) as connection:
            put_funds(connection)
            migrate(connection, "TEST", catalog)
        yield target
        for role in ("stockgroups_reader", "stockgroups_writer"):
            owner.execute(f"DROP OWNED BY {role}".encode())
            owner.execute(f"DROP ROLE {role}".encode())


@pytest.fixture
def reader(roles: Target) -> Iterator[Connection]:
    with connect(roles) as connection:
        connection.execute("SET SESSION AUTHORIZATION stockgroups_reader")
        yield connection


@pytest.fixture
def writer(roles: Target) -> Iterator[Connection]:
    with connect(roles) as connection:
        connection.execute("SET SESSION AUTHORIZATION stockgroups_writer")
        yield connection


def test_a_reader_asks_and_validates_and_writes_nothing(
    reader: Connection, catalog: Catalog
) -> None:
    assert find_fund(reader, "TEST", "SPY").holdings == ["AAPL", "YPS"]
    assert find_stock(reader, "TEST", "AAPL", lambda: catalog).member_of_etfs == ["QQQ", "SPY"]
    assert read_statistics(reader, "TEST").snapshots > 0
    validate(reader, "TEST", catalog)
    compare_answers(reader, "TEST", catalog)
    for table in ("definition_groups", "group_memberships", "cache_entries", "stockgroups.loads"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(f"DELETE FROM {table}".encode())


def test_a_writer_does_all_the_daily_work(writer: Connection, catalog: Catalog) -> None:
    apply(writer, "TEST", [make_fund("VTI", make_snapshot({"GE": 0.7, "XOM": 0.3}))])
    apply(writer, "TEST", [make_fund("VTI", make_snapshot({"GE": 0.6, "IBM": 0.4}))])
    organize_sectors(writer, "TEST", catalog)
    organize_universe(writer, "TEST", catalog)
    build_metadata(writer, "TEST", catalog)
    reconcile(writer, "TEST")
    roll_back(writer, "TEST")
    migrate(writer, "TEST", catalog)
    archive_entries(writer, "TEST", catalog)
    bring_back_entries(writer, "TEST")
    assert read_one(writer, "SELECT count(*) FROM cache_entries WHERE key = 'SPY'") == 1


def test_a_writer_may_not_change_the_tables_themselves(writer: Connection) -> None:
    for statement in (
        "DROP TABLE group_memberships",
        "ALTER TABLE definition_groups ADD COLUMN mine text",
        "CREATE TABLE stockgroups.mine (id int)",
        "UPDATE stockgroups.alembic_version SET version_num = 'x'",
        "DELETE FROM stockgroups.loads",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            writer.execute(statement.encode())
