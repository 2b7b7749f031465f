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
from stockgroups.db.connection import Target, connect
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.organize import organize_sectors, organize_universe
from stockgroups.jobs.reconcile import reconcile
from stockgroups.migration.archive import archive_entries, bring_back_entries
from stockgroups.migration.migrate import migrate
from stockgroups.migration.rollback import roll_back
from stockgroups.migration.shadow import compare_answers
from stockgroups.model import GroupType
from stockgroups.queries.groups import find_group
from stockgroups.queries.statistics import read_statistics
from stockgroups.queries.stocks import find_stock
from stockgroups.record.apply import apply
from stockgroups.store import Store
from tables import read_one

PAGE = Path(__file__).parents[2] / "docs" / "changeover.md"


@pytest.fixture
def roles(target: Target, catalog: Catalog) -> Iterator[Target]:
    """The page's grants, given to roles that exist for this test alone."""
    grants = "\n".join(re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))
    with psycopg.connect(target.url, autocommit=True) as owner:
        owner.execute(grants.encode())
        with connect(target) as connection:
            store = Store(connection, "TEST", catalog=catalog)
            put_funds(connection)
            migrate(store)
        yield target
        for role in ("stockgroups_reader", "stockgroups_writer"):
            owner.execute(f"DROP OWNED BY {role}".encode())
            owner.execute(f"DROP ROLE {role}".encode())


@pytest.fixture
def reader(roles: Target, catalog: Catalog) -> Iterator[Store]:
    with connect(roles) as connection:
        connection.execute("SET SESSION AUTHORIZATION stockgroups_reader")
        yield Store(connection, "TEST", catalog=catalog)


@pytest.fixture
def writer(roles: Target, catalog: Catalog) -> Iterator[Store]:
    with connect(roles) as connection:
        connection.execute("SET SESSION AUTHORIZATION stockgroups_writer")
        yield Store(connection, "TEST", catalog=catalog)


def test_a_reader_asks_and_validates_and_writes_nothing(reader: Store) -> None:
    assert find_group(reader, GroupType.ETF, "SPY").symbols == ["AAPL", "YPS"]
    assert find_stock(reader, "AAPL").list_groups(GroupType.ETF) == [
        "QQQ",
        "SPY",
    ]
    assert read_statistics(reader).snapshots
    validate(reader)
    compare_answers(reader)
    for table in (
        "public.definition_groups",
        "public.group_memberships",
        "public.cache_entries",
        "stockgroups.loads",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.connection.execute(f"DELETE FROM {table}".encode())


def test_a_writer_does_all_the_daily_work(writer: Store) -> None:
    apply(writer, [make_fund("VTI", make_snapshot({"GE": 0.7, "XOM": 0.3}))])
    apply(writer, [make_fund("VTI", make_snapshot({"GE": 0.6, "IBM": 0.4}))])
    organize_sectors(writer)
    organize_universe(writer)
    build_metadata(writer)
    reconcile(writer)
    roll_back(writer)
    migrate(writer)
    archive_entries(writer)
    bring_back_entries(writer)
    assert (
        read_one(writer.connection, "SELECT count(*) FROM public.cache_entries WHERE key = 'SPY'")
        == 1
    )


def test_a_writer_may_not_change_the_tables_themselves(writer: Store) -> None:
    for statement in (
        "DROP TABLE public.group_memberships",
        "ALTER TABLE public.definition_groups ADD COLUMN mine text",
        "CREATE TABLE stockgroups.mine (id int)",
        "UPDATE stockgroups.alembic_version SET version_num = 'x'",
        "DELETE FROM stockgroups.loads",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            writer.connection.execute(statement.encode())


def test_a_reader_may_back_up(reader: Store) -> None:
    sequences = reader.connection.execute(
        "SELECT format('%I.%I', schemaname, sequencename) FROM pg_sequences"
        " WHERE schemaname IN ('public', 'stockgroups')"
    ).fetchall()
    assert sequences
    for (name,) in sequences:  # as `pg_dump` does
        reader.connection.execute(f"SELECT last_value FROM {name}".encode())
