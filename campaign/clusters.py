"""A cluster whose sessions and servers are killed while commands move, write and answer.

It is the tests' stand-in for Citus on two servers, or a server with Citus where the machine has
one. The commands of the cluster are killed as those of one server are; what readers are answered
meanwhile is the old answer or the new one, or the refusal of a server that is away.
"""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from campaign.acts import FIRST, NO_HISTORY, SECOND, UPGRADE, Act
from campaign.aim import Moment, Onlooker
from campaign.attack import Attack, Fault, Step, Tally
from campaign.kills import Known, Scene, look
from campaign.server import ENVIRONMENT, Server, open_coordinator
from campaign.victim import Victim, preload
from cluster import make_cluster
from samples import DAY
from states import State
from stockgroups.api import Database
from stockgroups.db.connection import Target, connect
from stockgroups.db.distribution import distribute
from stockgroups.db.layout import read_layout
from stockgroups.errors import DatabaseError, SchemaError
from stockgroups.settings import Settings

BOTH = (UPGRADE, FIRST, SECOND)
DISTRIBUTE = "db distribute"
ACTS = {
    DISTRIBUTE: Act(BOTH, ("db", "distribute")),
    "db distribute --undo": Act(BOTH, ("db", "distribute", "--undo")),
    "load": Act((UPGRADE, FIRST), SECOND),
    "rollback": Act(BOTH, ("rollback", "{last}")),
    "db rebuild": Act((*BOTH, NO_HISTORY), ("db", "rebuild")),
}
"""Commands on a cluster to which the members have moved; the first moves them."""
COORDINATOR, WORKERS = "the coordinator", "the workers"
ON_WORKER = ("a session on worker 0", "a session on worker 1")
WAYS = {
    "the process": 35,
    "its session": 20,
    **dict.fromkeys(ON_WORKER, 12),
    COORDINATOR: 9,
    WORKERS: 12,
}
"""What is killed, and how often of a hundred times."""
STOCK = "KAA"
"""Both days have it in each of their funds."""
PAUSE = 0.01
"""Seconds between two questions of a reader."""


def _list_members(db: Database, fund: str, day: dt.date | None = None) -> object:
    return sorted((one.symbol, one.weight) for one in db.etf(fund, day).holdings)


def _list_funds(db: Database, stock: str, day: dt.date | None = None) -> object:
    answer = db.stock(stock, day).to_dict()
    return sorted((fund["etf_symbol"], fund["weight"]) for fund in answer["etfs"])


def _count(db: Database, day: dt.date | None = None) -> object:
    counted = db.statistics(day)
    return sorted((one.name, one.members) for one in counted.groups), counted.etf_stocks


FIRST_DAY, SECOND_DAY = (DAY - dt.timedelta(days=300 - number) for number in (0, 1))
QUESTIONS: dict[str, Callable[[Database], object]] = {
    "a fund": lambda db: _list_members(db, "ZZA"),
    "a fund on a day": lambda db: _list_members(db, "ZZB", FIRST_DAY),
    "a stock": lambda db: _list_funds(db, STOCK),
    "a stock on a day": lambda db: _list_funds(db, STOCK, FIRST_DAY),
    "an expression on a day": lambda db: sorted(db.members("ZZA & ZZC", SECOND_DAY).symbols),
    "statistics": _count,
    "statistics of a day": lambda db: _count(db, SECOND_DAY),
}


def _settings_of(target: Target) -> Settings:
    return Settings(target.url, ENVIRONMENT, None, None, index_proxies=False)


class Reader(threading.Thread):
    """Asks one question after the other, until it is told to stop.

    Attributes:
        answers: what it was answered, each answer of a question once.
        asked: how often.
        refused: how often the database was away.
        is_connected: whether it has a session.
        error: what nobody meant to raise, if anything.
    """

    def __init__(self, target: Target, dice: random.Random) -> None:
        super().__init__()
        self.answers: list[tuple[str, object]] = []
        self.asked = self.refused = 0
        self.is_connected = False
        self.error: BaseException | None = None
        self._settings = _settings_of(target)
        self._dice = dice
        self._has_to_stop = threading.Event()

    def run(self) -> None:
        try:
            while not self._has_to_stop.is_set():
                try:
                    with Database(self._settings) as db:
                        self.is_connected = True
                        self._ask(db)
                except SchemaError:
                    raise  # the tables are there, whatever was killed
                except DatabaseError:
                    self.is_connected = False
                    self.refused += 1
                    self._has_to_stop.wait(PAUSE)
        except BaseException as error:
            self.error = error

    def _ask(self, db: Database) -> None:
        while not self._has_to_stop.wait(PAUSE):
            name = self._dice.choice(sorted(QUESTIONS))
            answered = name, QUESTIONS[name](db)
            self.asked += 1
            if answered not in self.answers:
                self.answers.append(answered)

    def stop(self) -> None:
        """End it, and its session."""
        self._has_to_stop.set()
        self.join()


def judge(reader: Reader, act: Known, state: State) -> Iterator[tuple[Fault, str]]:
    """Yield what is wrong about the answers of a reader.

    Args:
        reader: that was asking while the act was killed.
        act: the act.
        state: what was there afterwards.
    """
    if reader.error is not None:
        yield Fault.UNTYPED, f"a question failed: {reader.error!r}"
    for answered in reader.answers:
        is_old, is_new = (answered in one["answers"] for one in (act.before, act.after))
        if not (is_old or is_new):
            yield Fault.TORN, f"neither the old nor the new answer: {answered!s:.300}"
        elif not is_old and state == act.before:
            yield Fault.LOST, f"the new answer, and then the old one: {answered!s:.300}"


class ClusterScene(Scene):
    """A coordinator and its workers on two servers, or one server with Citus."""

    ways = WAYS

    def __init__(
        self, server: Server, far: Server | None, onlooker: Onlooker, far_looker: Onlooker
    ) -> None:
        super().__init__(server, onlooker, ACTS)
        self._far = far
        self._far_looker = far_looker
        self._workers: list[str] = []
        self._reader: Reader | None = None
        self.servers = {COORDINATOR: server, WORKERS: far or server}

    @contextmanager
    def _open(self, name: str, template: str) -> Iterator[Target]:
        """Yield a cluster as a database is, with its members where the act expects them."""
        far = None if self._far is None else self._far.url
        with make_cluster(self._server.url, far, template) as cluster:
            if name != DISTRIBUTE:
                with connect(cluster.target) as connection:
                    distribute(connection)
            self._reader = None
            self._workers = [str(conninfo_to_dict(url)["dbname"]) for url in cluster.workers]
            yield cluster.target

    def _kill_once(
        self, act: Known, way: str, moment: Moment, target: Target, tally: Tally, description: str
    ) -> State | None:
        """Kill the act while somebody reads; return as in one database."""
        self._reader = Reader(target, random.Random(description))
        self._reader.start()
        try:
            left = super()._kill_once(act, way, moment, target, tally, description)
        finally:
            self._reader.stop()
        tally.outcomes["answers"] += self._reader.asked
        tally.outcomes["refused answers"] += self._reader.refused
        for fault, what in judge(self._reader, act, left or self._look(target)):
            tally.violate(fault, f"{description}: {what}")
        return left

    def _look(self, target: Target) -> State:
        """Return all that is stored, where the members are, and the answers of all questions."""
        with connect(target) as connection:
            layout = read_layout(connection).is_distributed
        with Database(_settings_of(target)) as db:
            answers: list[tuple[Any, ...]] = [(name, ask(db)) for name, ask in QUESTIONS.items()]
        return look(target) | {"layout": [(layout,)], "answers": answers}

    def _kill(self, way: str, victim: Victim, target: Target) -> tuple[bool, int | None]:
        was_there, status = super()._kill(way, victim, target)
        # A command that is done did without that session.
        return was_there and not (way in ON_WORKER and status == 0), status

    def _kill_in_server(self, way: str, database: str) -> bool:
        if way in ON_WORKER and self._workers:
            worker = self._workers[ON_WORKER.index(way)]
            return bool(self._far_looker.find_sessions(worker, ends=True))
        if way in self.servers:
            return super()._kill_in_server(way, database)
        found = self._onlooker.find_sessions(database, ends=True)
        return len(found) > (self._reader is not None and self._reader.is_connected)

    def _settle(self, database: str) -> None:
        if self._reader is not None:
            self._reader.stop()
        super()._settle(database)
        for worker in self._workers:
            self._far_looker.wait_for_nobody(worker)


@contextmanager
def prepare() -> Iterator[Step]:
    """Yield what kills an act on a cluster of its own."""
    preload()
    with ExitStack() as stack:
        server, far = stack.enter_context(open_coordinator())
        onlookers = [
            stack.enter_context(closing(Onlooker(one.url))) for one in (server, far or server)
        ]
        yield ClusterScene(server, far, *onlookers).step


ATTACK = Attack("cluster", "kills", 300, 600, prepare)
