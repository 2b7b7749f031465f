"""The epoch: everything that answers depend on besides the request, as far as it is known."""

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
    """Everything that answers depend on besides the request.

    Attributes:
        version: The version of the environment, which each load increases.
        writings: How often the tables were found to have changed in any other way.
        day: Today; ages are counted up to it.
    """

    version: int
    writings: int
    day: dt.date


class Watch(Watcher):
    """Follows the epoch of an environment.

    A load sends a notification. Writes by other programs and new symbol directories send none; they
    are found by comparison: see `Watcher`.
    """

    def __init__(self, target: Target) -> None:
        """Start to follow the epoch, which is unknown until the first reading."""
        self._read_version = -1
        self._writings = 0
        self._mark: Any = None
        self._known: tuple[Epoch | None, float] = (None, 0.0)
        super().__init__(target, "bodies are not cached: the version is")

    @property
    def epoch(self) -> Epoch | None:
        """The present epoch; None if it is not certain, and then nothing is cached.

        Each request reads it. The values of the thread are checked each time. The values that
        depend on the clock (the day, and whether the thread is late or dead) are checked a few
        times a second.
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
        """Wait until an epoch of a version is known, at most `timeout` seconds; return whether."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._read_version >= version and self.epoch is not None, timeout
            )

    @property
    def _version(self) -> int:
        return self._read_version

    def _hear(self, version: int) -> None:
        # The version becomes the epoch at once, so that nobody waits for the next reading. That
        # reading corrects it if the notification did not come from a load.
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
