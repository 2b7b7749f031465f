"""Find the live processes that serve a data directory, with psutil on every system."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from pathlib import Path


def serves(pid: int, data: Path) -> bool:
    """Return whether a live process is a PostgreSQL of this data directory.

    The pid of a dead server may long be another program's; a server's working directory is its
    data directory. False for a process that we may not look into: it is another user's. A zombie
    is dead: where nobody reaps it, as in many containers, it would pass for a server for ever.
    """
    try:
        process = psutil.Process(pid)
        return (
            process.name() == "postgres"
            and process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
            and data.samefile(process.cwd())
        )
    except (psutil.Error, FileNotFoundError, ValueError):  # no process has a negative pid
        return False


def find_servers(data: Path) -> list[int]:
    """Return all processes of this data directory, parents and children."""
    return [pid for pid in psutil.pids() if serves(pid, data)]
