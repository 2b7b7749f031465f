"""Commands give the same answers with any settings of server, database, role or environment."""

from __future__ import annotations

import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from commands import Command, check_refusal
from holdings_files import write_text
from samples import make_fund, make_snapshot
from server_settings import UNLIKELY
from stockgroups.db.connection import Target, connect
from stockgroups.record.apply import apply
from stockgroups.store import Store

LIST = "symbol,name,weight\nAAPL,Apple Inc,60\nBRK.B,Berkshire Hathaway,40\n"


def work(command: Command, folder: Path) -> list[str]:
    """A load and questions; returns what was answered."""
    write_text(folder / "SPY_2026-04-10.csv", LIST)
    assert command("load", "--holdings-dir", folder).status == 0
    assert command("build-metadata").status == 0
    assert command("alias", "add", "FB", "META", "--effective", "2022-06-09").status in (0, 2)
    answers = [command("query", "--etf", "SPY", "--json"), command("query", "--stock", "BRK/B")]
    assert [answer.status for answer in answers] == [0, 0]
    validated = command("validate")
    assert "Integrity: 100.00% (✓ PASS)" in validated.out
    return [answer.out for answer in answers]


@pytest.mark.parametrize("setting", UNLIKELY)
def test_a_database_that_is_set_otherwise_gives_the_same_answers(
    command: Command, target: Target, tmp_path: Path, setting: str
) -> None:
    with psycopg.connect(target.url, autocommit=True) as owner:
        owner.execute(f"ALTER DATABASE {target.database} SET {setting}".encode())
    first, second = work(command, tmp_path)
    assert '"AAPL"' in first
    assert "0.6" in first
    assert "SPY" in second
    # Only a database that is set as before is used again.
    with psycopg.connect(target.url, autocommit=True, options="-c statement_timeout=0") as owner:
        owner.execute(f"ALTER DATABASE {target.database} RESET ALL".encode())


def test_a_role_that_is_set_otherwise_upgrades_a_database(
    empty_target: Target, bare: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(empty_target.url, autocommit=True) as owner:
        for setting in UNLIKELY:
            owner.execute(f"ALTER DATABASE {empty_target.database} SET {setting}".encode())
    monkeypatch.setenv("DATABASE_URL", empty_target.url)
    for _ in range(2):
        assert bare("db", "upgrade").status == 0


def test_the_clients_environment_is_overruled(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGDATESTYLE", "German")
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    monkeypatch.setenv("PGTZ", "Asia/Tokyo")
    monkeypatch.setenv("PGOPTIONS", "-c array_nulls=off -c search_path=nowhere")
    assert '"AAPL"' in work(command, tmp_path)[0]


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1", "WIN1252"])
def test_a_database_that_is_not_utf8_is_refused_by_name(
    server: str, bare: Command, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    name = f"in_{encoding.lower()}"
    with psycopg.connect(server, autocommit=True) as owner:
        owner.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}'"
            " LOCALE_PROVIDER libc LOCALE 'C'".encode()
        )
        try:
            monkeypatch.setenv("DATABASE_URL", make_conninfo(server, dbname=name))
            for words in (("query", "--stats"), ("db", "upgrade"), ("db", "status")):
                check_refusal(bare(*words), 3, name, encoding, "UTF8")
        finally:
            owner.execute(f"DROP DATABASE {name}".encode())


def test_a_server_that_checks_no_foreign_keys_is_refused(command: Command, target: Target) -> None:
    with psycopg.connect(target.url, autocommit=True) as owner:
        owner.execute(
            f"ALTER DATABASE {target.database} SET session_replication_role = replica".encode()
        )
    check_refusal(command("query", "--stats"), 3, "session_replication_role is replica")


KNOWN_TO_CITUS = """
    SET allow_system_table_mods = on;
    CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass NOT NULL);
    CREATE TABLE public.theirs ();
    INSERT INTO pg_catalog.pg_dist_partition VALUES ('public.theirs')
"""
"""The list that the extension keeps, as far as it is read here, with another program's table."""


@pytest.fixture
def citus_list(target: Target) -> Iterator[psycopg.Connection]:
    """An owner's connection to `target`, where Citus' list stands with a table of others."""
    with psycopg.connect(target.url, autocommit=True) as owner:
        owner.execute(KNOWN_TO_CITUS.encode())
        yield owner
        owner.execute("DROP TABLE pg_catalog.pg_dist_partition, public.theirs")


def test_tables_that_citus_shares_out_are_refused_by_name(
    command: Command, citus_list: psycopg.Connection
) -> None:
    for words in (("db", "status"), ("db", "upgrade")):
        assert command(*words).status == 0
    citus_list.execute(
        "INSERT INTO pg_catalog.pg_dist_partition"
        " VALUES ('stockgroups.snapshots'), ('public.group_memberships')"
    )
    for words in (("query", "--stats"), ("db", "status"), ("db", "upgrade")):
        check_refusal(
            command(*words),
            3,
            "Citus distributes public.group_memberships, stockgroups.snapshots,",
            "undistribute_table('public.group_memberships', cascade_via_foreign_keys => true)",
            "then run `stockgroups db upgrade`",
        )


@contextmanager
def _old_server(version: str) -> Iterator[int]:
    """Something that greets as a PostgreSQL of this version does; yields its port."""

    def message(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("!I", len(body) + 4) + body

    def greet() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                head = client.recv(8)
                if head[4:] == struct.pack("!I", 80877103):  # a request for encryption
                    client.sendall(b"N")
                client.recv(4096)
                client.sendall(
                    message(b"R", struct.pack("!I", 0))
                    + message(b"S", b"server_version\0" + version.encode() + b"\0")
                    + message(b"S", b"client_encoding\0UTF8\0")
                    + message(b"S", b"server_encoding\0UTF8\0")
                    + message(b"K", struct.pack("!II", 1, 1))
                    + message(b"Z", b"I")
                )
                client.recv(4096)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=greet)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize("version", ["13.14", "14.11 (Debian 14.11-1)"])
def test_an_older_server_is_refused_with_its_version(
    bare: Command, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    with _old_server(version) as port:
        monkeypatch.setenv("DATABASE_URL", f"postgresql://someone@127.0.0.1:{port}/stocks")
        for words in (("query", "--stats"), ("db", "upgrade")):
            check_refusal(bare(*words), 3, f"PostgreSQL {version}", "15 or newer")


# What a role that may only create in `public` can put in the way of names and operators. Each has
# a signature of its own: none keeps another from being called.
PLANTS = (
    "CREATE FUNCTION public.plant(varchar, varchar) RETURNS boolean LANGUAGE plpgsql AS"
    " $$BEGIN {act}; RETURN true; END$$;"
    "CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = public.plant)",
    "CREATE FUNCTION public.plant(varchar, text) RETURNS boolean LANGUAGE plpgsql AS"
    " $$BEGIN {act}; RETURN true; END$$;"
    "CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = text, FUNCTION = public.plant);"
    "CREATE OPERATOR public.<> (LEFTARG = varchar, RIGHTARG = text, FUNCTION = public.plant)",
    "CREATE FUNCTION public.hashtextextended(varchar, bigint) RETURNS bigint LANGUAGE plpgsql AS"
    " $$BEGIN {act}; RETURN 1; END$$",
    "CREATE FUNCTION public.upper(varchar) RETURNS text LANGUAGE plpgsql AS"
    " $$BEGIN {act}; RETURN $1; END$$",
    "CREATE FUNCTION public.hashtext(varchar) RETURNS int LANGUAGE plpgsql AS"
    " $$BEGIN {act}; RETURN 1; END$$",
    "CREATE FUNCTION public.format(text, VARIADIC varchar[]) RETURNS text LANGUAGE plpgsql AS"
    " $$BEGIN {act}; RETURN ''; END$$",
    "CREATE TYPE public.planted AS (t text);"
    "CREATE FUNCTION public.plant(public.planted) RETURNS text LANGUAGE plpgsql AS"
    " $$BEGIN {act}; RETURN ''; END$$;"
    "CREATE CAST (public.planted AS text) WITH FUNCTION public.plant(public.planted) AS IMPLICIT",
    "CREATE TABLE public.alembic_version (version_num varchar(32));"
    "INSERT INTO public.alembic_version VALUES ('9999');"
    "GRANT ALL ON public.alembic_version TO PUBLIC",
    "CREATE FUNCTION public.plant() RETURNS SETOF text LANGUAGE plpgsql AS"
    " $$BEGIN {act}; RETURN; END$$;"
    "CREATE VIEW public.pg_stat_activity AS SELECT * FROM public.plant();"
    "CREATE VIEW public.pg_locks AS SELECT * FROM public.plant();"
    "GRANT SELECT ON public.pg_stat_activity, public.pg_locks TO PUBLIC",
)


@pytest.mark.parametrize("path", ["public", "public, pg_catalog", '"$user", public'])
def test_what_another_role_planted_is_never_called(
    empty_target: Target,
    bare: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    """An administrator's commands run nothing of a role that may create in `public` alone."""
    with psycopg.connect(empty_target.url, autocommit=True) as owner:
        owner.execute(f"ALTER DATABASE {empty_target.database} SET search_path = {path}".encode())
        owner.execute(b"CREATE ROLE planter LOGIN")
        try:
            owner.execute(b"GRANT CREATE, USAGE ON SCHEMA public TO planter")
            _plant(empty_target)
            monkeypatch.setenv("DATABASE_URL", empty_target.url)
            monkeypatch.setenv("ENVIRONMENT", "TEST")
            assert bare("db", "upgrade").status == 0
            work(bare, tmp_path)
            for words in (
                ("organize-sectors",),
                ("organize-universe", "--preserve"),
                ("migrate", "--dry-run"),
                ("loads",),
                ("rollback", "1", "--dry-run"),
                ("db", "reconcile"),
                ("db", "rebuild"),
                ("db", "upgrade"),
            ):
                assert bare(*words).status == 0, words
            row = owner.execute(b"SELECT rolsuper FROM pg_roles WHERE rolname = 'planter'")
            assert row.fetchone() == (False,)
        finally:
            owner.execute(b"DROP OWNED BY planter CASCADE")
            owner.execute(b"DROP ROLE planter")


def _plant(target: Target) -> None:
    act = "IF current_user <> ''planter'' THEN EXECUTE ''ALTER ROLE planter SUPERUSER''; END IF"
    act = act.replace("''", "'")
    with psycopg.connect(target.url, autocommit=True) as role:
        role.execute(b"SET SESSION AUTHORIZATION planter")
        for plant in PLANTS:
            role.execute(plant.replace("{act}", act).encode())


def test_a_load_behind_a_pooler_leaves_its_sessions_as_they_were(
    pooled: str, target: Target, bare: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", pooled)
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    with psycopg.connect(pooled, autocommit=True, prepare_threshold=None) as other:
        # A program that shares the sessions, and leaves them as it likes.
        other.execute("SET array_nulls = off")
        other.execute("SET search_path = public")
        for number in range(3):
            work(bare, tmp_path)
            for _ in range(4):
                assert bare("query", "--etf", "SPY").status == 0
            write_text(
                tmp_path / "QQQ_2026-04-10.csv",
                f"symbol,weight\nMSFT,{50 + number}\nGE,{50 - number}\n",
            )
        row = other.execute("SHOW search_path").fetchone()
        assert row == ("public",)
        with connect(Target(pooled, "pooler", target.database, "TEST")) as connection:
            store = Store(connection, "TEST")
            for _ in range(12):
                apply(store, [make_fund("DIA", make_snapshot({"GE": 1.0}))])
                connection.execute(b"SELECT %s::text", ("x",))
    assert bare("db", "upgrade").status == 0
    assert bare("validate").out


def test_what_only_reads_leaves_the_poolers_sessions_as_they_were(
    pooled: str, target: Target
) -> None:
    behind = Target(pooled, "pooler", target.database, "TEST")
    with connect(behind) as writer, connect(behind, read_limit=9) as reader:
        assert reader.execute("SHOW statement_timeout").fetchone() == ("9s",)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            apply(Store(reader, "TEST"), [make_fund("DIA", make_snapshot({"GE": 1.0}))])
        apply(Store(writer, "TEST"), [make_fund("DIA", make_snapshot({"GE": 1.0}))])
        assert writer.execute("SHOW statement_timeout").fetchone() == ("0",)


@pytest.fixture
def pooled(target: Target) -> Iterator[str]:
    """The URL of a pgbouncer in transaction mode before the test's database, with one session."""
    program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip("pgbouncer is not installed")
    from servers import open_folder, unprivileged

    parts = psycopg.conninfo.conninfo_to_dict(target.url)
    user = unprivileged()
    with open_folder() as folder, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        folder.chmod(0o777)
        (folder / "users.txt").write_text('"stockgroups" ""\n')
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\n{target.database} = host={parts['host']} port={parts.get('port', 5432)}"
            f" user=stockgroups\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
            f"unix_socket_dir =\nauth_type = any\npool_mode = transaction\n"
            f"default_pool_size = 1\nmax_client_conn = 20\nlogfile = {folder}/log\n"
        )
        process = subprocess.Popen(
            [program, folder / "pgbouncer.ini"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **({} if user is None else {"user": user.pw_uid, "group": user.pw_gid}),  # type: ignore[call-overload]
        )
        try:
            url = f"postgresql://stockgroups@127.0.0.1:{port}/{target.database}"
            _wait_for(url)
            yield url
        finally:
            process.terminate()
            process.wait()


def _wait_for(url: str) -> None:
    for _ in range(200):
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if "refused" not in str(error):
                raise
            threading.Event().wait(0.05)
        else:
            return
    pytest.fail("the pooler does not answer")
