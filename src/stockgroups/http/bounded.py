"""Runs a write in a separate process, within bounds, and returns its outcome."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.http.limits import (
    MOST_WORKERS,
    WAIT_SECONDS,
    WORK_CPU_SECONDS,
    WORK_MEMORY,
    WORK_SECONDS,
)
from stockgroups.http.problems import RequestError, make_problem
from stockgroups.text import escape

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stockgroups.errors import StockgroupsError
    from stockgroups.settings import Settings

_WORKER = (sys.executable, "-P", "-m", "stockgroups.http.worker")
_REPLY, _WORDS = ".reply.json", ".words.txt"
"""Hidden: a load reads no such file."""
_LONGEST_REPLY = 64 << 20
_LONGEST_WORDS = 2_000


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a write.

    Attributes:
        value: The result, or the problem (RFC 9457).
    """

    status: int
    value: Mapping[str, Any]


class Worker:
    """Runs writes, a few at once. This process itself neither reads uploads nor writes.

    The child limits its own memory and time, and is killed if it does not end.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        seconds: float = WORK_SECONDS,
        cpu_seconds: int = WORK_CPU_SECONDS,
        memory: int = WORK_MEMORY,
    ) -> None:
        """Work on the database of the settings.

        Args:
            seconds: The most time of a write.
            cpu_seconds: The most processor time of a write.
            memory: The most memory, in bytes, that it may use besides its initial memory.

        """
        self._settings = {
            name: value if value is None or isinstance(value, bool) else str(value)
            for name, value in asdict(settings).items()
        }
        self._seconds = seconds
        self._bounds = {"cpu_seconds": cpu_seconds, "memory": memory}
        self._free = threading.BoundedSemaphore(MOST_WORKERS)

    def run(self, act: str, options: Mapping[str, Any], folder: Path, request_id: str) -> Result:
        """Run an act (a name in `worker.ACTS`), and return its outcome, which may be a problem.

        Args:
            options: Its arguments, as JSON values.
            folder: A private folder for the output of the process.

        Raises:
            RequestError: Other writes are running, it took too long, or the process ended without
                output.
        """
        job = {
            "act": act,
            "options": dict(options),
            "settings": self._settings,
            "request_id": request_id,
            **self._bounds,
        }
        if not self._free.acquire(timeout=WAIT_SECONDS):
            raise RequestError(503, "other writes are in progress", remedy="ask again later")
        try:
            return self._run(json.dumps(job).encode(), folder, request_id)
        finally:
            self._free.release()

    def _run(self, job: bytes, folder: Path, request_id: str) -> Result:
        reply, words = folder / _REPLY, folder / _WORDS
        with reply.open("wb") as output, words.open("wb") as errors:
            process = subprocess.Popen(  # noqa: S603 - this program itself
                _WORKER, stdin=subprocess.PIPE, stdout=output, stderr=errors, start_new_session=True
            )
            try:
                process.communicate(job, timeout=self._seconds)
            except subprocess.TimeoutExpired:
                return _describe(
                    RequestError(
                        504,
                        f"it took longer than {self._seconds:g} s, and was stopped",
                        remedy="repeat the request: the answer shows whether the work was done",
                    ),
                    request_id,
                )
            finally:
                _end(process)
        if process.returncode == 0:
            with reply.open("rb") as file:
                found = json.loads(file.read(_LONGEST_REPLY))
            return Result(found["status"], found["value"])
        if process.returncode == -signal.SIGXCPU:
            error = RequestError(
                422,
                f"reading it takes more than {self._bounds['cpu_seconds']} s of processor time",
                remedy="no holdings file takes that long: download it again",
            )
            return _describe(error, request_id)
        with words.open("rb") as file:
            last = file.read()[-_LONGEST_WORDS:].decode("utf-8", "replace")
        raise RuntimeError(f"the worker has ended with {process.returncode}: {escape(last)}")


def _describe(error: StockgroupsError, request_id: str) -> Result:
    reply = make_problem(error, request_id)
    return Result(reply.status, json.loads(reply.content))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and all its children."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
