"""Shared tables that other programs dropped, created again or emptied are detected and restored."""

from __future__ import annotations

import datetime as dt
from importlib.resources import files

import psycopg
import pytest

from commands import make_command
from older_tables import ENTRIES, GROUPS, run
from samples import make_fund, make_snapshot
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.db.transactions import writing
from stockgroups.errors import DatabaseError, SchemaError
from stockgroups.jobs.reconcile import find_changes, reconcile
from stockgroups.jobs.upgrade import upgrade_database
from stockgroups.record.apply import apply
from stockgroups.record.interval_differences import find_differences
from stockgroups.store import Store
from tables import read_members, read_one

SPY = {"AAPL": 0.612345678, "MSFT": 0.387654322}
QQQ = {"AAPL": 0.5, "NVDA": 0.5}
DROP = "DROP TABLE public.group_memberships, public.definition_groups;"
# Said because a user's own schema comes first, and the tests' user may be called as ours is.
UPGRADE = (
    files("stockgroups.db.migrations").joinpath("versions", "0012_member_hashes.sql").read_bytes()
)
AGAIN = f"{DROP} SET search_path = public; {GROUPS}"


@pytest.fixture
def loaded(empty_target: Target) -> Target:
    """A database of older tables, adopted, with two funds loaded."""
    run(empty_target.url, GROUPS, ENTRIES)
    upgrade_database(empty_target)
    with connect(empty_target) as connection:
        store = Store(connection, "TEST")
        load(store, SPY=SPY, QQQ=QQQ)
    return empty_target


def load(store: Store, **funds: dict[str, float]) -> None:
    today = dt.datetime.now(dt.UTC).date()
    groups = [make_fund(name, make_snapshot(of, today)) for name, of in funds.items()]
    apply(store, groups)


def check_sound(target: Target) -> None:
    """Fail unless the tables hold what the record says, and can be loaded into."""
    with connect(target) as connection:
        store = Store(connection, "TEST")
        assert read_members(connection, "SPY") == SPY
        assert read_members(connection, "QQQ") == QQQ
        assert not find_changes(store)
        assert not list(find_differences(store))
        load(store, SPY={"AAPL": 0.123456789, "GE": 0.876543211}, DIA={"IBM": 1.0})
        assert read_members(connection, "SPY") == {"AAPL": 0.123456789, "GE": 0.876543211}
        assert read_members(connection, "DIA") == {"IBM": 1.0}
        assert not find_changes(store)
        assert not list(find_differences(store))


def refuse(target: Target, words: str) -> None:
    refused = pytest.raises(SchemaError, match=f"{words}; run `stockgroups db upgrade`")
    with refused, connect(target) as connection, writing(connection, "TEST"):
        pass


def test_functions_that_went_with_another_object_come_back(loaded: Target) -> None:
    ask = "SELECT is_proxy FROM stockgroups.effective_snapshot(1, 'infinity', 'infinity')"
    run(loaded.url, "DROP FUNCTION stockgroups.current_snapshots, stockgroups.public_on CASCADE")
    refused = pytest.raises(SchemaError, match="does not exist; run `stockgroups db upgrade`")
    with refused, connect(loaded) as connection:
        connection.execute(ask)
    upgrade_database(loaded)
    with connect(loaded) as connection:
        assert connection.execute(ask).fetchall() == [(False,)]
    check_sound(loaded)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (DROP, "another program dropped definition_groups and group_memberships"),
        ("DROP TABLE public.group_memberships", "another program dropped group_memberships"),
        (AGAIN, "another program changed the structure of the tables"),
        (
            "ALTER TABLE public.group_memberships ALTER COLUMN weight TYPE numeric(5,4)",
            "another program changed the structure of the tables",
        ),
    ],
    ids=["both dropped", "one dropped", "the older file again", "the older type again"],
)
def test_what_was_dropped_or_made_again_is_seen_mended_and_made_anew(
    loaded: Target, act: str, words: str
) -> None:
    run(loaded.url, act)
    refuse(loaded, words)
    report = upgrade_database(loaded)
    assert report.mended
    with connect(loaded) as connection:
        store = Store(connection, "TEST")
        if report.bereft:
            assert report.bereft == {"TEST": 2}
        reconcile(store, restore=True)
    check_sound(loaded)
    again = upgrade_database(loaded)
    assert (again.mended, again.bereft, again.adopted) == ([], {}, [])


def test_a_column_of_another_type_is_named_with_the_statement_that_changes_it(
    loaded: Target, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = make_command(capsys)
    run(
        loaded.url,
        "ALTER TABLE public.cache_entries ALTER value TYPE bytea"
        " USING convert_to(value::text, 'UTF8');"
        "ALTER TABLE public.definition_groups ALTER metadata SET DEFAULT '{}',"
        " ALTER metadata TYPE text;"
        "ALTER TABLE public.group_memberships ALTER weight TYPE double precision",
    )
    refuse(loaded, "another program changed the structure of the tables")
    monkeypatch.setenv("DATABASE_URL", loaded.url)
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    for words in (["validate"], ["query", "--stats"], ["shadow"]):
        answer = bare(*words)
        assert answer.status == 3
        assert "; run `stockgroups db upgrade`" in answer.err
    told = bare("db", "upgrade").err
    assert "cache_entries.value is bytea, not jsonb" in told
    run(loaded.url, told.partition("change it first: ")[2])
    assert bare("db", "upgrade").status == 0
    check_sound(loaded)


def test_rows_that_others_wrote_into_tables_made_again_are_no_lost_groups(loaded: Target) -> None:
    run(
        loaded.url,
        AGAIN,
        "INSERT INTO public.definition_groups (name, type, environment) VALUES ('ZZZ', 'ETF',"
        " 'TEST');"
        "INSERT INTO public.group_memberships (group_id, symbol) VALUES (1, 'GE')",
    )
    report = upgrade_database(loaded)
    assert [key.name for key in report.adopted] == ["ZZZ"]
    with connect(loaded) as connection:
        store = Store(connection, "TEST")
        assert read_members(connection, "ZZZ") == {"GE": None}
        reconcile(store, restore=True)
        assert read_members(connection, "ZZZ") == {"GE": None}
    check_sound(loaded)


def test_numbers_that_start_anew_meet_no_old_ones(loaded: Target) -> None:
    run(
        loaded.url,
        "DELETE FROM public.definition_groups; ALTER SEQUENCE definition_groups_id_seq RESTART",
        "INSERT INTO public.definition_groups (name, type, environment) VALUES ('ZZZ', 'ETF',"
        " 'TEST');"
        "INSERT INTO public.group_memberships (group_id, symbol) VALUES (1, 'GE')",
    )
    with connect(loaded) as connection:
        store = Store(connection, "TEST")
        load(store, NEW={"IBM": 1.0}, ZZZ={"F": 1.0})
        assert read_members(connection, "NEW") == {"IBM": 1.0}
        assert read_members(connection, "ZZZ") == {"F": 1.0}
        assert (
            read_one(connection, "SELECT id FROM public.definition_groups WHERE name = 'ZZZ'") == 1
        )
        reconcile(store, restore=True)
    check_sound(loaded)


def test_the_shared_tables_without_the_record_are_adopted(loaded: Target) -> None:
    run(loaded.url, "DROP SCHEMA stockgroups CASCADE")
    refuse(loaded, "definition_groups and group_memberships are there, but not adopted yet")
    report = upgrade_database(loaded)
    assert sorted(key.name for key in report.adopted) == ["QQQ", "SPY"]
    check_sound(loaded)


def test_the_record_without_the_shared_tables_brings_them_back(loaded: Target) -> None:
    run(loaded.url, DROP + "DROP TABLE public.cache_entries")
    refuse(loaded, "dropped definition_groups and group_memberships and cache_entries")
    report = upgrade_database(loaded)
    assert report.mended[0] == "created the table definition_groups"
    assert report.bereft == {"TEST": 2}
    with connect(loaded) as connection:
        store = Store(connection, "TEST")
        reconcile(store, restore=True)
    check_sound(loaded)


def test_the_command_tells_what_it_mended_and_what_brings_the_rest_back(
    loaded: Target, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", loaded.url)
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    command = make_command(capsys)
    run(loaded.url, DROP)
    asked = command("query", "--etf", "SPY")
    assert asked.status == 3
    assert "run `stockgroups db upgrade`" in asked.err
    done = command("db", "upgrade")
    assert done.status == 0
    assert done.lines[1:3] == [
        "✓ Created the table definition_groups",
        "✓ Set the numbers of groups to continue after 2",
    ]
    assert "`ENVIRONMENT=TEST stockgroups db reconcile --restore` brings them back" in done.out
    assert command("db", "reconcile", "--restore").status == 0
    assert command("query", "--etf", "SPY", "--json").json["holdings"] == ["AAPL", "MSFT"]


@pytest.mark.parametrize("kind", ["json", "text"])
def test_values_that_are_no_jsonb_are_refused_with_what_makes_them_so(
    empty_target: Target, kind: str
) -> None:
    run(
        empty_target.url,
        ENTRIES,
        f"ALTER TABLE public.cache_entries ALTER COLUMN value TYPE {kind} USING value::{kind}",
    )
    with pytest.raises(DatabaseError, match=f"cache_entries.value is {kind}, not jsonb") as refused:
        upgrade_database(empty_target)
    remedy = refused.value.what.partition("ALTER TABLE")
    run(empty_target.url, "".join(remedy[1:]))
    assert upgrade_database(empty_target).before is None


def test_new_entries_take_what_the_older_table_takes(target: Target) -> None:
    write = (
        "INSERT INTO public.cache_entries (type, name, key, value, environment)"
        " VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (type, name, key, environment) DO UPDATE SET value = EXCLUDED.value"
    )
    rows = [
        ("themes", "ai", "list", '["NVDA"]', "development"),
        ("themes", "energy", "list", '["XOM"]', "development"),
        ("themes", "energy", "list", '["CVX"]', "development"),
        ("themes", "energy", "list", None, None),
    ]
    with psycopg.connect(target.url) as theirs:
        for row in rows:
            theirs.execute(write.encode(), row)
        assert read_one(theirs, "SELECT count(*) FROM public.cache_entries") == 3


def test_hashes_of_memberships_are_made_by_the_upgrade(loaded: Target) -> None:
    def read(connection: Connection) -> dict[str, list[int]]:
        rows = connection.execute("SELECT name, member_hashes FROM stockgroups.group_registry")
        return {name: sorted(hashes) for name, hashes in rows}

    with connect(loaded) as connection:
        written = read(connection)
        assert list(map(len, written.values())) == [2, 2]
        connection.execute("ALTER TABLE stockgroups.group_registry DROP COLUMN member_hashes")
        connection.execute(UPGRADE)
        assert read(connection) == written
        connection.execute("ALTER TABLE stockgroups.group_registry DROP COLUMN member_hashes")
        connection.execute("UPDATE public.group_memberships SET weight = 0.1 WHERE symbol = 'NVDA'")
        connection.execute(UPGRADE)
        assert read(connection) == written | {"QQQ": []}, "any of its rows may be another program's"
