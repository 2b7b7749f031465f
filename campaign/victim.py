"""Commands in processes of their own, which begin on a word, and may be killed.

They are forked from a process that has everything imported. A fork costs a hundredth of a cold
start, and runs the same: the words of a command line, its messages, its exit status.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

from stockgroups.cli.main import run
from stockgroups.settings import NAMES

FORKED = multiprocessing.get_context("forkserver")
FAULT_STATUS = 70
"""The exit status for an exception that nobody meant to raise."""


def preload() -> None:
    """Have everything imported where commands are forked from."""
    FORKED.set_forkserver_preload(["campaign.warm", "campaign.victim"])


def _run(words: Sequence[str], variables: Mapping[str, str], output: Path, pipe: Pipe) -> None:
    for name in NAMES:
        os.environ.pop(name, None)
    os.environ.update(variables)
    os.chdir(output.parent)
    with output.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    pipe.send(None)
    pipe.recv()
    pipe.send(run(words))


class Victim:
    """A command that is about to begin.

    Attributes:
        process: that it runs in.
    """

    def __init__(self, words: Sequence[str], variables: Mapping[str, str], output: Path) -> None:
        """Prepare it; what it prints goes to the file `output`."""
        self._output = output
        self._is_killed = False
        self._pipe, other = FORKED.Pipe()
        self.process = FORKED.Process(target=_run, args=(words, variables, output, other))
        self.process.start()
        other.close()
        self._pipe.recv()

    def begin(self) -> None:
        """Let it begin."""
        self._pipe.send(None)

    def has_ended(self, seconds: float) -> bool:
        """Tell whether it is done, or has died, after so many seconds."""
        return self._pipe.poll(seconds)

    def wait(self) -> int | None:
        """Return its exit status when it has one; None when it was killed."""
        status: int | None
        try:
            status = self._pipe.recv()
        except (EOFError, ConnectionError):
            status = None if self._is_killed else FAULT_STATUS
        self.process.join()
        return status

    def kill(self) -> int | None:
        """Kill it; return the exit status where it was done before."""
        self._is_killed = True
        self.process.kill()
        return self.wait()

    def said(self) -> str:
        """Return all that it printed."""
        return self._output.read_text(encoding="utf-8", errors="replace")


def run_command(
    words: Sequence[str], variables: Mapping[str, str], output: Path
) -> tuple[int, str]:
    """Run a command to its end; return its exit status, and what it printed."""
    victim = Victim(words, variables, output)
    victim.begin()
    status = victim.wait()
    return FAULT_STATUS if status is None else status, victim.said()
