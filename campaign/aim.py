"""When a command is killed: at a moment of its work, as the server sees it.

Most of a command's time goes by before it writes, and its time differs from run to run. So a
second session looks on, and most kills begin when the command has begun to write.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import Any, NamedTuple

import psycopg

LOOK_SECONDS = 0.0005
"""Between two looks at what a command does."""
WRITING_SHARE = 0.8
"""So many kills wait until the command writes; the others may come at any time."""
LATE = 20.0
"""A command that does not write after so many times its usual time is killed as it is."""

_DOING = """
    SELECT count(*) > 0, coalesce(bool_or(backend_xid IS NOT NULL), false)
    FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'
"""
_SESSIONS = """
    SELECT pid, CASE WHEN %s THEN pg_terminate_backend(pid) END
    FROM pg_stat_activity WHERE datname = %s
"""


class Doing(StrEnum):
    """What a command is at that is not done, as the server knows it."""

    ALONE = "before its session"
    READING = "before it wrote"
    WRITING = "while it wrote"


class Times(NamedTuple):
    """How long a command takes, and how long it writes, in seconds."""

    whole: float
    writing: float


class Moment(NamedTuple):
    """When a command is to be killed.

    Attributes:
        of_writing: whether it is counted from the first write, or from the beginning.
        share: how much of the usual time goes by before the kill.
    """

    of_writing: bool
    share: float

    def tell(self, times: Times) -> str:
        """Return the moment for people."""
        usual = times.writing if self.of_writing else times.whole
        return f"{self.share * usual:.4f} of {usual:.4f} s{' of writing' * self.of_writing}"


def choose_moment(dice: random.Random) -> Moment:
    """Return some moment."""
    return Moment(dice.random() < WRITING_SHARE, dice.random())


class Onlooker:
    """A session that sees what commands do in their databases.

    Args:
        url: of a database in which no command works.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: psycopg.Connection[Any] | None = None

    def see(self, database: str) -> Doing:
        """Return what the sessions of a database are at."""
        ((is_there, is_writing),) = self._ask(_DOING, database)
        return Doing.WRITING if is_writing else Doing.READING if is_there else Doing.ALONE

    def find_sessions(self, database: str, *, ends: bool) -> list[int]:
        """Return the process numbers of a database's sessions, which are ended if wanted."""
        return [number for number, _ in self._ask(_SESSIONS, ends, database)]

    def _ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        while True:
            with suppress(psycopg.OperationalError):  # the server was killed since
                if self._session is None or self._session.closed:
                    self._session = psycopg.connect(self._url, autocommit=True)
                return self._session.execute(statement.encode(), values).fetchall()

    def wait_for_nobody(self, database: str) -> None:
        """Wait until the server is done with the last that it was told, which may be to commit."""
        while self.see(database) is not Doing.ALONE:
            pass

    def close(self) -> None:
        """End the session."""
        if self._session is not None:
            self._session.close()

    def measure(self, database: str, has_ended: Callable[[float], bool]) -> Times:
        """Return how long a command takes that has just begun."""
        begun = time.monotonic()
        writes = [begun]
        while not has_ended(LOOK_SECONDS):
            if self.see(database) is Doing.WRITING:
                writes.append(time.monotonic())
        writing = writes[-1] - writes[1] if writes[1:] else 0.0
        return Times(time.monotonic() - begun, writing)

    def wait_for(
        self, moment: Moment, times: Times, database: str, has_ended: Callable[[float], bool]
    ) -> bool:
        """Wait until a command is to be killed.

        Args:
            moment: when that is.
            times: of the command, usually.
            database: in which it works.
            has_ended: waits for so many seconds, and tells whether the command is done.

        Returns: False where the command has ended before.
        """
        if not moment.of_writing:
            return not has_ended(moment.share * times.whole)
        for _ in range(int(LATE * times.whole / LOOK_SECONDS)):
            if self.see(database) is Doing.WRITING:
                return not has_ended(moment.share * times.writing)
            if has_ended(LOOK_SECONDS):
                return False
        return True
