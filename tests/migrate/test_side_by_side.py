"""Rehearsing on a scratch copy, and answering from both stores."""

from __future__ import annotations

import psycopg
import pytest

from older_tables import ENTRIES, GROUPS, LIVE, put_entry, put_funds, run
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.db.scratch import PREFIX, scratch_copy
from stockgroups.errors import DatabaseError, NotFoundError
from stockgroups.jobs.archive import archive_entries
from stockgroups.jobs.migrate import migrate
from stockgroups.jobs.rehearse import rehearse
from stockgroups.jobs.shadow import Question, compare_answers
from tables import dump, read_one

SCRATCH = f"SELECT count(*) FROM pg_database WHERE starts_with(datname, '{PREFIX}')"
STEPS = [
    "copy", "upgrade", "migrate", "migrate again", "validate", "roll back",
    "migrate a second time", "archive and bring back",
]  # fmt: skip


def test_a_rehearsal_goes_through_everything_and_leaves_nothing(
    empty_target: Target, catalog: Catalog
) -> None:
    run(empty_target.url, GROUPS, ENTRIES, LIVE)
    with connect(empty_target, check=False) as connection:
        put_funds(connection)
        entries = "SELECT json_agg(e ORDER BY id)::text FROM cache_entries e"
        before = read_one(connection, entries)
        rehearsal = rehearse(empty_target, connection, catalog)
        assert rehearsal.reasons == []
        assert [step.name for step in rehearsal.steps] == STEPS
        assert rehearsal.figures["migrated"] == 6
        assert read_one(connection, entries) == before
        assert read_one(connection, "SELECT to_regnamespace('stockgroups')") is None
        assert read_one(connection, SCRATCH) == 0


def test_a_rehearsal_of_a_database_that_has_the_schema(store: Connection, catalog: Catalog) -> None:
    put_funds(store)
    migrate(store, "TEST", catalog)
    put_entry(store, "theme_definition", "late", {"symbols": ["GE"]})
    before = dump(store)
    url = f"{store.info.dsn} dbname={store.info.dbname}"
    target = Target(url, "test server", store.info.dbname, "TEST")
    rehearsal = rehearse(target, store, catalog)
    assert rehearsal.is_go, rehearsal.reasons
    assert dump(store) == before


def test_a_rehearsal_says_no_go_with_the_reason(
    old_target: Target, store: Connection, catalog: Catalog
) -> None:
    put_funds(store)
    put_entry(store, "etf_holdings", "BAD", {"holdings": None})
    rehearsal = rehearse(old_target, store, catalog)
    assert not rehearsal.is_go
    assert "etf_holdings BAD: it names no members: they are null" in rehearsal.reasons[0]
    assert read_one(store, SCRATCH) == 0
    assert rehearse(old_target, store, catalog, accepts_refused=True).is_go


def test_what_a_killed_rehearsal_left_is_dropped_by_the_next(
    old_target: Target, store: Connection, catalog: Catalog
) -> None:
    put_funds(store)
    store.execute(f"CREATE DATABASE {PREFIX}left")
    assert rehearse(old_target, store, catalog).is_go
    assert read_one(store, SCRATCH) == 0


def test_who_may_make_no_database_is_told(
    old_target: Target, store: Connection, catalog: Catalog
) -> None:
    store.execute("DROP ROLE IF EXISTS plain")
    store.execute("CREATE ROLE plain")
    store.execute("SET ROLE plain")
    with pytest.raises(DatabaseError, match=r"scratch database.*grant CREATEDB"):
        rehearse(old_target, store, catalog)
    store.execute("RESET ROLE")
    store.execute("DROP ROLE plain")


def test_both_stores_answer_the_same_after_a_migration(store: Connection, catalog: Catalog) -> None:
    put_funds(store)
    put_entry(store, "stock_metadata", "YPS", {"member_of_etfs": ["SPY"]})
    put_entry(store, "stock_metadata", "QQQ", {"member_of_etfs": '["QQQ"]'})
    migrate(store, "TEST", catalog)
    report = compare_answers(store, "TEST", catalog)
    assert report.differences == []
    assert report.asked == {"etf": 2, "theme": 1, "sector": 1, "universe": 2, "stock": 3}


def test_each_answer_that_differs_is_named(store: Connection, catalog: Catalog) -> None:
    put_funds(store)
    migrate(store, "TEST", catalog)
    number = read_one(store, "SELECT id FROM definition_groups WHERE name = 'SPY'")
    store.execute(
        "DELETE FROM group_memberships WHERE group_id = %s AND symbol = 'AAPL'", (number,)
    )
    store.execute("INSERT INTO group_memberships (group_id, symbol) VALUES (%s, 'GE')", (number,))
    store.execute("DELETE FROM definition_groups WHERE name = 'crypto_miners'")
    assert compare_answers(store, "TEST", catalog).differences == [
        "etf SPY: only old: AAPL; only new: GE",
        "theme crypto_miners: the new tables do not know it",
        "stock AAPL: only old: SPY",
    ]


def test_a_stock_is_found_in_any_spelling_and_without_an_environment(
    store: Connection, catalog: Catalog
) -> None:
    put_entry(store, "etf_holdings", "SPY", {"holdings": ["brk-b"]}, environment=None)
    put_entry(store, "stock_metadata", "BRK-B", {"member_of_etfs": ["SPY"]}, environment=None)
    migrate(store, "DEFAULT", catalog)
    for spelling in ("BRK.B", "brk/b", "BRKB"):
        report = compare_answers(store, "DEFAULT", catalog, Question("stock", spelling))
        assert (report.passed, report.asked) == (True, {"stock": 1})


@pytest.mark.parametrize(
    "question",
    [
        Question("etf", "spy"),
        Question("stock", "aapl"),
        Question("theme", "Crypto Miners"),
        Question("sector", "energy"),
        Question("universe", "core"),
    ],
)
def test_one_question_is_asked(store: Connection, catalog: Catalog, question: Question) -> None:
    put_funds(store)
    migrate(store, "TEST", catalog)
    report = compare_answers(store, "TEST", catalog, question)
    assert (report.passed, report.asked) == (True, {question.kind: 1})
    with pytest.raises(NotFoundError, match=f"the old store has no {question.kind} 'nothing'"):
        compare_answers(store, "TEST", catalog, question._replace(value="nothing"))


def test_rows_without_type_or_key_stand_in_nobodys_way(
    store: Connection, old_target: Target, catalog: Catalog
) -> None:
    put_funds(store)
    store.execute("ALTER TABLE cache_entries ALTER type DROP NOT NULL, ALTER key DROP NOT NULL")
    for kind, value in (("stock_metadata", "{}"), (None, "{}"), (None, '{"symbols": ["GE"]}')):
        store.execute(
            "INSERT INTO cache_entries (type, name, key, value, environment)"
            " VALUES (%s, '', NULL, %s, 'TEST')",
            (kind, value),
        )
    report = migrate(store, "TEST", catalog)
    assert report.figures == {"entries": 7, "migrated": 6, "merged": 0, "refused": 1}
    assert (report.left, report.rows) == ({"": 1, "stock_metadata": 2}, 10)
    assert [o.reason for o in report.refused] == ["unknown type ''"]
    compare_answers(store, "TEST", catalog)
    assert rehearse(old_target, store, catalog, accepts_refused=True).is_go
    assert archive_entries(store, "TEST", catalog, accepts_refused=True).moved.total() == 6


def test_who_migrated_already_may_rehearse(
    store: Connection, old_target: Target, catalog: Catalog
) -> None:
    put_funds(store)
    migrate(store, "TEST", catalog)
    rehearsal = rehearse(old_target, store, catalog)
    assert rehearsal.is_go, rehearsal.reasons


def test_what_the_database_refuses_in_a_rehearsal_is_a_reason_against(
    store: Connection, old_target: Target, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_connection: Connection, *_: object, **__: object) -> None:
        _connection.execute("SELECT 1 / 0")

    monkeypatch.setattr("stockgroups.jobs.rehearse.archive_entries", fail)
    put_funds(store)
    rehearsal = rehearse(old_target, store, catalog)
    assert [(step.name, step.passed) for step in rehearsal.steps][-1] == (
        "archive and bring back",
        False,
    )
    assert "division by zero" in rehearsal.reasons[0]


def test_the_scratch_copy_is_of_the_same_shape(empty_target: Target, catalog: Catalog) -> None:
    run(empty_target.url, GROUPS, ENTRIES, LIVE.split("CREATE TABLE watchlist")[0])
    columns = (
        "SELECT table_name, column_name, data_type, column_default, is_nullable"
        " FROM information_schema.columns WHERE table_schema = 'public'"
        " ORDER BY 1, ordinal_position"
    )
    indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
    constraints = (
        # The text of a check is parsed anew, and printed with other casts.
        "SELECT conname, CASE WHEN contype <> 'c' THEN pg_get_constraintdef(oid) END"
        " FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY 1"
    )
    rows = "SELECT sum(hashtextextended(m::text, 0)::numeric) FROM group_memberships m"
    with (
        connect(empty_target, check=False) as connection,
        scratch_copy(empty_target, connection) as copy,
        psycopg.connect(copy.url) as scratch,
    ):
        for catalogue in (columns, indexes, constraints, rows):
            assert (
                scratch.execute(catalogue.encode()).fetchall()
                == connection.execute(catalogue.encode()).fetchall()
            )
        assert read_one(scratch, "SELECT nextval('definition_groups_id_seq')") == 25
