"""Upgrades, migrations, rollbacks and archivings that are killed: the old state or the new."""

from __future__ import annotations

import multiprocessing
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from older_tables import ENTRIES, GROUPS, put_funds, run
from servers import open_folder
from stockgroups.catalog import load_catalog
from stockgroups.db import embedded
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.errors import StockgroupsError
from stockgroups.jobs.reconcile import reconcile
from stockgroups.jobs.upgrade import upgrade_database
from stockgroups.migration.archive import archive_entries, bring_back_entries
from stockgroups.migration.migrate import migrate
from stockgroups.migration.rollback import roll_back
from stockgroups.store import Store
from tables import dump, read_one

KILLS = 4  # of each of the acts
FUNDS = [f"F{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(60)]
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["stockgroups.migration.rehearse", "pytest"])

STATE = (
    "SELECT type, name, description, metadata - 'last_updated', liquidity_filter"
    " FROM public.definition_groups ORDER BY 1, 2",
    "SELECT g.name, m.symbol, m.weight FROM public.group_memberships m"
    " JOIN public.definition_groups g ON g.id = m.group_id ORDER BY 1, 2",
    "SELECT e.* FROM public.cache_entries e ORDER BY id",
)
RECORD = (
    "SELECT r.name, s.as_of, s.source, s.digest, s.id = r.snapshot_id FROM stockgroups.snapshots s"
    " JOIN stockgroups.group_registry r ON r.id = s.group_id ORDER BY 1, 2, 3",
    "SELECT kind, undoes IS NULL FROM stockgroups.loads ORDER BY id",
    "SELECT id, type, key, value FROM stockgroups.archived_entries ORDER BY id",
)


def read_state(connection: Connection) -> list[list[tuple[Any, ...]]]:
    """All that the acts write, by names and contents."""
    has_record = read_one(connection, "SELECT to_regclass('stockgroups.archived_entries')")
    statements = STATE + (RECORD if has_record else ())
    return [connection.execute(statement.encode()).fetchall() for statement in statements]


def do_upgrade(target: Target) -> None:
    upgrade_database(target)


def do_migrate(target: Target) -> None:
    with connect(target) as connection:
        store = Store(connection, "TEST", catalog=load_catalog())
        migrate(store)


def do_roll_back(target: Target) -> None:
    with connect(target) as connection:
        store = Store(connection, "TEST")
        roll_back(store)


def do_archive(target: Target) -> None:
    with connect(target) as connection:
        store = Store(connection, "TEST", catalog=load_catalog())
        archive_entries(store)


def do_bring_back(target: Target) -> None:
    with connect(target) as connection:
        store = Store(connection, "TEST")
        bring_back_entries(store)


def do_reconcile(target: Target) -> None:
    with connect(target) as connection:
        store = Store(connection, "TEST")
        reconcile(store)


def act_when_told(act: Callable[[Target], None], target: Target, pipe: Pipe) -> None:
    """Do it in a process of its own, which says when it is ready and when it is done."""
    load_catalog()
    pipe.send("ready")
    pipe.recv()
    act(target)
    pipe.send("done")


class Actor:
    """A process that is about to act."""

    def __init__(self, act: Callable[[Target], None], target: Target) -> None:
        self._pipe, other_end = FORKED.Pipe()
        self.process = FORKED.Process(target=act_when_told, args=(act, target, other_end))
        self.process.start()
        other_end.close()
        assert self._pipe.recv() == "ready"

    def run(self) -> float:
        begun = time.monotonic()
        self._pipe.send("go")
        assert self._pipe.recv() == "done"
        seconds = time.monotonic() - begun
        self.process.join()
        return seconds

    def kill(self, after: float, how: Callable[[], object]) -> None:
        """Let it begin, and so many seconds later kill it, or what `how` kills."""
        self._pipe.send("go")
        self._pipe.poll(after)
        how()
        self.process.kill()
        self.process.join()


@contextmanager
def cloned(server: str, source: str) -> Iterator[Target]:
    """A database with the same content."""
    name = f"clone_{random.randrange(2**40):x}"
    with psycopg.connect(server, autocommit=True) as plain:
        plain.execute(f"CREATE DATABASE {name} TEMPLATE {source}".encode())
        try:
            yield Target(make_conninfo(server, dbname=name), "test server", name, "TEST")
        finally:
            plain.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def prepare(act: Callable[[Target], None], target: Target) -> None:
    """Bring the database to where the act begins."""
    members = (
        "INSERT INTO public.definition_groups (name, type, environment)"
        " SELECT 'G' || n, 'ETF', 'TEST' FROM generate_series(1, 40) n;"
        "INSERT INTO public.group_memberships (group_id, symbol, weight)"
        " SELECT id, 'S' || chr(65 + n), 0.05 FROM public.definition_groups, generate_series(0,"
        " 19) n"
    )
    run(target.url, GROUPS, ENTRIES, members)
    with connect(target, check=False) as connection:
        put_funds(connection, FUNDS)
    if act is do_upgrade:
        return
    upgrade_database(target)
    if act is do_reconcile:
        run(target.url, "DELETE FROM public.group_memberships WHERE symbol = 'SB'")
        return
    if act is not do_migrate:
        do_migrate(target)
    if act is do_bring_back:
        do_archive(target)


def wait_for_nobody(plain: psycopg.Connection[Any], database: str) -> None:
    """The server may still be at the last thing that it was told."""
    there = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
    while read_one(plain, there, database):
        pass


@pytest.mark.parametrize(
    "act", [do_upgrade, do_migrate, do_roll_back, do_archive, do_bring_back, do_reconcile]
)
def test_a_killed_act_leaves_the_old_state_or_the_new(
    server: str, empty_target: Target, act: Callable[[Target], None]
) -> None:
    prepare(act, empty_target)
    with connect(empty_target, check=False) as connection:
        before = read_state(connection)
    with psycopg.connect(server, autocommit=True) as plain:
        with cloned(server, empty_target.database) as copy:
            duration = Actor(act, copy).run()
            with connect(copy) as connection:
                after = read_state(connection)
        assert after != before
        seed = random.randrange(2**32)
        dice = random.Random(seed)
        outcomes: Counter[str] = Counter()
        for part in dice.sample(range(KILLS), KILLS):
            moment = 1.1 * duration * (part + dice.random()) / KILLS
            with cloned(server, empty_target.database) as copy:
                actor = Actor(act, copy)
                actor.kill(moment, actor.process.kill)
                assert actor.process.exitcode in (-signal.SIGKILL, 0)
                wait_for_nobody(plain, copy.database)
                with connect(copy, check=False) as connection:
                    state = read_state(connection)
                told = f"seed {seed}, killed after {moment:.4f} s"
                assert state in (before, after), told
                outcomes["done" if state == after else "not begun"] += 1
                if state == before:
                    duration = max(duration, moment)  # other work on this machine slows it down
                if part == KILLS // 2 and state == before:
                    # A rerun finishes it.
                    act(copy)
                    with connect(copy) as connection:
                        assert read_state(connection) == after, told
        print(f"{act.__name__} takes {duration:.3f} s; seed {seed}; {dict(outcomes)}")


def test_a_server_that_is_killed_leaves_the_old_state_or_the_new() -> None:
    """Its processes get the signal that nothing survives, in the middle of a migration."""
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    with open_folder() as folder:
        home = folder / "home"
        try:
            target = Target(embedded.ensure_running(home=home), "embedded server", "x", "TEST")
            run(target.url, ENTRIES)
            upgrade_database(target)
            with connect(target) as connection:
                put_funds(connection, FUNDS)
                before = read_state(connection)
            duration = Actor(do_migrate, target).run()
            with connect(target) as connection:
                store = Store(connection, "TEST")
                after = read_state(connection)
                roll_back(store)
            for _ in range(3):
                with connect(target) as connection:
                    connection.execute("DELETE FROM stockgroups.loads")
                    assert read_state(connection) == before
                moment = duration * dice.random()
                pid = embedded.status(home=home).pid
                assert pid is not None
                Actor(do_migrate, target).kill(moment, lambda pid=pid: kill_server(pid))  # type: ignore[misc]
                target = Target(embedded.ensure_running(home=home), "embedded server", "x", "TEST")
                with connect(target) as connection:
                    store = Store(connection, "TEST", catalog=load_catalog())
                    state = read_state(connection)
                    assert state in (before, after), f"seed {seed}, after {moment:.4f} s"
                    migrate(store)
                    assert read_state(connection) == after
                    roll_back(store)
        finally:
            embedded.stop(home=home)


def kill_server(pid: int) -> None:
    import os

    os.kill(pid, signal.SIGKILL)


def test_a_refused_act_leaves_the_database_as_it_was(
    empty_target: Target,
) -> None:
    prepare(do_roll_back, empty_target)
    with connect(empty_target) as connection:
        store = Store(connection, "TEST", catalog=load_catalog())
        connection.execute("DELETE FROM public.group_memberships WHERE symbol = 'AAPL'")
        before = dump(connection)
        with pytest.raises(StockgroupsError):
            archive_entries(store)
        assert dump(connection) == before
