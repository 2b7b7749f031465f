"""Older programs write row by row while loads run: nobody fails, nothing goes unnoticed."""

from __future__ import annotations

import random
import re
import threading
from decimal import Decimal

import psycopg
import pytest

from samples import DAY, make_fund, make_snapshot
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.errors import DatabaseError
from stockgroups.jobs.outside import find_changes
from stockgroups.store import locks
from stockgroups.store.apply import apply
from stockgroups.store.desired import DesiredGroup
from tables import read_members, read_one

FUNDS = [f"F{chr(65 + n)}" for n in range(6)]
ROUNDS = 25


class OlderProgram(threading.Thread):
    """Writes memberships as older programs do: row by row, several in a transaction."""

    def __init__(self, url: str, seed: int) -> None:
        super().__init__()
        self._url = url
        self._dice = random.Random(seed)
        self.enough = threading.Event()
        self.transactions = 0
        self.error: psycopg.Error | None = None

    def run(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as theirs:
            numbers = [row[0] for row in theirs.execute("SELECT id FROM definition_groups")]
            while not self.enough.is_set():
                try:
                    self._write(theirs, sorted(self._dice.sample(numbers, 3)))
                except psycopg.Error as error:
                    self.error = error
                    return
                self.transactions += 1

    def _write(self, theirs: psycopg.Connection[tuple[object, ...]], numbers: list[int]) -> None:
        with theirs.transaction():
            for number in numbers:
                symbol = f"S{chr(65 + self._dice.randrange(26))}"
                if self._dice.random() < 0.4:
                    theirs.execute(
                        "DELETE FROM group_memberships WHERE group_id = %s AND symbol = %s",
                        (number, symbol),
                    )
                else:
                    theirs.execute(
                        "INSERT INTO group_memberships (group_id, symbol, weight)"
                        " VALUES (%s, %s, %s) ON CONFLICT (group_id, symbol) DO NOTHING",
                        (number, symbol, Decimal("0.0100")),
                    )


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


def test_loads_and_older_programs_do_not_fail_each_other(
    connection: Connection, target: Target
) -> None:
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    apply(connection, "TEST", wish(dice, 0))
    programs = [OlderProgram(target.url, seed + n) for n in range(2)]
    for program in programs:
        program.start()
    try:
        for number in range(1, ROUNDS):
            plan = apply(connection, "TEST", wish(dice, number))
            assert [g.error for g in plan.groups if g.error] == [], f"seed {seed}"
    finally:
        for program in programs:
            program.enough.set()
        for program in programs:
            program.join()
    for program in programs:
        assert program.error is None, f"seed {seed}: {program.error}"
        assert program.transactions
    changed = {change.key.name for change in find_changes(connection, "TEST")}
    restored = apply(connection, "TEST", [make_fund(fund) for fund in FUNDS])
    # The quick look notices what the full comparison does.
    assert {g.key.name for g in restored.groups if g.changes_members} == changed
    assert not find_changes(connection, "TEST")


def test_who_is_in_the_middle_of_writing_is_waited_for_and_never_ended(
    connection: Connection, target: Target
) -> None:
    apply(connection, "TEST", [make_fund("SPY", make_snapshot({"A": 0.5, "B": 0.5}))])
    number = read_one(connection, "SELECT id FROM definition_groups")
    done = threading.Event()

    def load() -> None:
        with connect(target) as ours:
            apply(ours, "TEST", [make_fund("SPY", make_snapshot({"A": 1.0}, DAY.replace(day=2)))])
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


def test_who_holds_the_tables_for_long_is_named(
    connection: Connection,
    target: Target,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(locks, "_SHORT", "10ms")
    monkeypatch.setattr(locks, "_LONG", "10ms")
    monkeypatch.setattr(locks, "_LONG_TRIES", 2)
    fund = make_fund("SPY", make_snapshot({"A": 1.0}))
    with psycopg.connect(target.url, application_name="old loader") as theirs:
        theirs.execute(
            "INSERT INTO definition_groups (name, type, environment) VALUES ('X', 'ETF', 'TEST')"
        )
        words = f"old loader (process {theirs.info.backend_pid} of "
        with pytest.raises(DatabaseError, match=re.escape(f"for ten minutes by {words}")):
            apply(connection, "TEST", [fund])
        assert [words in message for message in caplog.messages] == [True]
    assert apply(connection, "TEST", [fund]).changes_anything
