"""Attacks side by side, each in a process of its own; who is furthest behind comes next."""

from __future__ import annotations

import itertools
import multiprocessing
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from types import FrameType

from campaign.attack import Attack, Fault, Step, Tally

LANES = 2
"""Attacks that run at once."""
TURN_SECONDS = 45.0
"""So long an attack runs until the next one is chosen."""
MOST_VIOLATIONS = 20
"""After so many an attack ends: its scene may be broken."""
TELL_SECONDS = 1.0


class HangError(Exception):
    """A step took longer than its attack is patient."""


def run_all(attacks: Sequence[Attack], seconds: float, seed: int) -> dict[str, Tally]:
    """Run attacks side by side and return what came of each, by name.

    A turn goes to the attack that has reached the least of what it must reach, so that all of them
    reach it, or come as near.

    Args:
        attacks: which.
        seconds: how long all of them may take together.
        seed: of the dice.
    """
    race = Race([Runner(attack, seed) for attack in attacks], time.monotonic() + seconds)
    threads = [threading.Thread(target=race.run_lane) for _ in range(min(LANES, len(attacks)))]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:  # the attacks have heard of it too, and end
        race.end = 0.0
        raise
    finally:
        for runner in race.runners:
            runner.close()
    return {runner.attack.name: runner.tally for runner in race.runners}


def take_step(attack: Attack, step: int, seed: int) -> Tally:
    """Do one step of an attack again, in this process."""
    tally = Tally()
    with attack.prepare() as act:
        _take(attack, act, step, seed, tally)
    return tally


def take_turns(attack: Attack, seed: int, pipe: Pipe) -> None:
    """Do steps for as many seconds as the pipe says, again and again, until it says None.

    The tally so far goes through the pipe now and then, and None after each turn.
    """
    tally, steps = Tally(), itertools.count()
    with attack.prepare() as act:
        while (seconds := pipe.recv()) is not None:
            reported_at = time.monotonic()
            end = reported_at + seconds
            while (now := time.monotonic()) < end and len(tally.violations) < MOST_VIOLATIONS:
                if now > reported_at + TELL_SECONDS:
                    pipe.send(tally)
                    reported_at = now
                _take(attack, act, next(steps), seed, tally)
            pipe.send(tally)
            pipe.send(None)


def _take(attack: Attack, act: Step, step: int, seed: int, tally: Tally) -> None:
    seen = len(tally.violations)
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(attack.patience)
    try:
        act(random.Random(f"{seed} {attack.name} {step}"), tally)
    except HangError:
        tally.violate(Fault.UNTYPED, f"no end after {attack.patience} seconds")
    except BaseException as error:  # a panic of a library in Rust is no Exception
        if isinstance(error, KeyboardInterrupt):
            raise
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{place.name}, {place.filename}:{place.lineno}"
        description = f"{type(error).__name__} in {where}: {error}"
        tally.violate(Fault.UNTYPED, description)
    finally:
        signal.alarm(0)
    again = f"--attacks {attack.name} --seed {seed} --step {step}"
    for at, violation in enumerate(tally.violations[seen:], seen):
        tally.violations[at] = violation._replace(description=f"{violation.description} ({again})")


def _give_up(_: int, __: FrameType | None) -> None:
    raise HangError


class Runner:
    """An attack in a process of its own, which begins with its first turn."""

    def __init__(self, attack: Attack, seed: int) -> None:
        self.attack = attack
        self.tally = Tally()
        self.is_over = False
        self._seed = seed
        self._process: BaseProcess | None = None
        self._pipe: Pipe | None = None

    @property
    def reached(self) -> float:
        """What it has reached of what it must reach."""
        return self.tally.tries / self.attack.wanted

    def take_turn(self, seconds: float) -> None:
        """Let it do steps for so long."""
        shown = len(self.tally.violations)
        try:
            pipe = self._open()
            pipe.send(seconds)
            while (news := pipe.recv()) is not None:
                self.tally = news
                for fault, words in self.tally.violations[shown:]:
                    _tell(f"{self.attack.name}: {fault.upper()}: {words}")
                shown = len(self.tally.violations)
        except (EOFError, ConnectionError):
            self.tally.violate(Fault.UNTYPED, f"the attack itself failed (seed {self._seed})")
            _tell(f"{self.attack.name}: the attack itself failed; its traceback is above")
            self.is_over = True
        self.is_over |= len(self.tally.violations) >= MOST_VIOLATIONS
        _tell(
            f"{self.attack.name}: {self.tally.tries:,} {self.attack.unit}, {self.reached:.0%} of "
            f"what is wanted; {len(self.tally.violations)} violations"
        )

    def close(self) -> None:
        """End it."""
        if self._pipe is not None and self._process is not None:
            with suppress(ConnectionError):
                self._pipe.send(None)
            self._process.join()

    def _open(self) -> Pipe:
        if self._pipe is None:
            processes = multiprocessing.get_context("spawn")
            self._pipe, theirs = processes.Pipe()
            self._process = processes.Process(
                target=take_turns, args=(self.attack, self._seed, theirs)
            )
            self._process.start()
            theirs.close()
        return self._pipe


class Race:
    """Attacks that take turns, until an end in monotonic seconds."""

    def __init__(self, runners: list[Runner], end: float) -> None:
        self.runners = runners
        self.end = end
        self._free = list(runners)
        self._lock = threading.Lock()

    def run_lane(self) -> None:
        """Give turns until the end."""
        while (left := self.end - time.monotonic()) > 0:
            with self._lock:
                waiting = [one for one in self._free if not one.is_over]
                if not waiting:
                    return
                runner = min(waiting, key=lambda one: one.reached)
                self._free.remove(runner)
            runner.take_turn(min(left, TURN_SECONDS))
            with self._lock:
                self._free.append(runner)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
