"""Readers of an index that follows, while another process writes: nothing torn, and how soon seen.

Two funds share out the same stocks, and all weights of a load are one number, the load's. So each
stock is in one of the two funds and each weight the same, in every state that ever was.
"""

from __future__ import annotations

import hashlib
import itertools
import multiprocessing
import random
import threading
import time
from collections.abc import Iterator
from multiprocessing.queues import SimpleQueue
from statistics import quantiles

from benchmarks.data import DAY, ENVIRONMENT, SEED, make_desired, members_of
from benchmarks.measure import Bar, Row, at_most
from benchmarks.scratch import Scratch
from benchmarks.state import fill, load
from stockgroups.analytics.index.build import read_version
from stockgroups.analytics.index.follower import Follower
from stockgroups.analytics.index.index import Index
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.model import Category, GroupKey, GroupType, Ref, Snapshot
from stockgroups.receipts import Receipt
from stockgroups.record.desired import DesiredGroup
from stockgroups.store import Store

READERS = 3
TICK = 0.0005  # seconds between a reader's questions
PAUSE = 0.05  # at most, between loads
STOCKS = [symbol for symbol, _ in members_of(make_desired())[4]]  # SPY's
Commit = tuple[int, float]
"""A version, and when its load began to commit (`time.monotonic`)."""


def measure(scratch: Scratch, catalog: Catalog) -> Iterator[Row]:
    """Yield the rows about readers and a writer. Raises RuntimeError for a torn answer."""
    fill(scratch.ours, catalog)
    _write(scratch.ours, 0, 250)
    yield _run(scratch.target, catalog, TICK, at_most(100.0))
    # Each of Python's threads that never waits keeps the others waiting for 5 ms.
    yield _run(scratch.target, catalog, None, None)


def _run(target: Target, catalog: Catalog, tick: float | None, bar: Bar | None) -> Row:
    seconds, first = (30.0, 1) if tick else (10.0, 100_000)
    processes = multiprocessing.get_context("spawn")
    commits: SimpleQueue[Commit | None] = processes.SimpleQueue()
    writer = processes.Process(target=write_loads, args=(target, first, seconds, commits))
    with Follower(target, lambda: catalog) as follower:
        readers = [_Reader(follower, tick) for _ in range(READERS)]
        writer.start()
        committed = dict(iter(commits.get, None))
        writer.join()
        follower.wait(max(committed), 10.0)
        for reader in readers:
            reader.stop()
    torn = [index for reader in readers for index in reader.torn]
    if torn:
        raise RuntimeError(f"{len(torn)} torn answers: {torn[0]}")
    seen: dict[int, float] = {}
    for reader in readers:
        for version, at in reader.seen.items():
            seen[version] = min(at, seen.get(version, at))
    # A version that was passed over is seen with the next one.
    delays = [
        1e3 * (min(at for later, at in seen.items() if later >= version) - at_commit)
        for version, at_commit in committed.items()
    ]
    cuts = quantiles(delays, n=100, method="inclusive")
    how = "that wait for ticks" if tick else "that never wait"
    return Row(
        f"a load → seen by {READERS} readers {how}, 99 of 100",
        cuts[98],
        "ms",
        bar,
        f"half in {cuts[49]:.1f}, all {len(delays):,} in {max(delays):.1f} ms; "
        f"{sum(reader.answers for reader in readers):,} states asked in {seconds:.0f} s, none torn",
    )


def write_loads(
    target: Target, first: int, seconds: float, commits: SimpleQueue[Commit | None]
) -> None:
    """Load as long as is measured, in a process of its own; tell of each load."""
    random_ = random.Random(SEED)
    end = time.monotonic() + seconds
    with connect(target) as connection:
        store = Store(connection, ENVIRONMENT)
        for turn in itertools.count(first):
            if time.monotonic() > end:
                break
            with connection.transaction():
                _write(connection, turn, random_.randrange(1, len(STOCKS)))
                commit = read_version(store), time.monotonic()
            commits.put(commit)
            time.sleep(random_.random() * PAUSE)
    commits.put(None)


class _Reader:
    """A thread that asks, and holds every answer against the law."""

    def __init__(self, follower: Follower, tick: float | None) -> None:
        self.seen: dict[int, float] = {}
        self.torn: list[Index] = []
        self.answers = 0
        self._follower = follower
        self._tick = tick
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _read(self) -> None:
        while not self._stop.is_set():
            index = self._follower.current
            self.seen.setdefault(index.version, time.monotonic())
            if _is_torn(index):
                self.torn.append(index)
            self.answers += 1
            if self._tick:
                time.sleep(self._tick)


def _is_torn(index: Index) -> bool:
    one, two = index.members("CUSTOM", "one"), index.members("CUSTOM", "two")
    first, second = index.stocks("CUSTOM", "one"), index.stocks("CUSTOM", "two")
    places = index.groups_of(STOCKS[index.version % len(STOCKS)])
    return (
        len({*one.values(), *two.values()}) != 1
        or len(one) + len(two) != len(STOCKS)
        or [set(one), set(two)] != [set(first), set(second)]
        or len(first | second) != len(STOCKS)
        or sum(kind is GroupType.CUSTOM for kind, _, _ in places) != 1
    )


def _write(connection: Connection, turn: int, at: int) -> None:
    """Load a state of the two groups: the first has so many stocks, the second the others."""
    parts = {"one": STOCKS[:at], "two": STOCKS[at:]}
    load(connection, [_make_group(name, part, turn) for name, part in parts.items()])


def _make_group(name: str, symbols: list[str], turn: int) -> DesiredGroup:
    snapshot = Snapshot(
        as_of=DAY,  # of several for one date the last one counts
        source="synthetic",
        sha256=hashlib.sha256(f"{name} {turn}".encode()).hexdigest(),
        reader="synthetic/1",
        refs=tuple(Ref(symbol, ticker=symbol) for symbol in symbols),
        receipt=Receipt({Category.MEMBER: len(symbols)}, None, None, None, "none", "made up"),
        file_name=name,
        weights=((turn + 1) / 1e6,) * len(symbols),
    )
    return DesiredGroup(
        GroupKey(ENVIRONMENT, GroupType.CUSTOM, name), description=name, snapshots=(snapshot,)
    )
