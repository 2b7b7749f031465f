"""The epoch: all that answers depend on besides the request, as far as it is known."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.analytics.index.build import read_version
from stockgroups.analytics.index.watcher import Watcher
from stockgroups.db.sql import load_statements
from stockgroups.times import today_utc

if TYPE_CHECKING:
    from stockgroups.db.connection import Target
    from stockgroups.store import Store

_SQL = load_statements("http")
_LOOK_SECONDS = 0.2


class Epoch(NamedTuple):
    """What answers depend on besides the request.

    Attributes:
        version: The version of the environment, which each load raises.
        writings: How often it was found that tables have changed in any other way.
        day: The day, which ages are counted to.
    """

    version: int
    writings: int
    day: dt.date


class Watch(Watcher):
    """Follows the epoch of an environment.

    A load is heard of at once. What other programs write without a word, and a new directory of
    symbols, is found by comparing: see `Watcher`.
    """

    def __init__(self, target: Target) -> None:
        """Start to follow; the epoch is not known before the first reading."""
        self._read_version = -1
        self._writings = 0
        self._mark: Any = None
        self._known: tuple[Epoch | None, float] = (None, 0.0)
        super().__init__(target, "bodies are not cached: the version is")

    @property
    def epoch(self) -> Epoch | None:
        """The present epoch, None where it is not known for certain: then nothing is kept.

        Each request asks for it: what the thread tells is looked at each time, what only the clock
        tells (the day, and whether the thread is late or gone) a few times in a second.
        """
        known, until = self._known
        if (
            known is not None
            and time.monotonic() < until
            and known.version == self._read_version
            and known.writings == self._writings
            and self._heard_at is None
            and self.error is None
            and self._mark is not None
            and not (self.is_polling or self._has_ended)
        ):
            return known
        now = time.monotonic()
        if self.is_polling or self.stale_since is not None or self._mark is None:
            return None
        epoch = Epoch(self._read_version, self._writings, today_utc())
        self._known = (epoch, now + _LOOK_SECONDS)
        return epoch

    def wait(self, version: int, timeout: float) -> bool:
        """Return whether an epoch of a version is known, at the latest after so many seconds."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._read_version >= version and self.epoch is not None, timeout
            )

    @property
    def _version(self) -> int:
        return self._read_version

    def _hear(self, version: int) -> None:
        # It is the epoch at once: nobody waits for the reading that follows, which takes it back
        # where it was no load that told it.
        with self._changed:
            self._read_version = version
            self._changed.notify_all()

    def _read(self, store: Store) -> None:
        begun, begun_at = time.monotonic(), dt.datetime.now(dt.UTC)
        version = read_version(store)
        compares = begun >= self._compare_at and not self.is_polling
        with self._changed:
            if not self._compare_at:  # a new connection, and perhaps a database that was restored
                self._mark = None
            self._read_version = version
            self._take(begun, begun_at, None)
        if compares:
            begun, begun_at = time.monotonic(), dt.datetime.now(dt.UTC)
            mark = store.connection.execute(_SQL["read_mark"]).fetchone()
            with self._changed:
                self._writings += mark != self._mark
                self._mark = mark
                self._compare_later(begun, begun_at, time.monotonic() - begun)
                self._changed.notify_all()
