"""Commands that are killed at any moment: all of their work is there afterwards, or nothing.

What is killed is the command's process, its session in the server, a process of the server, or the
whole server. Afterwards the database is as before or as after, validation finds what it found
then, and the command can be run again.
"""

from __future__ import annotations

import os
import random
import re
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

import psycopg

from campaign.acts import ACTS, Act, Beginning, Words, write_inputs
from campaign.aim import Doing, Moment, Onlooker, Times, choose_moment
from campaign.attack import Attack, Fault, Step, Tally, Violation
from campaign.server import ENVIRONMENT, Server, open_server
from campaign.victim import FAULT_STATUS, Victim, preload
from older_tables import put_funds
from states import State, read_state
from stockgroups.catalog import load_catalog
from stockgroups.checks import validate
from stockgroups.db.connection import Target, connect
from stockgroups.db.embedded.paths import HOME_VARIABLE
from stockgroups.errors import SchemaError
from stockgroups.store import Store

SERIES = 8
"""Kills in one database at most."""

_NUMBER = re.compile(r"\b(load|snapshot) [0-9]+")
"""What a killed act takes from a sequence is missing there afterwards."""

WAYS = {"the process": 60, "its session": 25, "a server process": 5, "the server": 10}
"""What is killed, and how often of a hundred times."""


@dataclass(slots=True)
class Known:
    """An act that was done once: from which database, what it leaves, how long it takes."""

    template: str
    words: Words
    status: int
    times: Times
    before: State
    after: State
    found: dict[str, set[tuple[str, ...]] | None]


def judge(act: Known, state: State, status: int | None, said: str) -> Iterator[Violation]:
    """Yield what is wrong after a kill.

    Args:
        act: what was killed.
        state: what is there.
        status: with which the command ended, where it did.
        said: what it printed.
    """
    if status == FAULT_STATUS or "Traceback" in said:
        yield Violation(Fault.UNTYPED, said[-300:])
    if state == act.before:
        if status == act.status:
            yield Violation(Fault.LOST, "it said that it was done")
    elif state != act.after:
        yield Violation(Fault.TORN, tell_difference(state, act.after))


class Scene:
    """A server with a database for each act in which it can begin.

    Attributes:
        ways: what is killed, and how often of a hundred times.
        servers: those that are killed as a whole, by the way to do it.
    """

    ways = WAYS

    def __init__(self, server: Server, onlooker: Onlooker, acts: dict[str, Act]) -> None:
        self.servers = {"the server": server}
        self._server = server
        self._acts = acts
        self._onlooker = onlooker
        self._files = server.folder / "files"
        self._templates: dict[tuple[Beginning, ...], str] = {}
        self._known: dict[str, Known] = {}
        write_inputs(self._files)

    def step(self, dice: random.Random, tally: Tally) -> None:
        """Kill one act again and again in one database, then let it be done."""
        name = dice.choice(sorted(self._acts))
        plan = [
            (dice.choices(list(self.ways), list(self.ways.values()))[0], choose_moment(dice))
            for _ in range(SERIES)
        ]
        act = self._know(name)
        with self._open(name, act.template) as target:
            description = ""
            for way, moment in plan:
                description = f"{name}, {way} killed after {moment.tell(act.times)}"
                if self._kill_once(act, way, moment, target, tally, description) is not act.before:
                    break
            self._finish(act, target, tally, description)

    @contextmanager
    def _open(self, _: str, template: str) -> Iterator[Target]:
        """Yield a database in which the act of a name can begin, which is gone afterwards."""
        with self._server.cloned(template) as target:
            yield target

    def _look(self, target: Target) -> State:
        """Return all that is stored, and more that an act may change."""
        return look(target)

    def _kill_once(
        self, act: Known, way: str, moment: Moment, target: Target, tally: Tally, description: str
    ) -> State | None:
        """Kill the act, and return which of its two states is there; None: another, or no kill."""
        victim = self._begin(act.words, target)
        name = target.database
        if self._onlooker.wait_for(moment, act.times, name, victim.has_ended):
            doing = self._onlooker.see(name)
            was_there, status = self._kill(way, victim, target)
        else:
            doing, was_there, status = Doing.ALONE, False, victim.wait()
        state = self._look(target)
        for fault, what in judge(act, state, status, victim.said()):
            tally.violate(fault, f"{description}: {what}")
        if was_there:
            tally.add(doing if state == act.before else "when it was done")
        else:
            tally.outcomes["nothing to kill"] += 1
            return None
        return next((one for one in (act.before, act.after) if state == one), None)

    def _finish(self, act: Known, target: Target, tally: Tally, description: str) -> None:
        """Validate what the last kill has left, do the act again, and see that it is done."""
        state = self._look(target)
        if state not in (act.before, act.after):
            return  # it is told already
        is_after = state == act.after
        found = (find(target) or set()) ^ (act.found["after" if is_after else "before"] or set())
        if found:
            tally.violate(Fault.TORN, f"{description}: validation finds more: {min(found)}")
        again = self._begin(act.words, target)
        times = self._onlooker.measure(target.database, again.has_ended)
        status = again.wait()
        if status in (None, FAULT_STATUS):
            tally.violate(Fault.UNTYPED, f"{description}, again: {again.said()[-300:]}")
        elif not is_after:
            act.times = times
            state = self._look(target)
            if status != act.status or state != act.after:
                what = f"{tell_difference(state, act.after)}; {again.said()[-300:]}"
                tally.violate(Fault.LOST, f"{description}: it cannot be done again: {what}")

    def _kill(self, way: str, victim: Victim, target: Target) -> tuple[bool, int | None]:
        """Kill it in one way.

        Returns: whether there was anything to kill, and the exit status where there is one.
        """
        if way == "the process":
            status = victim.kill()
            was_there = status is None
        else:
            was_there = self._kill_in_server(way, target.database)
            status = victim.wait()
        if way in self.servers:
            self.servers[way].start()
        self._settle(target.database)
        return was_there, status

    def _settle(self, database: str) -> None:
        """Wait until all sessions have ended that were at work in a database."""
        self._onlooker.wait_for_nobody(database)

    def _kill_in_server(self, way: str, database: str) -> bool:
        if way in self.servers:
            self.servers[way].stop_at_once()
            return True
        found = self._onlooker.find_sessions(database, ends=way == "its session")
        if way == "a server process":
            for pid in found:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        return bool(found)

    def _know(self, name: str) -> Known:
        if name in self._known:
            return self._known[name]
        act = self._acts[name]
        template = self._prepare(act.before)
        with self._open(name, template) as copy:
            before, found = self._look(copy), {"before": find(copy)}
            last = len(before.get("loads", ()))
            words = tuple(word.format(files=self._files, last=last) for word in act.words)
            victim = self._begin(words, copy)
            times = self._onlooker.measure(copy.database, victim.has_ended)
            status = victim.wait()
            if status not in (0, 1):
                raise RuntimeError(f"{name}: {victim.said()}")
            after = self._look(copy)
            if after == before:
                raise RuntimeError(f"{name} changes nothing: {victim.said()}")
            found["after"] = find(copy)
        self._known[name] = Known(template, words, status, times, before, after, found)
        return self._known[name]

    def _prepare(self, before: tuple[Beginning, ...]) -> str:
        """Return the name of a database in which all this was done."""
        if not before:
            return "template1"
        if before not in self._templates:
            target = self._server.clone(self._prepare(before[:-1]))
            last = before[-1]
            if isinstance(last, str):
                with psycopg.connect(target.url) as theirs:
                    if last == "old entries":
                        put_funds(theirs, [f"F{chr(65 + n)}" for n in range(20)])
                    else:
                        theirs.execute(last.encode())
            else:
                words = tuple(word.format(files=self._files) for word in last)
                victim = self._begin(words, target)
                if victim.wait() not in (0, 1):
                    raise RuntimeError(f"{words}: {victim.said()}")
            self._templates[before] = target.database
        return self._templates[before]

    def _begin(self, words: Words, target: Target) -> Victim:
        variables = {
            "DATABASE_URL": target.url,
            "ENVIRONMENT": ENVIRONMENT,
            HOME_VARIABLE: str(self._server.folder / "nowhere"),
        }
        victim = Victim(words, variables, self._files / "output")
        victim.begin()
        return victim


def find(target: Target) -> set[tuple[str, ...]] | None:
    """Return what validation finds; None where there is no schema of the program yet."""
    try:
        with connect(target) as connection:
            store = Store(connection, ENVIRONMENT, catalog=load_catalog())
            sections = validate(store).sections
    except SchemaError:
        return None
    return {
        (f.check, f.severity, f.group or "", f.symbol or "", _NUMBER.sub(r"\1 …", f.message))
        for section in sections
        for f in section.findings
    }


def look(target: Target) -> State:
    """Return all that is stored."""
    with connect(target, check=False) as connection:
        return read_state(connection)


def tell_difference(state: State, wanted: State) -> str:
    """Return the first rows in which a state is not the wanted one."""
    for name, rows in wanted.items():
        there = state.get(name, [])
        if there != rows:
            extra = next((row for row in there if row not in rows), None)
            missing = next((row for row in rows if row not in there), None)
            return f"{name}: {extra!s:.300} in place of {missing!s:.300}"
    return "no difference"


@contextmanager
def prepare() -> Iterator[Step]:
    """Yield what kills an act on a server of its own."""
    preload()
    with open_server() as server, closing(Onlooker(server.url)) as onlooker:
        yield Scene(server, onlooker, ACTS).step


ATTACK = Attack("kills", "kills", 1_000, 600, prepare)
