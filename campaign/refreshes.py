"""Days of work that are killed at any moment: the next one ends well, nothing lost, nothing twice.

What is killed is `refresh`, which downloads from a publisher on this machine, loads, and judges.
Afterwards it is run to its end: then the database is as if nothing had been killed, each file is
here once, as it was sent, and the manifest tells of each once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from campaign.attack import Attack, Fault, Step, Tally
from campaign.kills import look, tell_difference
from campaign.server import ENVIRONMENT, Server, open_server
from campaign.victim import FAULT_STATUS, Victim, preload
from fetch.replay import Hands, Replay, Reply, serve
from states import State
from stockgroups.db.connection import Target
from stockgroups.db.embedded.paths import HOME_VARIABLE

FUNDS = tuple(f"RAW{chr(65 + n)}" for n in range(12))
HOST = "files.example.org"
PAUSE = 0.02
SERIES = 12
"""Kills before the day is done, at most."""
FETCHING_SHARE = 0.6
"""So many kills come at a request, or just after it; the others at any time."""
LATEST = 0.03
"""Seconds after a request in which its file takes its place."""
WORDS = ("refresh", "--no-proxies", "--source", "raw", "--accept-terms", "--quiet")

_SOURCE = f"""
[sources.raw]
name = "Raw"
issuer = "Raw"
hosts = ["{HOST}"]
home = "https://{HOST}"
pause = {PAUSE}
most_a_day = 10000
[endpoints.raw]
source = "raw"
content = "holdings"
suffix = ".csv"
url = "https://{HOST}/{{ticker}}.csv"
"""


class Now(Hands):
    """The time of this machine, in which requests come."""

    def monotonic(self) -> float:
        """Return its seconds."""
        return time.monotonic()


class Scene:
    """A server, a publisher, and what a day leaves that nobody kills."""

    def __init__(self, server: Server, publisher: Replay) -> None:
        self._server = server
        self._publisher = publisher
        self._files = server.folder / "files"
        self._numbers = itertools.count(1)
        self._sent = _write_inputs(self._files, publisher)
        self._template = server.upgraded().database
        with server.cloned(self._template) as target:
            folder = self._new_folder()
            begun = time.monotonic()
            victim = self._begin(target, folder)
            status = victim.wait()
            self._usual = time.monotonic() - begun
            self._whole = look(target)
            if status != 0:
                raise RuntimeError(f"refresh: {victim.said()}")

    def step(self, dice: random.Random, tally: Tally) -> None:
        """Kill one day's work again and again, then let it be done."""
        with self._server.cloned(self._template) as target:
            folder = self._new_folder()
            self._publisher.asked.clear()
            description, kills = "refresh", 0
            for _ in range(dice.randint(1, SERIES)):
                at = dice.randint(1, len(FUNDS)) if dice.random() < FETCHING_SHARE else None
                late = dice.random() * (self._usual if at is None else LATEST)
                since = f"request {at}" if at else "its beginning"
                description += f", killed {late:.3f} s after {since}"
                if not self._kill(target, folder, at, late, tally):
                    break
                kills += 1
            last = self._begin(target, folder)
            status = last.wait()
            for fault, what in self._judge(folder, look(target), status, last.said(), kills):
                tally.violate(fault, f"{description}: {what}")
            shutil.rmtree(folder)

    def _kill(
        self, target: Target, folder: Path, at: int | None, late: float, tally: Tally
    ) -> bool:
        """Kill it so many seconds after a request, or after it began; tell whether it was there."""
        most = len(self._publisher.asked) + (at or 0)
        victim = self._begin(target, folder)
        has_ended = False
        while len(self._publisher.asked) < most and not has_ended:
            has_ended = victim.has_ended(0.0005)
        status = victim.wait() if victim.has_ended(late) else victim.kill()
        if status is not None:
            tally.outcomes["nothing to kill"] += 1
            return False
        here = len(list(folder.glob("raw/*")))
        tally.add("while it fetched" if here < len(FUNDS) else "when all files were here")
        return True

    def _begin(self, target: Target, folder: Path) -> Victim:
        variables = {
            "DATABASE_URL": target.url,
            "ENVIRONMENT": ENVIRONMENT,
            "HOLDINGS_DIR": str(folder),
            "CATALOG_DIR": str(self._files / "catalogue"),
            "FETCH_REPLAY": self._publisher.url,
            HOME_VARIABLE: str(self._files / "home"),
        }
        victim = Victim(WORDS, variables, self._files / "output")
        victim.begin()
        return victim

    def _new_folder(self) -> Path:
        folder = self._files / f"holdings_{next(self._numbers)}"
        folder.mkdir()
        return folder

    def _judge(
        self, folder: Path, state: State, status: int | None, said: str, kills: int
    ) -> Iterator[tuple[Fault, str]]:
        """Yield what is wrong after the last run; each kill may cost one request."""
        if status == FAULT_STATUS or "Traceback" in said:
            yield Fault.UNTYPED, said[-300:]
        elif status != 0:
            yield Fault.LOST, f"it cannot be done again: {said[-300:]}"
        if state != self._whole:
            yield Fault.TORN, tell_difference(state, self._whole)
        here = {path.name: path.read_bytes() for path in folder.glob("raw/*")}
        if sorted(here.values()) != sorted(self._sent.values()):
            yield Fault.LOST, f"not each file once: {sorted(here)}"
        accepted: Counter[str] = Counter()
        for line in (folder / ".fetch" / "manifest.jsonl").read_bytes().splitlines():
            try:
                entry = json.loads(line)
            except ValueError:  # a run was killed while it wrote the line
                continue
            if entry["outcome"] != "accepted":
                yield Fault.LOST, f"{entry['subject']} {entry['outcome']}: {entry['reason']}"
                continue
            accepted[entry["subject"]] += 1
            data = here.get(Path(entry["file"]).name, b"")
            if entry["sha256"] != hashlib.sha256(data).hexdigest():
                yield Fault.TORN, f"{entry['file']} is not what the manifest says"
        if accepted != Counter(FUNDS):
            yield Fault.LOST, f"the manifest tells not each file once: {accepted}"
        if left := {path.name for path in (folder / ".fetch").iterdir()} - {
            "lock",
            "manifest.jsonl",
        }:
            yield Fault.TORN, f"left in .fetch: {left}"
        if (count := len(self._publisher.asked)) > len(FUNDS) + kills:
            yield Fault.SILENT, f"{count} requests for {len(FUNDS)} files, after {kills} kills"


def _write_inputs(files: Path, publisher: Replay) -> dict[str, bytes]:
    """Write the catalogue, and return what the publisher sends of each fund."""
    catalogue = files / "catalogue"
    catalogue.mkdir(parents=True)
    (catalogue / "fetch.toml").write_text(_SOURCE)
    day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    sent = {}
    with (catalogue / "etfs.toml").open("w") as entries:
        for number, fund in enumerate(FUNDS):
            entries.write(
                f'[etfs.{fund}]\nname = "{fund} Raw Fund"\nissuer = "Raw"\nkind = "active"\n'
                f'url = "https://{HOST}/{fund}"\n'
            )
            weights = [(number + n) % 9 + 1 for n in range(40)]
            rows = [
                f"{chr(65 + n // 26)}{chr(65 + n % 26)}Q,{100 * weight / sum(weights):.9f},{day}"
                for n, weight in enumerate(weights, number)
            ]
            sent[fund] = "\n".join(["Symbol,Weight,Date", *rows, ""]).encode()
            publisher.replies[f"{HOST}/{fund}.csv"] = Reply(sent[fund])
    return sent


@contextmanager
def prepare() -> Iterator[Step]:
    """Yield what kills a day's work on a server of its own."""
    preload()
    with open_server() as server, serve(Now(dt.datetime.now(dt.UTC))) as publisher:
        yield Scene(server, publisher).step


ATTACK = Attack("refreshes", "kills", 300, 600, prepare)
