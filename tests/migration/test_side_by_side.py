"""Rehearsing on a scratch copy, and answering from both stores."""

from __future__ import annotations

import re

import pytest

from older_tables import ENTRIES, GROUPS, LIVE, put_entry, put_funds, run
from stockgroups.catalog import Catalog
from stockgroups.checks import validate
from stockgroups.db.connection import Target, connect
from stockgroups.db.scratch import PREFIX, scratch_copy
from stockgroups.errors import DatabaseError, NotFoundError
from stockgroups.migration.archive import archive_entries
from stockgroups.migration.migrate import migrate
from stockgroups.migration.rehearse import rehearse
from stockgroups.migration.shadow import Question, compare_answers
from stockgroups.store import Store
from tables import dump, read_one

SCRATCH = f"SELECT count(*) FROM pg_database WHERE starts_with(datname, '{PREFIX}')"
STEPS = [
    "copy", "upgrade", "migrate", "migrate again", "validate", "roll back",
    "migrate a second time", "archive and restore",
]  # fmt: skip


def test_a_rehearsal_goes_through_everything_and_leaves_nothing(
    empty_target: Target, catalog: Catalog
) -> None:
    run(empty_target.url, GROUPS, ENTRIES, LIVE)
    with connect(empty_target, check=False) as connection:
        put_funds(connection)
        entries = "SELECT json_agg(e ORDER BY id)::text FROM public.cache_entries e"
        before = read_one(connection, entries)
        rehearsal = rehearse(empty_target, connection, catalog)
        assert rehearsal.reasons == []
        assert [step.name for step in rehearsal.steps] == STEPS
        assert re.fullmatch(
            r"\d+ groups; \d+ entries, \d+ migrated, \d+ merged, \d+ refused",
            rehearsal.steps[2].summary,
        )
        assert rehearsal.figures["migrated"] == 6
        assert read_one(connection, entries) == before
        assert read_one(connection, "SELECT to_regnamespace('stockgroups')") is None
        assert read_one(connection, SCRATCH) == 0


def test_a_rehearsal_of_a_database_that_has_the_schema(old_store: Store, catalog: Catalog) -> None:
    put_funds(old_store.connection)
    migrate(old_store)
    put_entry(old_store.connection, "theme_definition", "late", {"symbols": ["GE"]})
    before = dump(old_store.connection)
    url = f"{old_store.connection.info.dsn} dbname={old_store.connection.info.dbname}"
    target = Target(url, "test server", old_store.connection.info.dbname, "TEST")
    rehearsal = rehearse(target, old_store.connection, catalog)
    assert rehearsal.is_go, rehearsal.reasons
    assert dump(old_store.connection) == before


def test_a_rehearsal_says_no_go_with_the_reason(
    old_target: Target, old_store: Store, catalog: Catalog
) -> None:
    put_funds(old_store.connection)
    put_entry(old_store.connection, "etf_holdings", "BAD", {"holdings": None})
    rehearsal = rehearse(old_target, old_store.connection, catalog)
    assert not rehearsal.is_go
    assert "etf_holdings BAD: it has no members: they are null" in rehearsal.reasons[0]
    assert read_one(old_store.connection, SCRATCH) == 0
    assert rehearse(old_target, old_store.connection, catalog, accepts_refused=True).is_go


def test_what_a_killed_rehearsal_left_is_dropped_by_the_next(
    old_target: Target, old_store: Store, catalog: Catalog
) -> None:
    put_funds(old_store.connection)
    old_store.connection.execute(f"CREATE DATABASE {PREFIX}left")
    assert rehearse(old_target, old_store.connection, catalog).is_go
    assert read_one(old_store.connection, SCRATCH) == 0


def test_who_may_make_no_database_is_told(
    old_target: Target, old_store: Store, catalog: Catalog
) -> None:
    old_store.connection.execute("DROP ROLE IF EXISTS plain")
    old_store.connection.execute("CREATE ROLE plain")
    old_store.connection.execute("SET ROLE plain")
    with pytest.raises(DatabaseError, match=r"scratch database.*grant CREATEDB"):
        rehearse(old_target, old_store.connection, catalog)
    old_store.connection.execute("RESET ROLE")
    old_store.connection.execute("DROP ROLE plain")


def test_both_stores_answer_the_same_after_a_migration(old_store: Store) -> None:
    put_funds(old_store.connection)
    put_entry(old_store.connection, "stock_metadata", "YPS", {"member_of_etfs": ["SPY"]})
    put_entry(old_store.connection, "stock_metadata", "QQQ", {"member_of_etfs": '["QQQ"]'})
    migrate(old_store)
    report = compare_answers(old_store)
    assert report.differences == []
    assert report.asked == {"etf": 2, "theme": 1, "sector": 1, "universe": 2, "stock": 3}


def test_each_answer_that_differs_is_named(old_store: Store) -> None:
    put_funds(old_store.connection)
    migrate(old_store)
    number = read_one(
        old_store.connection, "SELECT id FROM public.definition_groups WHERE name = 'SPY'"
    )
    old_store.connection.execute(
        "DELETE FROM public.group_memberships WHERE group_id = %s AND symbol = 'AAPL'", (number,)
    )
    old_store.connection.execute(
        "INSERT INTO public.group_memberships (group_id, symbol) VALUES (%s, 'GE')", (number,)
    )
    old_store.connection.execute(
        "DELETE FROM public.definition_groups WHERE name = 'crypto_miners'"
    )
    assert compare_answers(old_store).differences == [
        "etf SPY: only old: AAPL; only new: GE",
        "theme crypto_miners: it is not in the new tables",
        "stock AAPL: only old: SPY",
    ]


def test_a_stock_is_found_in_any_spelling_and_without_an_environment(
    old_store: Store, catalog: Catalog
) -> None:
    put_entry(
        old_store.connection, "etf_holdings", "SPY", {"holdings": ["brk-b"]}, environment=None
    )
    put_entry(
        old_store.connection,
        "stock_metadata",
        "BRK-B",
        {"member_of_etfs": ["SPY"]},
        environment=None,
    )
    migrate(Store(old_store.connection, "DEFAULT", catalog=catalog))
    for spelling in ("BRK.B", "brk/b", "BRKB"):
        report = compare_answers(
            Store(old_store.connection, "DEFAULT", catalog=catalog), Question("stock", spelling)
        )
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
def test_one_question_is_asked(old_store: Store, question: Question) -> None:
    put_funds(old_store.connection)
    migrate(old_store)
    report = compare_answers(old_store, question)
    assert (report.passed, report.asked) == (True, {question.kind: 1})
    with pytest.raises(NotFoundError, match=f"the old store has no {question.kind} 'nothing'"):
        compare_answers(old_store, question._replace(value="nothing"))


def test_rows_without_type_or_key_stand_in_nobodys_way(
    old_store: Store, old_target: Target, catalog: Catalog
) -> None:
    put_funds(old_store.connection)
    old_store.connection.execute(
        "ALTER TABLE public.cache_entries ALTER type DROP NOT NULL, ALTER key DROP NOT NULL"
    )
    for kind, value in (("stock_metadata", "{}"), (None, "{}"), (None, '{"symbols": ["GE"]}')):
        old_store.connection.execute(
            "INSERT INTO public.cache_entries (type, name, key, value, environment)"
            " VALUES (%s, '', NULL, %s, 'TEST')",
            (kind, value),
        )
    report = migrate(old_store)
    assert report.figures == {"entries": 7, "migrated": 6, "merged": 0, "refused": 1}
    assert (report.left, report.rows) == ({"": 1, "stock_metadata": 2}, 10)
    assert [str(o.reason)[:16] for o in report.refused] == ["unknown type '':"]
    compare_answers(old_store)
    assert rehearse(old_target, old_store.connection, catalog, accepts_refused=True).is_go
    assert archive_entries(old_store, accepts_refused=True).moved.total() == 6


def test_who_migrated_already_may_rehearse(
    old_store: Store, old_target: Target, catalog: Catalog
) -> None:
    put_funds(old_store.connection)
    migrate(old_store)
    # An upgrade replaced a function, which now calls one that is younger than itself.
    for name, body in (("caller", "1"), ("callee", "2"), ("caller", "stockgroups.callee()")):
        old_store.connection.execute(
            f"CREATE OR REPLACE FUNCTION stockgroups.{name}() RETURNS integer LANGUAGE sql"
            f" BEGIN ATOMIC SELECT {body}; END".encode()
        )
    rehearsal = rehearse(old_target, old_store.connection, catalog)
    assert rehearsal.is_go, rehearsal.reasons


def test_what_the_database_refuses_in_a_rehearsal_is_a_reason_against(
    old_store: Store, old_target: Target, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(store: Store, **_: object) -> None:
        store.connection.execute("SELECT 1 / 0")

    monkeypatch.setattr("stockgroups.migration.rehearse.archive_entries", fail)
    put_funds(old_store.connection)
    rehearsal = rehearse(old_target, old_store.connection, catalog)
    assert [(step.name, step.passed) for step in rehearsal.steps][-1] == (
        "archive and restore",
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
    rows = "SELECT sum(hashtextextended(m::text, 0)::numeric) FROM public.group_memberships m"
    with (
        connect(empty_target, check=False) as connection,
        scratch_copy(empty_target, connection) as copy,
        connect(copy, check=False) as scratch,
    ):
        for catalogue in (columns, indexes, constraints, rows):
            assert (
                scratch.execute(catalogue.encode()).fetchall()
                == connection.execute(catalogue.encode()).fetchall()
            )
        assert read_one(scratch, "SELECT nextval('public.definition_groups_id_seq')") == 25


def test_the_users_own_themes_and_sectors_fail_no_validation(old_store: Store) -> None:
    many = [f"A{chr(65 + n)}" for n in range(25)]
    related = {"symbols": ["AAPL", "GE"], "related_themes": ["sp500", "Many-Stocks"]}
    put_entry(old_store.connection, "theme_definition", "two", related)
    put_entry(old_store.connection, "theme_definition", "many_stocks", {"symbols": many})
    put_entry(
        old_store.connection, "theme_definition", "crypto_miners", {"symbols": ["MARA", "RIOT"]}
    )
    put_entry(
        old_store.connection, "sector_industry_map", "unknown", {"representative_stocks": ["GE"]}
    )
    put_entry(old_store.connection, "stock_universe", "sp500", {"symbols": ["AAPL"]})
    assert migrate(old_store).figures["migrated"] == 5
    outcome = validate(old_store)
    found = {
        (finding.group, finding.severity.value, finding.message)
        for section in outcome.sections
        if section.name in ("sectors", "themes")
        for finding in section.findings
        if finding.message != "is in the catalogue but not in the database"
    }
    assert found == {
        ("two", "warning", "names a related theme that does not exist: sp500"),
        ("crypto_miners", "warning", "has 2 symbols, not 7 to 17"),
    }
