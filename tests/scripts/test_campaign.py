"""The campaign sees harm: in each attack one fault is planted."""

from __future__ import annotations

import datetime as dt
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from campaign import clusters, files, kills, lanes, readers, requests, settings, writers
from campaign.aim import Doing, Moment, Onlooker, Times
from campaign.attack import Attack, Fault, Step, Tally
from campaign.lanes import take_step
from campaign.page import BEGIN, END, make_table, write_page
from campaign.server import CitusServer, open_server
from psycopg.conninfo import make_conninfo

from readers.builders import ishares_csv, ishares_row
from servers import find_installed
from states import State
from stockgroups.analytics.index.follower import Follower
from stockgroups.api import Database
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection, Target
from stockgroups.errors import DatabaseError, NotFoundError, SchemaError
from stockgroups.model import Snapshot
from stockgroups.record.apply import apply
from stockgroups.store import Store


def faults(tally: Tally) -> list[Fault]:
    return [fault for fault, _ in tally.violations]


def test_a_reader_that_drops_a_row_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [ishares_row(f"Q{chr(65 + n)}", f"N{n} CORP", 4e6, 4.0) for n in range(25)]
    data = ishares_csv(rows, footer="Legal text")
    whole = files.read_fund(data, "IWV.csv", frozenset())

    def drop(snapshot: Snapshot) -> Snapshot:
        arrays = ("refs", "weights", "shares", "sectors", "industries")
        kept = {name: getattr(snapshot, name) for name in arrays if getattr(snapshot, name)}
        return replace(snapshot, **{name: array[1:] for name, array in kept.items()})

    def read(data: bytes, name: str, accept: frozenset[str]) -> dict[str, Snapshot]:
        return {fund: drop(one) for fund, one in files.read_fund(data, name, accept).items()}

    dropped = drop(whole["IWV"])
    assert files.judge(whole["IWV"], whole["IWV"]) == "as before"
    assert files.judge(whole["IWV"], dropped) == "refused beside the whole"
    another = replace(whole["IWV"], as_of=dt.date(2020, 1, 2))
    assert files.judge(whole["IWV"], another) == files.ELSE
    # Without the guard that compares, nothing would tell.
    monkeypatch.setattr(files, "refuse_beside", lambda *_: None)
    monkeypatch.setattr(files, "damage", lambda data, *_: data)
    sample = files.Sample(read, "IWV.csv", data, whole)
    tally, dice = Tally(), random.Random(3)
    while tally.outcomes["silent"] == 0:
        files.damage_one([[sample]], dice, tally)
    assert faults(tally) == [Fault.SILENT]
    assert "1 of 25 members gone, 0 came, 4.0% of the fund" in tally.violations[0].description


def test_half_an_act_is_torn_and_a_word_that_is_not_kept_is_loss() -> None:
    before, after = {"loads": [(1,)]}, {"loads": [(1,), (2,)], "version": [(2,)]}
    act = kills.Known("x", ("load",), 0, Times(1.0, 0.5), before, after, {})

    def judge(state: State, status: int | None = None, said: str = "") -> list[Fault]:
        return [fault for fault, _ in kills.judge(act, state, status, said)]

    assert [judge(before), judge(after), judge(after, 0), judge(before, 1)] == [[]] * 4
    assert judge({"loads": [(1,), (2,)], "version": [(1,)]}) == [Fault.TORN]
    assert judge(before, 0) == [Fault.LOST]
    assert judge(before, 70) == judge(before, None, "Traceback") == [Fault.UNTYPED]


def test_an_answer_that_is_neither_old_nor_new_is_torn_and_one_taken_back_is_loss(
    target: Target,
) -> None:
    old, new = ("a fund", [("A", 0.4)]), ("a fund", [("A", 0.6)])
    before, after = {"answers": [old]}, {"answers": [new]}
    act = kills.Known("x", ("load",), 0, Times(1.0, 0.5), before, after, {})

    def judge(state: State, *answers: tuple[str, object]) -> list[Fault]:
        reader = clusters.Reader(target, random.Random(1))
        reader.answers = list(answers)
        return [fault for fault, _ in clusters.judge(reader, act, state)]

    assert judge(before, old) == judge(after, old, new) == []
    assert judge(after, ("a fund", [])) == [Fault.TORN]
    assert judge(before, old, new) == [Fault.LOST]


def test_a_reader_refuses_what_is_no_answer_and_leaves_no_session(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    def list_sessions() -> set[int]:
        with closing(Onlooker(make_conninfo(target.url, dbname="postgres"))) as onlooker:
            return {*onlooker.find_sessions(target.database, ends=False)}

    before = list_sessions()  # of the tests themselves

    def ask(planted: Exception | None) -> clusters.Reader:
        has_asked = threading.Event()

        def answer(_: Database) -> int:
            has_asked.set()
            if planted is not None:
                raise planted
            return 1

        monkeypatch.setattr(clusters, "QUESTIONS", {"a count": answer})
        reader = clusters.Reader(target, random.Random(1))
        reader.start()
        assert has_asked.wait(60)
        reader.stop()
        while list_sessions() - before:
            pass
        return reader

    well, away = ask(None), ask(DatabaseError("away"))
    wrong, bare = ask(NotFoundError("no fund")), ask(SchemaError("no tables"))
    assert (well.answers, well.refused, well.error) == ([("a count", 1)], 0, None)
    assert (away.answers, away.error) == ([], None)
    assert away.refused
    assert isinstance(wrong.error, NotFoundError)
    assert isinstance(bare.error, SchemaError)


def test_an_installed_server_that_was_killed_starts_again() -> None:
    binaries = find_installed()
    if binaries is None:
        pytest.skip("the machine has no PostgreSQL of its own")
    with open_server(lambda folder: CitusServer(folder, binaries)) as server:
        server.stop_at_once()
        with pytest.raises(psycopg.OperationalError):
            server.execute("SELECT 1")
        for _ in range(2):
            server.start()
            server.execute("SELECT 1")


def test_a_kill_waits_until_the_command_writes(server: str) -> None:
    # The sessions of the tests stay in their databases. No test uses this one.
    alone, url = "template1", make_conninfo(server, dbname="postgres")
    with (
        closing(Onlooker(url)) as onlooker,
        psycopg.connect(make_conninfo(server, dbname=alone)) as theirs,
    ):
        theirs.execute("SELECT 1")
        assert onlooker.see(alone) is Doing.READING
        times, first = Times(1.0, 0.5), Moment(of_writing=True, share=0.0)
        is_done = iter((False, False, True))
        assert not onlooker.wait_for(first, times, alone, lambda _: next(is_done))
        theirs.execute("CREATE TEMPORARY TABLE written ()")
        assert onlooker.see(alone) is Doing.WRITING
        assert onlooker.wait_for(first, times, alone, lambda _: False)
        theirs.close()
        onlooker.wait_for_nobody(alone)
        assert onlooker.see(alone) is Doing.ALONE


def test_the_next_turn_is_that_of_the_attack_which_is_furthest_behind() -> None:
    turns: list[str] = []

    class Runner(lanes.Runner):
        def take_turn(self, seconds: float) -> None:
            assert seconds <= lanes.TURN_SECONDS
            turns.append(self.attack.name)
            self.tally.add("done", 10)
            self.is_over = self.tally.tries == 40

    few, many = (Attack(str(wanted), "tries", wanted, 60, None) for wanted in (20, 100))  # type: ignore[arg-type]
    lanes.Race([Runner(many, 1), Runner(few, 1)], time.monotonic() + 60).run_lane()
    assert turns == ["100", "20", "100", "100", "100", "20", "20", "20"]


def test_rows_and_snapshots_that_are_nowhere_are_lost(connection: Connection, store: Store) -> None:
    apply(store, writers.wish(random.Random(1), 0))
    tally = Tally()
    writers.check(connection, [(1, "XAAAA")], ["00" * 32], 1, tally)
    assert [(fault, told[:6]) for fault, told in tally.violations] == [
        (Fault.LOST, "1 rows"),
        (Fault.LOST, "1 load"),
        (Fault.LOST, "versio"),
    ]


def test_an_answer_of_two_states_is_torn(store: Store, target: Target, catalog: Catalog) -> None:
    class Last:
        value = 0

    readers.write_turn(store, 0, 20)
    places: readers.Places = [(symbol, "ZZA", 1e-6) for symbol in readers.STOCKS]
    with Follower(target, lambda: catalog) as follower:

        def read(told: readers.Places, last: int = 0) -> list[Fault]:
            Last.value = last
            doors = (readers.Door("library", lambda _: told, is_whole=True),)
            tally = Tally()
            readers.Scene(Last, follower, doors).step(random.Random(1), tally)
            return faults(tally)

        assert read(places) == []
        assert read([*places[1:], ("QAA", "ZZB", 2e-6)]) == [Fault.TORN]
        assert read([*places, places[0]]) == read(places[1:]) == [Fault.TORN]
        assert read(places, last=1) == [Fault.LOST]


def test_another_answer_is_silent_and_a_traceback_is_no_refusal() -> None:
    right = (0, "SPY")
    assert settings.judge(right, right) is None
    assert settings.judge((3, "stockgroups: no connection is free"), right) is None
    assert settings.judge((0, "QQQ"), right) is Fault.SILENT
    assert settings.judge((1, "Traceback"), right) is Fault.UNTYPED
    assert settings.judge((70, "stockgroups: KeyError"), right) is Fault.UNTYPED


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (b"HTTP/1.1 404 Not Found\r\n\r\n", []),
        (b"HTTP/1.1 500 Internal Server Error\r\n\r\n", [Fault.UNTYPED]),
        (b"nonsense", [Fault.UNTYPED]),
        (b"", [Fault.UNTYPED]),
    ],
)
def test_an_error_of_the_server_and_no_answer_are_seen(answer: bytes, seen: list[Fault]) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(answer)
        ours.settimeout(0.01)
        tally = Tally()
        waiting = requests.Waiting(ours, time.monotonic() + (9.0 if answer else 0.0), "a request")
        while not requests.look(waiting, tally):
            pass
    assert faults(tally) == seen


def test_requests_are_made_again_by_their_seed() -> None:
    routes = [requests.Route("/v1/etfs/{name}", ("as_of",))]
    one, two = (
        [requests.make_request(random.Random(seed), routes) for seed in range(50)] for _ in "12"
    )
    assert one == two
    assert len({*one}) > 40


def test_what_nobody_foresaw_is_told_with_seed_and_step(tmp_path: Path) -> None:
    @contextmanager
    def prepare() -> Iterator[Step]:
        def step(dice: random.Random, tally: Tally) -> None:
            tally.add("done")
            raise ValueError(f"number {dice.randrange(10)}")

        yield step

    attack = Attack("planted", "tries", 10, 60, prepare)
    tally = take_step(attack, 3, 7)
    assert faults(tally) == [Fault.UNTYPED]
    assert tally.violations == take_step(attack, 3, 7).violations
    assert tally.violations[0].description.endswith("(--attacks planted --seed 7 --step 3)")
    table = make_table([attack], {"planted": tally}, 1.0, 7, "2026-07-01")
    assert "| planted | 1 tries | 10 | 0 | 0 | 1 | 0 | done 1 |" in table
    page = tmp_path / "page.md"
    page.write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n")
    write_page(page, table)
    assert page.read_text() == f"above\n{BEGIN}\n\n{table}\n\n{END}\nbelow\n"
