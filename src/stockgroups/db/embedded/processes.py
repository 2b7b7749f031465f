"""Which processes live, and which of them serve a data directory.

A zombie is dead: where nobody reaps it, as in many containers, it would otherwise pass for a
server for ever. Linux tells this in /proc; elsewhere `ps` does.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

PROC = Path("/proc")
DEAD_STATES = "ZXx"


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; a zombie does not."""
    if (PROC / "self" / "stat").exists():
        state = _stat(pid)
        return state is not None and state[1] not in DEAD_STATES
    return _ps(pid) is not None


def serves(pid: int, data: Path) -> bool:
    """Tell whether a live process is a PostgreSQL of this data directory.

    The pid of a dead server may long be another program's; a server's working directory is its
    data directory. False for a process that we may not look into: it is another user's.
    """
    if pid <= 0:
        return False
    if not (PROC / "self" / "stat").exists():
        command = _ps(pid)
        return command is not None and "postgres" in command and str(data) in command
    state = _stat(pid)
    if state is None or state[0] != "postgres" or state[1] in DEAD_STATES:
        return False
    try:
        return (PROC / str(pid) / "cwd").samefile(data)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


def find_servers(data: Path) -> list[int]:
    """Return all processes of this data directory, parents and children.

    Without /proc the list is empty: there a server's children do not show where they work.
    """
    if not (PROC / "self" / "stat").exists():
        return []
    pids = [int(entry) for entry in os.listdir(PROC) if entry.isdecimal()]  # noqa: PTH208 - names
    return [pid for pid in pids if serves(pid, data)]


def _stat(pid: int) -> tuple[str, str] | None:
    """Return a process's name and state letter, None when there is no such process."""
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name stands in parentheses and may hold some itself (proc(5)).
    before, _, after = text.rpartition(")")
    return before.partition("(")[2], after.split()[0]


def _ps(pid: int) -> str | None:
    """Return the command line of a live process, None when it is dead or a zombie."""
    listing = subprocess.run(  # noqa: S603 - a list of arguments, of our own making
        ["ps", "-ww", "-o", "stat=,command=", "-p", str(pid)],  # noqa: S607 - its place differs
        capture_output=True,
        text=True,
        errors="replace",
        timeout=10,
        check=False,
    )
    state, _, command = listing.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else command.strip()
