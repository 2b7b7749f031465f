"""The time, and waiting: one object, so that a test can play a month without waiting."""

from __future__ import annotations

import datetime as dt
import fcntl
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path


class Clock(Protocol):
    """What a run asks of time."""

    def now(self) -> dt.datetime:
        """Return the time, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds since some moment, which never go back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> dt.datetime:
        """Return the time, in UTC."""
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        """Return seconds since the machine's start."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class Pace:
    """The distance between requests to one source.

    From the start of one to the start of the next one at least `pause` seconds pass. A limiter of
    so many a second lets a burst through at once and then makes wait; publishers mind bursts. All
    processes that share the file keep it together: it holds the time of the last request, and who
    waits has it locked.
    """

    def __init__(self, clock: Clock, pause: float, file: Path) -> None:
        """Begin with the time in the file, in a folder that is there; none is as good as long ago.

        The file's time is that of the calendar, which may be set back: this process goes by
        seconds that do not.
        """
        self._clock = clock
        self._pause = pause
        self._file = file
        self._last: float | None = None

    def wait(self) -> None:
        """Wait until the next request may be made, which is made then. Raises OSError."""
        with self._file.open("a+", encoding="ascii", errors="replace") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # until the file is closed
            file.seek(0)
            if (left := self._measure(file.read(100))) > 0:
                self._clock.sleep(left)
            self._last = self._clock.monotonic()
            file.truncate(0)
            file.write(self._clock.now().isoformat())

    def _measure(self, told: str) -> float:
        """Return how many seconds are left of the pause, by this process and by the file."""
        left = 0.0
        if self._last is not None:
            left = self._last + self._pause - self._clock.monotonic()
        try:
            since = (self._clock.now() - dt.datetime.fromisoformat(told)).total_seconds()
        except (ValueError, TypeError):  # a new file, or one that was cut
            return left
        return max(left, self._pause - max(0.0, since))


def read_day(text: str | None) -> dt.date | None:
    """Return the day, in UTC, of a header such as `Last-Modified`; None where it tells none."""
    try:
        told: dt.datetime = parsedate_to_datetime(text or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return (told if told.tzinfo is None else told.astimezone(dt.UTC)).date()


def read_wait(text: str | None, now: dt.datetime) -> float | None:
    """Return how many seconds a header `Retry-After` asks to wait, None where it does not say."""
    if text is None:
        return None
    if text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        until: dt.datetime = parsedate_to_datetime(text)
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
