"""Roles with fewer rights, and databases that refuse: what works, and the error otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from commands import Command, check_refusal
from holdings_files import write_text
from samples import make_fund, make_snapshot
from stockgroups.db.connection import Target
from stockgroups.record.apply import apply
from stockgroups.store import Store
from tables import dump

GRANTS = """
CREATE ROLE sg_reader;
GRANT USAGE ON SCHEMA public, stockgroups TO sg_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public, stockgroups TO sg_reader;
CREATE ROLE sg_writer;
GRANT sg_reader TO sg_writer;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, stockgroups TO sg_writer;
REVOKE INSERT, UPDATE, DELETE ON stockgroups.alembic_version FROM sg_writer;
GRANT USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA public, stockgroups TO sg_writer;
"""


@pytest.fixture
def fund(store: Store) -> Store:
    """A database with one fund in it."""
    apply(store, [make_fund("SPY", make_snapshot({"AAPL": 0.6, "KO": 0.4}))])
    return store


@pytest.fixture
def roles(
    fund: Store, target: Target, command: Command, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Roles that read and write, as the page about the changeover grants them."""
    fund.connection.execute(GRANTS.encode())
    yield
    for role in ("sg_writer", "sg_reader"):
        fund.connection.execute(f"DROP OWNED BY {role}".encode())
        fund.connection.execute(f"DROP ROLE {role}".encode())


def become(monkeypatch: pytest.MonkeyPatch, target: Target, role: str) -> None:
    monkeypatch.setenv("DATABASE_URL", make_conninfo(target.url, options=f"-c role={role}"))


@pytest.mark.usefixtures("roles")
def test_a_current_schema_is_no_obstacle_for_who_may_only_write_rows(
    command: Command, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in ("sg_writer", "sg_reader"):
        become(monkeypatch, target, role)
        answer = command("db", "upgrade")
        assert (answer.status, answer.err) == (0, "")
        assert command("query", "--etf", "SPY").status == 0
        assert command("db", "status").status == 0


@pytest.mark.usefixtures("roles")
def test_an_answer_without_rows_that_a_policy_hides_is_refused(
    command: Command, fund: Store, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    fund.connection.execute("ALTER TABLE public.group_memberships ENABLE ROW LEVEL SECURITY")
    fund.connection.execute(
        "CREATE POLICY partly ON public.group_memberships TO sg_reader USING (symbol < 'B')"
    )
    assert command("query", "--etf", "SPY").status == 0
    become(monkeypatch, target, "sg_reader")
    check_refusal(command("query", "--etf", "SPY"), 3, "row-level security", "group_memberships")
    fund.connection.execute("DROP POLICY partly ON public.group_memberships")
    fund.connection.execute("ALTER TABLE public.group_memberships DISABLE ROW LEVEL SECURITY")


def test_a_database_that_is_read_only_answers_and_refuses_a_load(
    command: Command, fund: Store, target: Target
) -> None:
    fund.connection.execute(
        f"ALTER DATABASE {target.database} SET default_transaction_read_only = on".encode()
    )
    for words in (("query", "--etf", "SPY"), ("db", "status"), ("loads",)):
        assert command(*words).status == 0, words
    before = dump(fund.connection)
    for words in (("organize-sectors",), ("build-metadata",), ("db", "rebuild")):
        check_refusal(command(*words), 3, "default_transaction_read_only", "a replica")
    assert dump(fund.connection) == before


@pytest.mark.parametrize(
    ("raises", "words"),
    [
        ("disk_full", ("no room left", "make room on the server's disk")),
        ("out_of_memory", ("no room left", "the server lacks resources")),
        ("io_error", ("no room left", "see its log")),
        ("admin_shutdown", ("no room left", "the server ended the connection")),
    ],
)
def test_what_the_server_lacks_is_said_and_what_helps(
    command: Command, fund: Store, raises: str, words: tuple[str, ...]
) -> None:
    fund.connection.execute(
        "CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
        f" RAISE EXCEPTION 'no room left' USING ERRCODE = '{raises}'; END$$;"
        "CREATE TRIGGER fail BEFORE INSERT ON public.definition_groups"
        " FOR EACH ROW EXECUTE FUNCTION public.fail()".encode()
    )
    answer = command("organize-sectors")
    assert answer.status == 3
    for word in words:
        assert word in answer.err
    assert "check DATABASE_URL" not in answer.err


def test_a_trigger_that_names_a_table_without_its_schema_is_named_and_mended(
    command: Command, fund: Store
) -> None:
    fund.connection.execute(
        "CREATE TABLE public.their_log (name text);"
        "CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
        " INSERT INTO their_log VALUES (NEW.name); RETURN NEW; END$$;"
        "CREATE TRIGGER note BEFORE INSERT ON public.definition_groups"
        " FOR EACH ROW EXECUTE FUNCTION public.note()"
    )
    answer = command("organize-sectors")
    assert answer.status == 3
    assert "PL/pgSQL function public.note()" in answer.err
    assert "db upgrade" not in answer.err
    fund.connection.execute("ALTER FUNCTION public.note() SET search_path = pg_catalog, public")
    assert command("organize-sectors").status == 0
    rows = fund.connection.execute("SELECT count(*) FROM public.their_log").fetchone()
    assert rows == (11,)


def test_a_server_that_goes_away_meanwhile_is_no_wrong_address(
    fund: Store, command: Command
) -> None:
    fund.connection.execute(
        "CREATE FUNCTION public.stop() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
        " PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END$$;"
        "CREATE TRIGGER stop BEFORE INSERT ON public.definition_groups"
        " FOR EACH ROW EXECUTE FUNCTION public.stop()"
    )
    before = dump(fund.connection)
    check_refusal(command("organize-sectors"), 3, "the server ended the connection", "run it again")
    assert dump(fund.connection) == before


def test_the_embedded_server_is_told_apart_from_the_one_that_is_chosen(
    command: Command, target: Target
) -> None:
    answer = command("db", "status", "--json")
    assert answer.status == 0
    assert answer.json["target"].endswith(f"/{target.database}, environment TEST")
    assert answer.json["schema"] == answer.json["schema_wanted"]


def test_a_status_of_a_server_that_is_not_there_fails(
    bare: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody@localhost:1/stocks")
    check_refusal(bare("db", "status"), 3, "localhost:1/stocks")


@pytest.mark.usefixtures("roles")
def test_a_dry_run_that_may_add_no_rows_says_so(
    command: Command,
    fund: Store,
    target: Target,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy = make_snapshot({"GE": 1.0}, is_proxy=True)
    apply(fund, [make_fund("DIA", proxy)])
    load = command("loads", "--json").json[0]["load"]
    write_text(tmp_path / "past.csv", 'date,tickers\n2020-01-02,"AAPL,KO"\n')
    dry_runs = (
        ("rollback", load, "--dry-run"),
        ("load", "--remove-proxies", "--dry-run"),
        ("load-history", tmp_path / "past.csv", "--universe", "mine", "--dry-run"),
    )
    assert [command(*words).status for words in dry_runs] == [0, 0, 0]
    before = dump(fund.connection)
    become(monkeypatch, target, "sg_reader")
    for words in dry_runs[:2]:
        answer = command(*words)
        assert answer.status == 3
        assert "this dry run adds rows to the record and rolls them back, but may not" in answer.err
    monkeypatch.setenv("DATABASE_URL", target.url)
    fund.connection.execute(
        f"ALTER DATABASE {target.database} SET default_transaction_read_only = on".encode()
    )
    for words in dry_runs[:2]:
        answer = command(*words)
        assert answer.status == 3
        assert "cannot execute INSERT in a read-only transaction" in answer.err
        assert "run it on the primary server" in answer.err
    assert dump(fund.connection) == before
    assert command(*dry_runs[2]).status == 0  # nothing of a new universe is taken back
