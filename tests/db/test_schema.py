"""The schema: made from nothing, older tables adopted as they are, other versions refused."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from older_tables import ENTRIES, GROUPS
from samples import make_fund, make_printed, make_snapshot
from stockgroups.db import migrations, schema
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.errors import DatabaseError, SchemaError
from stockgroups.model import Category, Ref
from stockgroups.receipts import ReceiptLine
from stockgroups.record.apply import apply
from stockgroups.store import Store
from tables import read_members, read_one

# The tables as an earlier SQL file made them, with live rows in them.
OLDER = f"""
{GROUPS}
{ENTRIES}
INSERT INTO public.definition_groups (id, name, type, environment, metadata)
VALUES (41, 'SPY', 'ETF', 'TEST', '{{"theirs": true}}'), (43, 'tulips', 'THEME', 'TEST', NULL);
SELECT setval('definition_groups_id_seq', 43);
INSERT INTO public.group_memberships (id, group_id, symbol, weight)
VALUES (7, 41, 'AAPL', 0.0712), (8, 41, 'GE', NULL), (9, 43, 'TLPS', NULL);
INSERT INTO public.cache_entries (type, name, key, value, environment)
VALUES ('stock_metadata', 'Apple', 'AAPL', '{{"pe": 31}}', 'TEST');
"""


def test_from_nothing_and_again(empty_target: Target) -> None:
    assert schema.upgrade(empty_target) == (None, schema.VERSION)
    assert schema.upgrade(empty_target) == (schema.VERSION, schema.VERSION)
    with connect(empty_target) as connection:
        key = connection.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = 'public.group_memberships'::regclass AND contype = 'p'"
        ).fetchone()
    assert key == ("PRIMARY KEY (group_id, symbol)",)


def run_older(target: Target) -> None:
    with psycopg.connect(target.url) as connection:
        connection.execute(OLDER.encode())


def test_older_tables_are_said_to_be_there_and_not_adopted(empty_target: Target) -> None:
    words = "the stock group tables are missing; run `stockgroups db upgrade`"
    with pytest.raises(SchemaError, match=words), connect(empty_target):
        pass
    run_older(empty_target)
    words = "definition_groups and group_memberships are there, but not adopted yet; run `stock"
    with pytest.raises(SchemaError, match=words), connect(empty_target):
        pass
    schema.upgrade(empty_target)
    with connect(empty_target):
        pass


def test_older_tables_are_adopted_with_every_row_id_and_key(empty_target: Target) -> None:
    run_older(empty_target)
    with psycopg.connect(empty_target.url) as plain:
        before = plain.execute("SELECT * FROM public.group_memberships ORDER BY id").fetchall()
        file_node = read_one(plain, "SELECT pg_relation_filenode('public.group_memberships')")
    schema.upgrade(empty_target)
    with connect(empty_target) as connection:
        after = connection.execute("SELECT * FROM public.group_memberships ORDER BY id").fetchall()
        assert after == before
        # No rewrite: the table still lies in the same file.
        assert (
            read_one(connection, "SELECT pg_relation_filenode('public.group_memberships')")
            == file_node
        )
        primary = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'p'"
        assert (
            read_one(connection, primary + " AND conrelid = 'public.group_memberships'::regclass")
            == "PRIMARY KEY (id)"
        )


def test_an_adopted_database_is_loaded_into(empty_target: Target) -> None:
    run_older(empty_target)
    with psycopg.connect(empty_target.url) as theirs:  # what they wrote is older than the file
        theirs.execute("UPDATE definition_groups SET updated_at = '2026-01-01'")
        theirs.execute("UPDATE definition_groups SET last_update = '2026-01-01'")
        theirs.execute(
            "UPDATE group_memberships SET added_at = '2026-01-01', updated_at = '2026-01-01'"
        )
    schema.upgrade(empty_target)
    with connect(empty_target) as connection:
        store = Store(connection, "TEST")
        wanted = {"AAPL": 0.0712345678, "MSFT": 0.9}
        apply(store, [make_fund("SPY", make_snapshot(wanted))])
        assert read_members(connection, "SPY") == wanted
        assert (
            read_one(connection, "SELECT id FROM public.definition_groups WHERE name = 'SPY'") == 41
        )
        kept = "SELECT id FROM public.group_memberships WHERE symbol = 'AAPL'"
        assert read_one(connection, kept) == 7
        assert read_one(connection, "SELECT metadata FROM public.definition_groups WHERE id = 41")[
            "theirs"
        ]
        connection.execute(
            "INSERT INTO public.definition_groups (name, type, environment)"
            " VALUES ('sp500', 'UNIVERSE', 'TEST')"
        )


def test_a_program_of_before_goes_on_working(empty_target: Target) -> None:
    run_older(empty_target)
    schema.upgrade(empty_target)
    with psycopg.connect(empty_target.url) as theirs:
        number = read_one(
            theirs,
            "INSERT INTO public.definition_groups (name, type, environment, metadata)"
            " VALUES ('QQQ', 'ETF', 'TEST', '{}') RETURNING id",
        )
        for symbol in ("AAPL", "AAPL", "MSFT"):
            theirs.execute(
                "INSERT INTO public.group_memberships (group_id, symbol, weight) VALUES (%s,"
                " %s, 0.5)"
                " ON CONFLICT (group_id, symbol) DO NOTHING",
                (number, symbol),
            )
        count = "SELECT COUNT(gm.id) FROM public.group_memberships gm WHERE group_id = %s"
        assert read_one(theirs, count, number) == 2


def test_missing_tables_are_refused_with_what_to_run(empty_target: Target) -> None:
    refused = pytest.raises(SchemaError, match="missing; run `stockgroups db upgrade`")
    with refused, connect(empty_target):
        pass


@pytest.mark.parametrize(
    ("version", "words"), [("0000", "db upgrade"), ("9999", "install the newer stockgroups")]
)
def test_another_version_is_refused(target: Target, version: str, words: str) -> None:
    with psycopg.connect(target.url) as plain:
        plain.execute("UPDATE stockgroups.alembic_version SET version_num = %s", (version,))
    with (
        pytest.raises(SchemaError, match=f"schema has version {version}.*{words}"),
        connect(target),
    ):
        pass


def test_a_newer_schema_is_not_taken_down(target: Target) -> None:
    with psycopg.connect(target.url) as plain:
        plain.execute("UPDATE stockgroups.alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaError, match="newer than this program"):
        schema.upgrade(target)


def test_the_last_revision_is_the_version_and_every_file_is_named_in_order() -> None:
    folder = Path(migrations.__file__).parent / "versions"
    names = sorted(path.name for path in folder.iterdir() if path.suffix == ".sql")
    assert [name[:5] for name in names] == [f"{number:04}_" for number in range(1, len(names) + 1)]
    assert names[-1].startswith(f"{schema.VERSION}_")
    printed = schema.upgrade_sql("0023")
    assert "\\ir" not in printed
    assert migrations.FUNCTIONS.read_text(encoding="utf-8") in printed


def test_the_printed_ddl_makes_the_same_tables(empty_target: Target, target: Target) -> None:
    with psycopg.connect(empty_target.url, autocommit=True) as plain:
        plain.execute(schema.upgrade_sql().encode())
    columns = (
        "SELECT table_schema, table_name, column_name, data_type, column_default"
        " FROM information_schema.columns WHERE table_schema IN ('public', 'stockgroups')"
        " ORDER BY 1, 2, ordinal_position"
    )
    indexes = (
        "SELECT indexdef FROM pg_indexes WHERE schemaname IN ('public', 'stockgroups') ORDER BY 1"
    )
    with connect(empty_target) as printed, connect(target) as run:
        for catalogue in (columns, indexes):
            assert printed.execute(catalogue).fetchall() == run.execute(catalogue).fetchall()


TWO_ENVIRONMENTS = """
    INSERT INTO public.definition_groups (id, name, type, environment)
    VALUES (1, 'SPY', 'ETF', 'TEST'), (2, 'SPY', 'ETF', 'PROD');
    INSERT INTO public.group_memberships (group_id, symbol, weight)
    VALUES (1, 'AAPL', 0.6), (1, 'GE', 0.4), (2, 'GE', 1);
    INSERT INTO stockgroups.group_registry (id, environment, type, name, snapshot_id)
    VALUES (1, 'TEST', 'ETF', 'SPY', 1), (2, 'PROD', 'ETF', 'SPY', 2);
    INSERT INTO stockgroups.refs (id, fingerprint, symbol, name)
    VALUES (1, gen_random_uuid(), 'AAPL', 'Apple'), (2, gen_random_uuid(), 'GE', 'GE Aerospace');
    SELECT setval('stockgroups.refs_id_seq', 2);
    INSERT INTO stockgroups.snapshots (id, group_id, as_of, recorded_at, source, sha256, reader,
        is_proxy, digest, member_count, ref_ids, weights)
    SELECT u.id, u.id, '2024-01-02', now(), 'plain', '', 'plain/1', false, gen_random_uuid(),
           cardinality(u.ref_ids), u.ref_ids, u.weights
    FROM (VALUES (1, ARRAY[2, 1], ARRAY[0.4, 0.6]), (2, ARRAY[2], ARRAY[1.0]))
        AS u (id, ref_ids, weights);
"""
PRINTED = """
    SELECT g.environment, r.environment, array_agg(r.symbol ORDER BY m.place), s.weights
    FROM stockgroups.snapshots s
    JOIN stockgroups.group_registry g ON g.id = s.group_id
    CROSS JOIN unnest(s.ref_ids) WITH ORDINALITY AS m (ref_id, place)
    JOIN stockgroups.refs r ON r.id = m.ref_id
    GROUP BY g.environment, r.environment, s.weights
    ORDER BY g.environment
"""


def test_each_revision_keeps_what_is_there(
    empty_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(schema, "VERSION", "0001")
        assert schema.upgrade(empty_target) == (None, "0001")
    with psycopg.connect(empty_target.url, autocommit=True) as plain:
        plain.execute(TWO_ENVIRONMENTS.encode())
    with (
        pytest.raises(SchemaError, match=r"schema has version 0001.*db upgrade"),
        connect(empty_target),
    ):
        pass
    assert schema.upgrade(empty_target) == ("0001", schema.VERSION)
    with connect(empty_target) as connection:
        # A print that two environments shared is now one of each.
        store = Store(connection, "TEST")
        assert connection.execute(PRINTED.encode()).fetchall() == [
            ("PROD", "PROD", ["GE"], [1.0]),
            ("TEST", "TEST", ["GE", "AAPL"], [0.4, 0.6]),
        ]
        assert read_one(connection, "SELECT count(*) FROM stockgroups.refs") == 3
        plan = apply(store, [make_fund("SPY")])
        assert not plan.groups[0].changes_members
        # What is reported again is known.
        again = {Ref("AAPL", name="Apple"): 0.6, Ref("GE", name="GE Aerospace"): 0.4}
        apply(store, [make_fund("SPY", make_printed(dt.date(2024, 2, 2), again))])
        known = "SELECT count(*) FROM stockgroups.refs WHERE name IS NOT NULL"
        assert read_one(connection, known) == 3


def test_a_refused_upgrade_leaves_nothing(empty_target: Target) -> None:
    with psycopg.connect(empty_target.url, autocommit=True) as plain:
        plain.execute("CREATE VIEW definition_groups AS SELECT 1 AS id")
    with pytest.raises(DatabaseError, match="definition_groups is no table"):
        schema.upgrade(empty_target)
    with psycopg.connect(empty_target.url) as plain:
        assert read_one(plain, "SELECT to_regnamespace('stockgroups')") is None


def test_weights_that_are_no_numbers_are_refused(connection: Connection, store: Store) -> None:
    apply(store, [make_fund("SPY", make_snapshot({"AAPL": 0.5}))])
    for weight in ("NaN", "Infinity"):
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("UPDATE public.group_memberships SET weight = %s", (weight,))


def test_receipts_are_compressed_also_where_members_lie_apart(
    connection: Connection, store: Store
) -> None:
    snapshot = make_snapshot({f"A{number:03}": 0.002 for number in range(500)})
    lines = tuple(ReceiptLine(n, Category.CASH, "cash", None, "US DOLLARS", 0.0) for n in range(4))
    assert snapshot.receipt is not None
    snapshot = replace(snapshot, receipt=replace(snapshot.receipt, lines=lines))
    apply(store, [make_fund("MANY", snapshot)])
    stored = "SELECT pg_column_size(receipt) < 0.6 * pg_column_size(receipt || '{}')"
    assert read_one(connection, f"{stored} FROM stockgroups.snapshots")
