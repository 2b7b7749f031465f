"""Reads while another process writes: no answer is half of one state and half of another.

Two funds share out the same stocks, and all weights of a load are one number, the load's. So in
every state that ever was each stock is in one of the two, and all weights are the same; and a
question that is asked after a load was committed is answered with it, or a later one.
"""

from __future__ import annotations

import itertools
import multiprocessing
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
from benchmarks.serving import run_server, serve_settings

from campaign.attack import Attack, Fault, Step, Tally
from campaign.server import ENVIRONMENT, open_server
from samples import make_fund, make_snapshot
from stockgroups.analytics.index.follower import Follower
from stockgroups.api import Database
from stockgroups.catalog import load_catalog
from stockgroups.db.connection import Target, connect
from stockgroups.record.apply import apply
from stockgroups.settings import Settings
from stockgroups.store import Store

FUNDS = ("ZZA", "ZZB")
STOCKS = tuple(f"Q{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(60))
PAUSE = 0.1
"""Seconds between loads at most."""
IDLE = 2.0
"""Seconds after which nobody reads any more: another attack has its turn."""
INDEX_READS = 1_000
"""Reads of an index for each of the others."""
PLAIN = """
    SELECT m.symbol, g.name, m.weight::float8
    FROM public.definition_groups g JOIN public.group_memberships m ON m.group_id = g.id
    WHERE g.name = ANY (%s)
"""

Places = list[tuple[str, str, float | None]]
"""Stock, fund, weight."""


def write_turn(store: Store, turn: int, at: int) -> None:
    """Load a state of both funds: the first has so many stocks, the second the others."""
    parts = (STOCKS[:at], STOCKS[at:])
    weight = (turn + 1) / 1e6
    apply(
        store,
        [
            make_fund(fund, make_snapshot(dict.fromkeys(part, weight), file_name=f"{fund} {turn}"))
            for fund, part in zip(FUNDS, parts, strict=True)
        ],
    )


def write_turns(target: Target, seed: int, read_at: Any, last: Any, has_ended: Any) -> None:
    """Load one state after the other while somebody reads; tell of each when it is committed.

    Args:
        target: the database.
        seed: of the dice.
        asked: when the readers began their last step, in monotonic seconds.
        last: is told the turn.
        has_ended: is set at the end.
    """
    dice = random.Random(seed)
    with connect(target) as connection:
        store = Store(connection, ENVIRONMENT)
        for turn in itertools.count(1):
            while not has_ended.wait(dice.random() * PAUSE):
                if time.monotonic() < read_at.value + IDLE:
                    break
            else:
                break
            write_turn(store, turn, dice.randrange(1, len(STOCKS)))
            last.value = turn


@dataclass(frozen=True, slots=True)
class Door:
    """One way to ask.

    Attributes:
        name: what it is called in the table.
        ask: returns where a stock is, or where all are.
        is_whole: whether it tells of all stocks.
        is_late: whether it may answer with a state of some milliseconds before.
    """

    name: str
    ask: Callable[[str], Places]
    is_whole: bool = False
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """All doors to one database in which somebody writes.

    Attributes:
        last: the turn that was committed last.
        follower: an index that follows.
        doors: the others.
    """

    last: Any
    follower: Follower
    doors: tuple[Door, ...]

    def step(self, dice: random.Random, tally: Tally) -> None:
        """Read through each door, and by the index many times."""
        version = -1
        for _ in range(INDEX_READS):
            stock = dice.choice(STOCKS)
            index = self.follower.current
            places = [(stock, name, weight) for _, name, weight in index.groups_of(stock)]
            if tear := find_tear(places, (stock,)):
                tally.violate(Fault.TORN, f"index, version {index.version}: {tear}")
            if index.version < version:
                tally.violate(Fault.LOST, f"index: version {index.version} after {version}")
            version = index.version
        index = self.follower.current
        whole = [(s, f, w) for f in FUNDS for s, w in index.members("ETF", f).items()]
        if tear := find_tear(whole, STOCKS):
            tally.violate(Fault.TORN, f"index, version {index.version}: {tear}")
        tally.add("index", INDEX_READS + 1)
        for door in self.doors:
            stock = dice.choice(STOCKS)
            before = self.last.value
            places = door.ask(stock)
            if tear := find_tear(places, STOCKS if door.is_whole else (stock,)):
                tally.violate(Fault.TORN, f"{door.name}, after turn {before}: {tear}")
            elif round(1e6 * (places[0][2] or 0.0)) - 1 < before and not door.is_late:
                tally.violate(Fault.LOST, f"{door.name}: the answer is older than turn {before}")
            tally.add(door.name)


def find_tear(places: Places, stocks: tuple[str, ...]) -> str | None:
    """Return what no state that ever was could answer, about these stocks."""
    found = sorted(symbol for symbol, _, _ in places)
    if found != sorted(stocks):
        return f"{len(found)} places of {len(stocks)} stocks"
    weights = {weight for _, _, weight in places}
    return f"{len(weights)} different weights" if len(weights) > 1 else None


def _open_doors(
    db: Database, plain: psycopg.Connection[Any], client: httpx.Client
) -> tuple[Door, ...]:
    """Return all that asks the database."""

    def place(answer: dict[str, Any]) -> Places:
        return [(answer["current_symbol"], e["etf_symbol"], e["weight"]) for e in answer["etfs"]]

    def spread(rows: list[dict[str, Any]]) -> Places:
        return [(row["symbol"], *one) for row in rows for one in row["weights"].items()]

    def ask_plainly(_: str) -> Places:
        return plain.execute(PLAIN.encode(), (list(FUNDS),)).fetchall()

    def ask_over_http(path: str) -> dict[str, Any]:
        answer: dict[str, Any] = client.get(f"/v1{path}").raise_for_status().json()["data"]
        return answer

    both = " | ".join(FUNDS)
    return (
        Door("library", lambda stock: place(db.stock(stock).to_dict())),
        Door("library", lambda _: spread(db.members(both).to_dict()["members"]), is_whole=True),
        Door("SQL of another program", ask_plainly, is_whole=True),
        Door("HTTP", lambda stock: place(ask_over_http(f"/stocks/{stock}")), is_late=True),
        Door(
            "HTTP",
            lambda _: spread(ask_over_http(f"/members?expr={quote(both)}")["members"]),
            is_whole=True,
            is_late=True,
        ),
    )


@contextmanager
def prepare() -> Iterator[Step]:
    """Yield what reads through all doors of a server on which a process writes."""
    processes = multiprocessing.get_context("spawn")
    read_at, last = processes.Value("d", time.monotonic()), processes.Value("q", 0)
    has_ended = processes.Event()
    with open_server() as server:
        target = server.upgraded()
        with connect(target) as connection:
            write_turn(Store(connection, ENVIRONMENT), 0, 20)
        writer = processes.Process(
            target=write_turns, args=(target, 1, read_at, last, has_ended), daemon=True
        )
        settings = Settings(target.url, ENVIRONMENT, None, None, index_proxies=False)
        with (
            run_server(serve_settings, settings) as (port, _),
            httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
            Follower(target, load_catalog) as follower,
            Database(settings) as db,
            psycopg.connect(target.url, autocommit=True) as plain,
        ):
            scene = Scene(last, follower, _open_doors(db, plain, client))

            def step(dice: random.Random, tally: Tally) -> None:
                read_at.value = time.monotonic()
                scene.step(dice, tally)

            writer.start()
            while not last.value:
                read_at.value = time.monotonic()
                time.sleep(0.05)
            try:
                yield step
            finally:
                has_ended.set()
                writer.join()


ATTACK = Attack("readers", "reads", 1_000_000, 300, prepare)
