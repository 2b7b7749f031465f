"""Tables that are there already: adopted as they are, and older programs go on working on them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from databases import drop_database, make_database
from older_tables import ENTRIES, GROUPS, LIVE, put_funds, run
from samples import DAY, make_fund, make_snapshot
from stockgroups.catalog import Catalog
from stockgroups.checks import validate
from stockgroups.db import schema
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.errors import DatabaseError
from stockgroups.jobs.reconcile import find_changes
from stockgroups.jobs.upgrade import upgrade_database
from stockgroups.migration.archive import archive_entries, bring_back_entries
from stockgroups.migration.migrate import migrate
from stockgroups.record.apply import apply
from stockgroups.store import Store
from tables import dump, read_members, read_one

TABLES = ("definition_groups", "group_memberships", "cache_entries", "watchlist")
FILES = "SELECT array_agg(pg_relation_filenode(t::regclass) ORDER BY t) FROM unnest(%s::text[]) t"
KEYS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype IN ('p', 'u', 'f') AND connamespace = 'public'::regnamespace ORDER BY 1, 2
"""


@pytest.fixture(scope="module")
def live_template(server: str) -> str:
    """The name of a database that tests copy: see `live`."""
    name = make_database(server, "template1")
    run(
        make_conninfo(server, dbname=name),
        *(GROUPS, ENTRIES, LIVE),
        "INSERT INTO public.cache_entries (type, name, key, value) VALUES ('prices', 'x', 'y',"
        " '1')",
    )
    return name


@pytest.fixture
def live(server: str, live_template: str) -> Iterator[Target]:
    """24 funds of 500 members, somebody's foreign key on them, and an entry."""
    name = make_database(server, live_template)
    yield Target(make_conninfo(server, dbname=name), "test server", name, "TEST")
    drop_database(server, name)


def read_rows(connection: psycopg.Connection[Any]) -> dict[str, list[tuple[object, ...]]]:
    return {
        table: connection.execute(f"SELECT * FROM {table} ORDER BY id".encode()).fetchall()
        for table in TABLES
    }


def test_every_row_number_key_and_file_is_kept(live: Target, catalog: Catalog) -> None:
    with psycopg.connect(live.url) as plain:
        rows, keys = read_rows(plain), plain.execute(KEYS.encode()).fetchall()
        files = read_one(plain, FILES, list(TABLES))
    report = upgrade_database(live)
    assert (report.before, len(report.adopted)) == (None, 24)
    with connect(live) as connection:
        store = Store(connection, "TEST", catalog=catalog)
        connection.execute("SET search_path = public")
        assert read_rows(connection) == rows
        assert connection.execute(KEYS.encode()).fetchall() == keys
        assert read_one(connection, FILES, list(TABLES)) == files
        snapshots = connection.execute(
            "SELECT DISTINCT source, as_of::text, member_count, r.snapshot_id = s.id"
            " FROM stockgroups.snapshots s JOIN stockgroups.group_registry r ON r.id = s.group_id"
        ).fetchall()
        assert snapshots == [("adopted", "2025-12-01", 500, True)]
        assert not find_changes(store)
        outcome = validate(store)
        found = {f.message for s in outcome.sections[:1] for f in s.findings}
        assert not found
        before = dump(connection)
    assert not upgrade_database(live).adopted
    with connect(live) as connection:
        assert dump(connection) == before


def test_weights_are_wide_and_universes_admitted_afterwards(live: Target) -> None:
    upgrade_database(live)
    with connect(live) as connection:
        store = Store(connection, "TEST")
        wide = {f"S{chr(65 + n // 26)}{chr(65 + n % 26)}": 0.00200000001 for n in range(500)}
        apply(store, [make_fund("FA", make_snapshot(wide, DAY))])
        assert read_members(connection, "FA") == wide
        for kind in ("UNIVERSE", "SEGMENT", "CUSTOM"):
            connection.execute(
                "INSERT INTO public.definition_groups (name, type, environment) VALUES ('x',"
                " %s, 'TEST')",
                (kind,),
            )
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(
                "INSERT INTO public.definition_groups (name, type, environment) VALUES ('x',"
                " 'Y', 'TEST')"
            )


def test_a_type_of_somebody_elses_is_still_admitted(empty_target: Target) -> None:
    run(empty_target.url, GROUPS.replace("'CUSTOM')", "'INDEX')"))
    upgrade_database(empty_target)
    with connect(empty_target) as connection:
        for kind in ("INDEX", "UNIVERSE", "CUSTOM"):
            connection.execute(
                "INSERT INTO public.definition_groups (name, type, environment) VALUES ('x',"
                " %s, 'TEST')",
                (kind,),
            )


def test_numbers_that_were_copied_in_do_not_collide(empty_target: Target) -> None:
    run(
        empty_target.url,
        GROUPS,
        "INSERT INTO public.definition_groups (id, name, type, environment)"
        " VALUES (1, 'A', 'ETF', 'TEST'), (9, 'B', 'ETF', 'TEST')",
        "ALTER TABLE public.definition_groups ALTER COLUMN id DROP DEFAULT",
        "DROP SEQUENCE definition_groups_id_seq",
    )
    upgrade_database(empty_target)
    with connect(empty_target) as connection:
        store = Store(connection, "TEST")
        apply(store, [make_fund("C", make_snapshot({"GE": 1.0}))])
        assert (
            read_one(connection, "SELECT id FROM public.definition_groups WHERE name = 'C'") == 10
        )


def test_numbers_that_are_always_generated_are_taken_over(
    empty_target: Target, catalog: Catalog
) -> None:
    run(empty_target.url, (GROUPS + ENTRIES).replace("SERIAL", "INT GENERATED ALWAYS AS IDENTITY"))
    with psycopg.connect(empty_target.url) as theirs:
        put_funds(theirs)
    upgrade_database(empty_target)
    with connect(empty_target) as connection:
        store = Store(connection, "TEST", catalog=catalog)
        assert migrate(store).figures["migrated"] == 6
        assert archive_entries(store).moved.total() == 6
        assert bring_back_entries(store).moved.total() == 6
        numbers = (
            "SELECT count(*) FROM public.definition_groups g JOIN stockgroups.group_registry"
            " USING (id)"
        )
        assert read_one(connection, numbers) == 6


def test_new_tables_admit_what_older_programs_write(connection: Connection, store: Store) -> None:
    connection.execute(
        "INSERT INTO public.definition_groups (name, type, environment, metadata, created_at,"
        " updated_at,"
        " last_update) VALUES ('X', 'ETF', 'TEST', NULL, NULL, NULL, NULL)"
    )
    for key in ("type, name, key, environment",):
        connection.execute(
            "INSERT INTO public.cache_entries (type, name, key, value, environment)"
            " VALUES ('stock_metadata', 'A', 'A', '{}', 'TEST')"
            f" ON CONFLICT ({key}) DO UPDATE SET value = excluded.value".encode()
        )
    apply(store, [make_fund("X", make_snapshot({"GE": 1.0}))])
    assert read_members(connection, "X") == {"GE": 1.0}


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (
            "CREATE VIEW heavy AS SELECT symbol, weight FROM public.group_memberships",
            "heavy; drop them",
        ),
        (
            "ALTER TABLE public.group_memberships ALTER COLUMN weight TYPE real;"
            "ALTER TABLE public.definition_groups ALTER COLUMN metadata TYPE json",
            "definition_groups.metadata is json, not jsonb; group_memberships.weight is real",
        ),
        (
            "ALTER TABLE public.cache_entries DROP COLUMN key CASCADE;"
            "ALTER TABLE public.watchlist RENAME TO w; DROP TABLE public.group_memberships CASCADE;"
            "CREATE TABLE group_memberships (group_id uuid, weight numeric)",
            "group_memberships.group_id is uuid, not integer; group_memberships.symbol is missing,"
            " not character varying; cache_entries.key is missing, not character varying",
        ),
        (
            "ALTER TABLE public.group_memberships DROP CONSTRAINT"
            " group_memberships_group_id_symbol_key;"
            "INSERT INTO public.group_memberships (group_id, symbol) VALUES (1, 'SAA')",
            "members more than once: SAA in group 1; delete the surplus",
        ),
        (
            "ALTER TABLE public.definition_groups"
            " DROP CONSTRAINT definition_groups_name_type_environment_key;"
            "INSERT INTO public.definition_groups (name, type, environment) VALUES ('FA',"
            " 'ETF', 'TEST')",
            "groups more than once: ETF FA in TEST; merge them",
        ),
        (
            "ALTER TABLE public.cache_entries DROP COLUMN id, ADD COLUMN number integer;"
            "ALTER TABLE public.cache_entries RENAME COLUMN number TO id",
            "1 row.s. of cache_entries have no id; number them first: ALTER TABLE",
        ),
    ],
)
def test_what_is_in_the_way_is_named_and_nothing_is_changed(
    live: Target, script: str, words: str
) -> None:
    run(live.url, script)
    with pytest.raises(DatabaseError, match=words):
        upgrade_database(live)
    with psycopg.connect(live.url) as plain:
        assert read_one(plain, "SELECT to_regnamespace('stockgroups')") is None


def test_entries_without_numbers_are_numbered_as_the_refusal_says(live: Target) -> None:
    put = "INSERT INTO public.cache_entries (type, name, key, value) VALUES ('t', 'x', 'z', '1')"
    run(live.url, "ALTER TABLE public.cache_entries DROP COLUMN id", put)
    with pytest.raises(DatabaseError, match="id is missing") as refused:
        upgrade_database(live)
    run(live.url, str(refused.value).partition("change it first: ")[2])
    upgrade_database(live)
    with psycopg.connect(live.url) as plain:
        assert read_one(plain, "SELECT count(DISTINCT id) FROM public.cache_entries") == 2


def test_an_upgrade_does_not_wait_for_ever(live: Target) -> None:
    ddl = schema.upgrade_sql()
    assert ddl.index("BEGIN") < ddl.index("SET LOCAL lock_timeout") < ddl.index("CREATE TABLE")


def test_the_ddl_that_a_person_runs_is_completed_by_the_command(live: Target) -> None:
    with psycopg.connect(live.url, autocommit=True) as plain:
        plain.execute(schema.upgrade_sql().encode())
    report = upgrade_database(live)
    assert (report.before, len(report.adopted)) == (schema.VERSION, 24)


def test_older_programs_go_on_working(live: Target) -> None:
    upgrade_database(live)
    with connect(live) as connection:
        store = Store(connection, "TEST")
        apply(store, [make_fund("NEW", make_snapshot({"GE": 0.7, "XOM": 0.3}))])
    with psycopg.connect(live.url) as theirs:
        number = read_one(
            theirs,
            "INSERT INTO public.definition_groups (name, type, environment, metadata)"
            " VALUES ('OURS', 'ETF', 'TEST', '{\"total_holdings\": 2}')"
            " ON CONFLICT (name, type, environment) DO UPDATE SET updated_at = now() RETURNING id",
        )
        for symbol in ("AAPL", "AAPL", "MSFT"):
            theirs.execute(
                "INSERT INTO public.group_memberships (group_id, symbol, weight) VALUES (%s,"
                " %s, %s)"
                " ON CONFLICT (group_id, symbol) DO NOTHING",
                (number, symbol, Decimal("0.12345678901234567")),
            )
        counts = theirs.execute(
            "SELECT dg.name, COUNT(gm.id) FROM public.definition_groups dg"
            " LEFT JOIN public.group_memberships gm ON gm.group_id = dg.id"
            " WHERE dg.name IN ('OURS', 'NEW', 'FA') GROUP BY dg.name ORDER BY dg.name"
        ).fetchall()
        assert counts == [("FA", 500), ("NEW", 2), ("OURS", 2)]
        new = read_one(theirs, "SELECT id FROM public.definition_groups WHERE name = 'NEW'")
        theirs.execute("DELETE FROM public.group_memberships WHERE group_id = %s", (new,))
        made = read_one(
            theirs,
            "INSERT INTO public.group_memberships (group_id, symbol) VALUES (%s, 'IBM')"
            " RETURNING id",
            new,
        )
        assert isinstance(made, int)
    with connect(live) as connection:
        store = Store(connection, "TEST")
        changes = {c.key.name: c for c in find_changes(store)}
        assert {name: c.what for name, c in changes.items()} == {"NEW": "changed", "OURS": "made"}
        assert sorted(changes["NEW"].removed) == ["GE", "XOM"]
        assert list(changes["NEW"].added) == ["IBM"]


def test_a_row_that_somebody_refers_to_is_not_taken_from_under_them(live: Target) -> None:
    upgrade_database(live)
    with connect(live) as connection:
        store = Store(connection, "TEST")
        fund = make_fund("FA", make_snapshot({"GE": 1.0}, DAY))
        plan = apply(store, [fund, make_fund("NEW", make_snapshot({"GE": 1.0}))])
        assert "ETF FA in TEST" in str(plan.groups[0].error)
        assert "watchlist" in str(plan.groups[0].error)
        assert len(read_members(connection, "FA")) == 500
        assert read_members(connection, "NEW") == {"GE": 1.0}
