"""Loads that are killed at any moment: all of the load is there afterwards, or nothing."""

from __future__ import annotations

import multiprocessing
import random
import signal
import time
from collections import Counter
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from holdings_files import write_day
from sound import make_sound
from states import read_state
from stockgroups.catalog import load_catalog
from stockgroups.checks import validate
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.db.transactions import writing
from stockgroups.jobs.load import load_etfs
from stockgroups.jobs.load_options import LoadOptions
from stockgroups.jobs.metadata import build_metadata
from stockgroups.store import Store
from stockgroups.suspicions import Guard
from tables import read_one

KILLS = 12
ACCEPTED = frozenset(Guard)  # made-up files, without an issuer's end or usual changes

# A server process that has everything imported, and forks: a start costs a fork and a connection.
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["stockgroups.jobs.load", "stockgroups.jobs.metadata", "pytest"])


def load_when_ready(target: Target, folder: Path, pipe: Pipe) -> None:
    """Load the folder in a process of its own, which says when it begins and when it is done."""
    catalog = load_catalog()
    with connect(target) as connection:
        store = Store(connection, "TEST", catalog=catalog)
        pipe.send(connection.info.backend_pid)
        load_etfs(store, LoadOptions(folder, accept=ACCEPTED))
        pipe.send("loaded")
        pipe.recv()


class Loader:
    """A process that loads a folder, about to begin."""

    def __init__(self, target: Target, folder: Path) -> None:
        self._pipe, other_end = FORKED.Pipe()
        self.process = FORKED.Process(target=load_when_ready, args=(target, folder, other_end))
        self.process.start()
        other_end.close()
        self.backend: int = self._pipe.recv()

    def finish(self) -> float:
        """Let it load; return the seconds that it took."""
        begun = time.monotonic()
        assert self._pipe.recv() == "loaded"
        seconds = time.monotonic() - begun
        self._pipe.send("go")
        self.process.join()
        assert self.process.exitcode == 0
        return seconds

    def kill(self, connection: Connection, after: float) -> bool:
        """Kill it so many seconds later, or when it is done; say whether it said that it was."""
        said_done = self._pipe.poll(after)
        self.process.kill()
        self.process.join()
        assert self.process.exitcode == -signal.SIGKILL
        # The server may still be at the last thing that it was told, which may be to commit.
        there = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"
        while read_one(connection, there, self.backend):
            pass
        return said_done


def expect(store: Store, folder: Path) -> dict[str, Any]:
    """The state that the load would leave, from a load that is taken back."""
    with store.connection.transaction(force_rollback=True):
        load_etfs(store, LoadOptions(folder, accept=ACCEPTED))
        return read_state(store.connection)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


def test_a_load_that_is_killed_is_done_or_not_begun(
    connection: Connection, store: Store, target: Target, folder: Path
) -> None:
    make_sound(store)
    durations = []
    for number in range(3):
        write_day(folder, number)
        durations.append(Loader(target, folder).finish())
    duration = median(durations)
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    outcomes: Counter[str] = Counter()
    before = after = read_state(connection)
    for part in dice.sample(range(KILLS), KILLS):
        if before == after:
            number += 1
            write_day(folder, number)
            after = expect(store, folder)
            assert read_state(connection) == before != after
        # One in each part of the usual duration, so that all of it is tried, and a little beyond.
        moment = 1.25 * duration * (part + dice.random()) / KILLS
        said_done = Loader(target, folder).kill(connection, moment)
        state = read_state(connection)
        allowed = (after,) if said_done else (before, after)
        assert state in allowed, f"seed {seed}, killed after {moment:.4f} s"
        if state == before:
            outcomes["not begun"] += 1
            duration = max(duration, moment)  # other work on this machine slows the loads down
        else:
            outcomes["done"] += 1
        before = state
    print(f"a load takes {duration:.3f} s; seed {seed}; {dict(outcomes)}")

    Loader(target, folder).finish()
    assert read_state(connection) == after
    build_metadata(store)
    assert validate(store).passed


def test_a_load_that_is_killed_while_it_waits_leaves_nothing_and_holds_up_nobody(
    connection: Connection, store: Store, target: Target, folder: Path
) -> None:
    write_day(folder, 0)
    before = read_state(connection)
    # It asks for the environment's row again and again, and never waits in the server.
    waiting = """
        SELECT xact_start IS NOT NULL AND query ~ 'SKIP LOCKED'
        FROM pg_stat_activity WHERE pid = %s
    """
    with connect(target) as other, writing(other, "TEST"):
        loader = Loader(target, folder)
        while not read_one(connection, waiting, loader.backend):
            assert loader.process.is_alive()
        loader.process.kill()
        loader.process.join()
    wanted = expect(store, folder)
    assert read_state(connection) == before
    load_etfs(store, LoadOptions(folder, accept=ACCEPTED))
    assert read_state(connection) == wanted
