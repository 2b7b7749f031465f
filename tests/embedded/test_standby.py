"""A standby server answers everything that its primary answers, and refuses what writes."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

import stockgroups
from commands import Command, check_refusal
from samples import make_fund, make_snapshot
from sound import make_sound
from stockgroups.api import Database
from stockgroups.db import embedded, schema
from stockgroups.db.connection import Target, connect
from stockgroups.db.embedded.binaries import find_programs
from stockgroups.db.embedded.paths import Layout, server_url
from stockgroups.db.embedded.privileges import find_account
from stockgroups.record.apply import apply
from stockgroups.settings import read_settings
from stockgroups.store import Store
from web import serve

PATIENCE = 30.0
QUESTIONS = (
    ("query", "--etf", "SPY"),
    ("query", "--etf", "SPY", "--as-of", "2026-07-02", "--known-at", "2100-01-01"),
    ("query", "--stock", "AAPL"),
    ("query", "--stats"),
    ("query", "--sector", "energy"),
    ("list", "etfs"),
    ("search", "apple"),
    ("members", "SPY | XLE"),
    ("panel", "SPY", "--since", "2026-07-01", "--until", "2026-07-05", "--freq", "D"),
    ("overlap", "SPY", "XLE"),
    ("exposure", "SPY=60", "XLE=40"),
    ("changes", "SPY"),
    ("timeline", "XOM"),
    ("resolve", "BRKB"),
    ("related", "XOM"),
    ("source", "SPY"),
    ("receipt", "SPY"),
    ("loads",),
    ("freshness",),
    ("validate",),
    ("classify", "--measure"),
    ("organize-sectors", "--dry-run"),
    ("organize-universe", "--dry-run"),
    ("build-metadata", "--dry-run"),
    ("load", "--dry-run"),
    ("refresh", "--saved", "--dry-run"),
    ("db", "reconcile", "--dry-run"),
)
WRITES = (
    ("load",),
    ("organize-sectors",),
    ("build-metadata",),
    ("rollback", "1"),
    ("rollback", "1", "--dry-run"),
    ("db", "rebuild"),
)


@pytest.fixture(scope="module")
def pair(shared_place: Path) -> Iterator[tuple[str, str]]:
    """The URLs of a primary server and of a standby of it, one sound environment in them."""
    home = shared_place / "primary"
    primary = embedded.ensure_running(home)
    target = Target(primary, "primary", "stockgroups", "TEST")
    schema.upgrade(target)
    with connect(target) as connection:
        make_sound(Store(connection, "TEST"))
    with run_standby(Layout(home), shared_place / "standby", primary) as standby:
        yield primary, standby


@contextmanager
def run_standby(primary: Layout, folder: Path, url: str) -> Iterator[str]:
    """Copy a server into a folder and follow it from there; yields the URL of the copy."""
    account = find_account(primary)
    programs = find_programs(primary, account)
    with (primary.data / "pg_hba.conf").open("a") as rules:
        rules.write("local replication all trust\n")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_reload_conf()")
        places = connection.execute("SHOW unix_socket_directories").fetchone()
    assert places is not None
    sockets = places[0].strip('"')
    folder.mkdir(mode=0o700)
    if account.is_other:
        os.chown(folder, account.uid, account.gid)

    def run(program: str, *words: object) -> None:
        done = account.run([programs / program, *map(str, words)], folder=folder)
        assert done.returncode == 0, done

    data = folder / "data"
    run(
        "pg_basebackup", "-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync",
        "-h", sockets, "-U", "stockgroups",
    )  # fmt: skip
    with (data / "postgresql.conf").open("a") as settings:
        settings.write(f"unix_socket_directories = '{folder}'\nlogging_collector = off\n")
    run("pg_ctl", "-D", data, "-l", folder / "log", "-w", "start")
    try:
        yield server_url(folder, "stockgroups")
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "stop")


@pytest.fixture
def command(bare: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    return bare


def test_a_standby_gives_every_answer_of_its_primary(
    pair: tuple[str, str], command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOLDINGS_DIR", str(tmp_path))
    (tmp_path / "XLE_2026-07-09.csv").write_text("symbol,weight\nXOM,60\nCVX,40\n")
    wait_for_replay(*pair)
    for words in QUESTIONS:
        answers = []
        for url in pair:
            monkeypatch.setenv("DATABASE_URL", url)
            answers.append(command(*words, "--json"))
        assert answers[0].status in (0, 1), answers[0].err
        assert answers[1].status == answers[0].status, (words, answers[1].err)
        assert read(answers[1].out) == read(answers[0].out), words


def read(printed: str) -> object:
    """The value that was printed, without the place of the database and the name of the run."""
    value = json.loads(printed)
    if isinstance(value, dict):
        value.pop("database", None)
        value.pop("run", None)
    return value


@pytest.mark.parametrize("words", WRITES, ids=" ".join)
def test_a_standby_refuses_what_writes(
    pair: tuple[str, str],
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    words: tuple[str, ...],
) -> None:
    monkeypatch.setenv("DATABASE_URL", pair[1])
    monkeypatch.setenv("HOLDINGS_DIR", str(tmp_path))
    (tmp_path / "XLE_2026-07-09.csv").write_text("symbol,weight\nXOM,60\nCVX,40\n")
    check_refusal(command(*words), 3, "read-only transaction")


def test_the_upgrade_of_a_current_standby_has_nothing_to_do(
    pair: tuple[str, str], command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", pair[1])
    wait_for_replay(*pair)
    answer = command("db", "upgrade")
    assert (answer.status, answer.err) == (0, "")
    assert answer.out.endswith(f"schema {schema.VERSION} already\n")


def test_what_the_primary_writes_is_served_and_followed_from_the_standby(
    pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    primary, standby = pair
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    monkeypatch.setenv("DATABASE_URL", standby)
    with serve(read_settings()) as served, stockgroups.connect(primary, "TEST") as db:
        before = served.get("/etfs/XLE").json()["data"]["weights"]
        with stockgroups.connect(standby, "TEST") as reader, reader.follow() as follower:
            version = write_fund(db)
            index = follower.wait(version, PATIENCE)
        assert set(index.members("ETF", "XLE")) == {"XOM", "SLB"}
        after = served.get("/etfs/XLE").json()["data"]["weights"]
    assert (set(before), set(after)) == ({"XOM", "CVX"}, {"XOM", "SLB"})


def write_fund(db: Database) -> int:
    """Load a newer snapshot of XLE, and tell the version that the environment has then."""
    newer = make_snapshot({"XOM": 0.5, "SLB": 0.5}, as_of=dt.date(2026, 7, 9))
    apply(Store(db.connection, "TEST"), [make_fund("XLE", newer)])
    return db.version()


def wait_for_replay(primary: str, standby: str) -> None:
    """Wait until the standby has all that the primary has written."""
    with psycopg.connect(primary) as connection:
        place = connection.execute("SELECT pg_current_wal_lsn()::text").fetchone()
    assert place is not None
    with psycopg.connect(standby, autocommit=True) as connection:
        asked = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
        while connection.execute(asked, place).fetchone() != (True,):
            pass
