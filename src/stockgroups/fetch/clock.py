"""The time, and waiting: one object, so that a test can play a month without waiting."""

from __future__ import annotations

import datetime as dt
import time
from email.utils import parsedate_to_datetime
from typing import Protocol


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
    so many a second lets a burst through at once and then makes wait; publishers mind bursts.
    """

    def __init__(self, clock: Clock, pause: float, last: dt.datetime | None) -> None:
        """Begin; `last` is when the source was last asked, by an earlier run."""
        self._clock = clock
        self._pause = pause
        self._last: float | None = None
        if last is not None:
            ago = max(0.0, (clock.now() - last).total_seconds())
            self._last = clock.monotonic() - ago

    def wait(self) -> None:
        """Wait until the next request may be made, which is made then."""
        now = self._clock.monotonic()
        if self._last is not None and (left := self._last + self._pause - now) > 0:
            self._clock.sleep(left)
            now = self._clock.monotonic()
        self._last = now


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
