"""Attacks side by side, each in a process of its own, for as long as their share of the time."""

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
from multiprocessing.connection import Connection as Pipe
from types import FrameType

from campaign.attack import Attack, Fault, Step, Tally

LANES = 2
MOST_VIOLATIONS = 20
"""After so many an attack ends: its scene may be broken."""
TELL_SECONDS = 1.0
PROGRESS_SECONDS = 15.0


class HangError(Exception):
    """A step took longer than its attack is patient."""


def run_all(attacks: Sequence[Attack], seconds: float, seed: int) -> dict[str, Tally]:
    """Run attacks side by side and return what came of each, by name.

    Args:
        attacks: which.
        seconds: how long all of them may take together.
        seed: of the dice.
    """
    shares = sum(attack.share for attack in attacks)
    lanes: list[list[tuple[Attack, float]]] = [[] for _ in range(min(LANES, len(attacks)))]
    for attack in sorted(attacks, key=lambda one: -one.share):
        lane = min(lanes, key=lambda taken: sum(time for _, time in taken))
        lane.append((attack, min(seconds, seconds * len(lanes) * attack.share / shares)))
    tallies: dict[str, Tally] = {}
    is_over = threading.Event()
    threads = [
        threading.Thread(target=_run_lane, args=(lane, seed, tallies, is_over)) for lane in lanes
    ]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:  # the attacks have heard of it too, and end
        is_over.set()
        raise
    return {attack.name: tallies[attack.name] for attack in attacks}


def take_step(attack: Attack, step: int, seed: int) -> Tally:
    """Do one step of an attack again, in this process."""
    tally = Tally()
    with attack.prepare() as act:
        _take(attack, act, step, seed, tally)
    return tally


def take_steps(attack: Attack, seconds: float, seed: int, pipe: Pipe) -> None:
    """Do steps until the time is up; tell through the pipe what came of them, None at the end."""
    tally = Tally()
    with attack.prepare() as act:
        told = time.monotonic()
        end = told + seconds
        for step in itertools.count():
            _take(attack, act, step, seed, tally)
            now = time.monotonic()
            is_over = now > end or len(tally.violations) >= MOST_VIOLATIONS
            if is_over or now > told + TELL_SECONDS:
                pipe.send(tally)
                told = now
            if is_over:
                break
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
        told = f"{type(error).__name__} in {place.name}, {place.filename}:{place.lineno}: {error}"
        tally.violate(Fault.UNTYPED, told)
    finally:
        signal.alarm(0)
    again = f"--attacks {attack.name} --seed {seed} --step {step}"
    for at, violation in enumerate(tally.violations[seen:], seen):
        tally.violations[at] = violation._replace(told=f"{violation.told} ({again})")


def _give_up(_: int, __: FrameType | None) -> None:
    raise HangError


def _run_lane(
    lane: Sequence[tuple[Attack, float]],
    seed: int,
    tallies: dict[str, Tally],
    is_over: threading.Event,
) -> None:
    for attack, seconds in lane:
        if not is_over.is_set():
            tallies[attack.name] = _run_one(attack, seconds, seed)


def _run_one(attack: Attack, seconds: float, seed: int) -> Tally:
    processes = multiprocessing.get_context("spawn")
    receive, send = processes.Pipe(duplex=False)
    process = processes.Process(target=take_steps, args=(attack, seconds, seed, send))
    process.start()
    send.close()
    tally, shown, begun = Tally(), 0, time.monotonic()
    told = begun
    try:
        while (news := receive.recv()) is not None:
            tally = news
            for fault, words in tally.violations[shown:]:
                _tell(f"{attack.name}: {fault.upper()}: {words}")
            shown = len(tally.violations)
            if time.monotonic() > told + PROGRESS_SECONDS:
                told = time.monotonic()
                _tell(_progress(attack, tally, told - begun, seconds))
    except EOFError:
        tally.violate(Fault.UNTYPED, f"the attack itself failed (seed {seed})")
        _tell(f"{attack.name}: the attack itself failed; its traceback is above")
    process.join()
    _tell(_progress(attack, tally, seconds, seconds))
    return tally


def _progress(attack: Attack, tally: Tally, gone: float, seconds: float) -> str:
    expected = int(tally.tries * max(1.0, seconds / max(gone, 1.0)))
    left = max(0, round(seconds - gone))
    return (
        f"{attack.name}: {tally.tries:,} {attack.unit}, {left // 60}:{left % 60:02} left, "
        f"about {expected:,} at the end; {len(tally.violations)} violations"
    )


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
