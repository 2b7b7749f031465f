"""Older programs write row by row while loads run: nobody fails, nothing goes unnoticed."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from older_program import OlderProgram
from older_tables import ENTRIES, GROUPS, LIVE, run
from samples import DAY, make_fund, make_snapshot
from stockgroups.db import locks
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.db.transactions import writing
from stockgroups.errors import DatabaseError
from stockgroups.jobs.reconcile import find_changes
from stockgroups.jobs.upgrade import upgrade_database
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.store import Store
from tables import read_members, read_one

FUNDS = [f"F{chr(65 + n)}" for n in range(6)]
ROUNDS = 15


def wish(dice: random.Random, number: int) -> list[DesiredGroup]:
    symbols = [f"S{chr(65 + n)}" for n in range(26)]
    return [
        make_fund(
            fund,
            make_snapshot(
                {symbol: round(dice.random(), 9) for symbol in dice.sample(symbols, 15)},
                DAY.replace(day=1 + number % 28),
                file_name=f"{fund} {number}",
            ),
        )
        for fund in FUNDS
    ]


def test_loads_and_older_programs_do_not_fail_each_other(store: Store, target: Target) -> None:
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    apply(store, wish(dice, 0))
    programs = [OlderProgram(target.url, seed + n) for n in range(2)]
    for program in programs:
        program.start()
    try:
        for number in range(1, ROUNDS):
            plan = apply(store, wish(dice, number))
            assert [g.error for g in plan.groups if g.error] == [], f"seed {seed}"
    finally:
        for program in programs:
            program.enough.set()
        for program in programs:
            program.join()
    for program in programs:
        assert program.error is None, f"seed {seed}: {program.error}"
        assert program.transactions
    changed = {change.key.name for change in find_changes(store)}
    restored = apply(store, [make_fund(fund) for fund in FUNDS])
    # The quick look notices what the full comparison does.
    assert {g.key.name for g in restored.groups if g.changes_members} == changed
    assert not find_changes(store)


def test_who_is_in_the_middle_of_writing_is_waited_for_and_never_ended(
    connection: Connection, store: Store, target: Target
) -> None:
    apply(store, [make_fund("SPY", make_snapshot({"A": 0.5, "B": 0.5}))])
    number = read_one(connection, "SELECT id FROM definition_groups")
    done = threading.Event()

    def load() -> None:
        with connect(target) as ours:
            store = Store(ours, "TEST")
            apply(store, [make_fund("SPY", make_snapshot({"A": 1.0}, DAY.replace(day=2)))])
            done.set()

    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with psycopg.connect(target.url) as theirs:
        theirs.execute("DELETE FROM group_memberships WHERE symbol = 'B'")
        loader = threading.Thread(target=load)
        loader.start()
        while not read_one(connection, waiting):
            pass
        # The other way round from a load: members first, then the group.
        theirs.execute("UPDATE definition_groups SET updated_at = now() WHERE id = %s", (number,))
        theirs.execute(
            "INSERT INTO group_memberships (group_id, symbol) VALUES (%s, 'C')", (number,)
        )
        assert not done.is_set()
    loader.join()
    assert read_members(connection, "SPY") == {"A": 1.0}


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A function that waits until a load has tried for its tables many times more."""
    tried = threading.Semaphore(0)
    usual = locks._try_tables

    def count(*words: Any, **flags: Any) -> bool:
        tried.release()
        return usual(*words, **flags)

    def wait() -> None:
        for _ in range(15):
            assert tried.acquire(timeout=60)

    monkeypatch.setattr(locks, "_try_tables", count)
    return wait


# Two statements of one transaction of another program, with a load that waits between them.
FIRST_AND_THEN = (
    (
        "DELETE FROM group_memberships WHERE symbol = 'B'",
        "UPDATE definition_groups SET name = name",
    ),
    ("UPDATE definition_groups SET name = name", "DELETE FROM group_memberships"),
    (
        "SELECT FROM definition_groups FOR UPDATE",
        "INSERT INTO group_memberships (group_id, symbol) SELECT id, 'C' FROM definition_groups",
    ),
    ("SELECT FROM definition_groups FOR UPDATE", "UPDATE definition_groups SET name = name"),
    ("LOCK TABLE group_memberships IN SHARE MODE", "UPDATE definition_groups SET name = name"),
)


@pytest.mark.parametrize(("first", "then"), FIRST_AND_THEN)
@pytest.mark.parametrize("deadlock_timeout", ["50ms", "1s"])
def test_a_load_that_waits_long_is_never_why_another_program_is_ended(
    connection: Connection,
    store: Store,
    target: Target,
    tries: Callable[[], None],
    first: str,
    then: str,
    deadlock_timeout: str,
) -> None:
    apply(store, [make_fund("SPY", make_snapshot({"A": 0.5, "B": 0.5}))])
    connection.execute(
        f"ALTER DATABASE {target.database} SET deadlock_timeout = '{deadlock_timeout}'".encode()
    )

    def load() -> None:
        with connect(target) as ours:
            store = Store(ours, "TEST")
            apply(store, [make_fund("SPY", make_snapshot({"A": 1.0}, DAY.replace(day=2)))])

    with psycopg.connect(target.url) as theirs:
        theirs.execute(first.encode())
        loader = threading.Thread(target=load)
        loader.start()
        tries()
        theirs.execute(then.encode())
    loader.join()
    assert read_members(connection, "SPY") == {"A": 1.0}


def test_an_upgrade_waits_for_other_programs_as_a_load_does(
    empty_target: Target, tries: Callable[[], None]
) -> None:
    run(empty_target.url, GROUPS, ENTRIES, LIVE)
    with psycopg.connect(empty_target.url) as theirs:
        theirs.execute("DELETE FROM group_memberships WHERE symbol = 'SAB'")
        upgrading = threading.Thread(target=upgrade_database, args=(empty_target,))
        upgrading.start()
        tries()
        theirs.execute("UPDATE definition_groups SET name = name")
        theirs.execute(ENTRIES.replace("cache_entries", "mine").encode())
    upgrading.join()
    with connect(empty_target) as connection:
        store = Store(connection, "TEST")
        assert not find_changes(store)


def test_a_writer_that_waits_for_another_says_so_and_not_for_ever(
    target: Target, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(locks, "NOTICE_SECONDS", 0.0)
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.5)
    with connect(target) as first, connect(target) as second, writing(first, "TEST"):
        store = Store(second, "TEST")
        named = f"stockgroups (process {first.info.backend_pid} of "
        told = re.escape(f"environment TEST was held for ten minutes by {named}")
        with pytest.raises(DatabaseError, match=told):
            apply(store, [make_fund("SPY", make_snapshot({"A": 1.0}))])
        assert [named in message for message in caplog.messages] == [True]
        # Other environments go on.
        with writing(second, "UAT"):
            pass
    with connect(target) as third:
        store = Store(third, "TEST")
        assert apply(store, [make_fund("SPY", make_snapshot({"A": 1.0}))]).changes_anything


def test_who_adds_directories_waits_for_another_and_not_for_ever(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.0)
    with connect(target) as first, connect(target) as second, first.transaction():
        locks.lock_directories(first)
        named = re.escape(f"held for ten minutes by stockgroups (process {first.info.backend_pid}")
        with pytest.raises(DatabaseError, match=named), second.transaction():
            locks.lock_directories(second)


def test_an_environment_whose_row_is_gone_is_locked_all_the_same(
    connection: Connection, store: Store
) -> None:
    connection.execute("DELETE FROM stockgroups.env_state")
    assert apply(store, [make_fund("SPY", make_snapshot({"A": 1.0}))]).changes_anything


def test_who_holds_the_tables_for_long_is_named(
    store: Store, target: Target, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(locks, "NOTICE_SECONDS", 0.0)
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.5)
    fund = make_fund("SPY", make_snapshot({"A": 1.0}))
    with psycopg.connect(target.url, application_name="old loader") as theirs:
        theirs.execute(
            "INSERT INTO definition_groups (name, type, environment) VALUES ('X', 'ETF', 'TEST')"
        )
        words = f"old loader (process {theirs.info.backend_pid} of "
        with pytest.raises(DatabaseError, match=re.escape(f"for ten minutes by {words}")):
            apply(store, [fund])
        assert [words in message for message in caplog.messages] == [True]
    assert apply(store, [fund]).changes_anything
