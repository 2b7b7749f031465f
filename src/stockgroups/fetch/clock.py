"""The time and waiting as one object, so that a test can simulate a month."""

from __future__ import annotations

import datetime as dt
import fcntl
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path


class Clock(Protocol):
    """The time, as a run needs it."""

    def now(self) -> dt.datetime:
        """Return the time, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds since some moment; they never go back."""
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
        """Return seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class Pace:
    """The pause between requests to one source.

    At least `pause` seconds pass from the start of one request to the start of the next. A limiter
    that counts requests per second would first allow a burst, and publishers object to bursts. All
    processes that share the file keep the pace together: the file holds the time of the last
    request, and a waiting process holds its lock.
    """

    def __init__(self, clock: Clock, pause: float, file: Path) -> None:
        """Start from the time in the file. An empty file means that no request was made yet.

        The file's folder must exist. The file holds calendar time, which may be set back. This
        process therefore also measures seconds that never go back.
        """
        self._clock = clock
        self._pause = pause
        self._file = file
        self._last: float | None = None

    def wait(self) -> None:
        """Wait until the next request may start, and record its time. Raises OSError."""
        with self._file.open("a+", encoding="ascii", errors="replace") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # until the file is closed
            file.seek(0)
            if (left := self._measure(file.read(100))) > 0:
                self._clock.sleep(left)
            self._last = self._clock.monotonic()
            file.truncate(0)
            file.write(self._clock.now().isoformat())

    def _measure(self, text: str) -> float:
        """Return the seconds left of the pause, by this process's clock and by the file."""
        left = 0.0
        if self._last is not None:
            left = self._last + self._pause - self._clock.monotonic()
        try:
            since = (self._clock.now() - dt.datetime.fromisoformat(text)).total_seconds()
        except (ValueError, TypeError):  # a new file, or one that was cut
            return left
        return max(left, self._pause - max(0.0, since))


def read_day(text: str | None) -> dt.date | None:
    """Return the UTC day of a header such as `Last-Modified`; None if it holds no date."""
    try:
        moment: dt.datetime = parsedate_to_datetime(text or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return (moment if moment.tzinfo is None else moment.astimezone(dt.UTC)).date()


def read_wait(text: str | None, now: dt.datetime) -> float | None:
    """Return the seconds that a `Retry-After` header asks to wait; None if it holds no time."""
    if text is None:
        return None
    if text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        until: dt.datetime = parsedate_to_datetime(text)
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
