"""A thread that stays on a connection, and reads again as soon as it hears of a load."""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Self

from psycopg import errors as pg

from stockgroups.db.connection import connect
from stockgroups.errors import StockgroupsError
from stockgroups.store import Store

if TYPE_CHECKING:
    from stockgroups.db.connection import Connection, Target

CHECK_SECONDS = 5.0
"""The interval at which, without notifications, the version is read and all groups are compared."""
POLL_SECONDS = 1.0
"""The interval at which the version is read if notifications cannot be received."""
MOST_COMPARING = 0.01
"""The share of the time in which groups are compared; where it takes longer, it is done less often.
"""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 30.0
"""Seconds before the connection is opened again. Each pause is twice the one before."""
STOP_SECONDS = 0.1
"""The longest time until the thread notices that it must end."""
CLOSE_SECONDS = 5.0
"""The longest wait of `close` for a server that does not answer."""
_LATE = 3 * CHECK_SECONDS
"""The time without an answer after which the index may be stale, even without an error."""
_LOG = logging.getLogger(__name__)


class Watcher(ABC):
    """Follows the version of an environment, with its own connection and thread.

    Each load sends a notification (LISTEN). Behind a pooler and on a standby server this does not
    work, and the version is read every second (`is_polling`). Other programs' writes to the shared
    tables send no notification; each reading after `_compare_at` looks for them. A lost connection
    is opened again.

    Attributes:
        error: The reason why the database cannot be reached or read at present, else None.
        is_polling: Whether it polls instead of listening.
        checked_at: The time at which the data last had all loads.
        compared_at: The time at which the data last had other programs' writes, too.
    """

    def __init__(self, target: Target, name: str) -> None:
        """Start the thread; `name` describes, for people, the data that it keeps up to date."""
        self.error: StockgroupsError | None = None
        self.is_polling = False
        self.checked_at = self.compared_at = dt.datetime.now(dt.UTC)
        self._target = target
        self._name = name
        self._heard_at: dt.datetime | None = None
        self._checked = time.monotonic()
        self._compare_at = 0.0
        self._pause = FIRST_PAUSE
        self._has_ended = False
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stockgroups follower", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def is_stale(self) -> bool:
        """Whether loads may have changed the database since it was read."""
        return self.stale_since is not None

    @property
    def stale_since(self) -> dt.datetime | None:
        """Since when the last reading may be out of date, None while it is not.

        The connection is lost, a newer version is known and not read yet, or nothing follows: it is
        closed, or this is another process than the one that opened it. What other programs wrote
        since `compared_at` does not count here.
        """
        is_late = time.monotonic() - self._checked > _LATE
        if is_late or self.error is not None or not self._is_following:
            return self.checked_at
        return self._heard_at

    def close(self) -> None:
        """End the thread and its connection. What was read stays as it is."""
        if self._is_following:
            self._stop.set()
            self._thread.join(CLOSE_SECONDS)  # a server may be stopped in the middle of an answer

    @property
    def _is_following(self) -> bool:
        # A process that was forked has a copy of this object, and no thread.
        return not self._has_ended and self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._connect()
        finally:
            with self._changed:
                self._has_ended = True
                self._changed.notify_all()

    def _connect(self) -> None:
        """Follow on one connection. Where it is lost, pause."""
        try:
            with connect(self._target, restart=False) as connection:
                self._follow(connection)
        except Exception as error:  # noqa: BLE001 - out of memory, too: nobody else tries again
            fault = error if isinstance(error, StockgroupsError) else _explain_fault(error)
            _LOG.warning("%s not kept up to date: %s", self._name, fault)
            with self._changed:
                self.error = fault
                self._changed.notify_all()
            self._stop.wait(self._pause)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def _follow(self, connection: Connection) -> None:
        """Keep up to date until the thread is to end, or the connection does."""
        store = Store(connection, self._target.environment)
        # Before the first reading, so that every later load sends a notification.
        self.is_polling = not _listen(connection)
        self._compare_at = 0.0  # it may be another server, or a database that was restored
        while not self._stop.is_set():
            self._read(store)
            if self.is_polling:
                self._stop.wait(POLL_SECONDS)
            else:
                self._listen(connection)

    @property
    @abstractmethod
    def _version(self) -> int:
        """The version that was read last."""

    @abstractmethod
    def _read(self, store: Store) -> None:
        """Apply all changes in one step, and report it with `_take`."""

    def _hear(self, version: int) -> None:
        """Note a version from a notification; it is read next."""
        del version
        self._heard_at = dt.datetime.now(dt.UTC)

    def _take(self, begun: float, begun_at: dt.datetime, took: float | None) -> None:
        """Note that the data has the database's state at a time. The caller holds `_changed`.

        Args:
            begun: That time, by `time.monotonic`.
            begun_at: The same time, by the clock.
            took: The seconds of the search for other programs' writes; None: no search.
        """
        if took is not None:
            self._compare_later(begun, begun_at, took)
        self._checked, self.checked_at = begun, begun_at
        self.error = self._heard_at = None
        self._pause = FIRST_PAUSE
        self._changed.notify_all()

    def _compare_later(self, begun: float, begun_at: dt.datetime, took: float) -> None:
        """Note a search for other programs' writes, and plan the next one."""
        self._compare_at = begun + max(CHECK_SECONDS, took / MOST_COMPARING)
        self.compared_at = begun_at

    def _listen(self, connection: Connection) -> None:
        """Return as soon as a notification names an unread version, or a reading is due."""
        due, newest = time.monotonic() + CHECK_SECONDS, 0
        while not self._stop.is_set() and time.monotonic() < due and newest <= self._version:
            for notify in connection.notifies(timeout=STOP_SECONDS, stop_after=1):
                newest = max(newest, _read_version(notify.payload, self._target.environment))
        if newest > self._version:
            self._hear(newest)


def _listen(connection: Connection) -> bool:
    """Listen on the connection; return whether that is possible."""
    if getattr(connection, "is_pooled", False):
        return False  # the session that listens would be another one's in the next transaction
    try:
        connection.execute(b"LISTEN stockgroups")
    except pg.ReadOnlySqlTransaction:
        return False  # a standby server
    return True


def _explain_fault(error: Exception) -> StockgroupsError:
    return StockgroupsError(f"{type(error).__name__}: {error}", where="the thread that follows")


def _read_version(payload: str, environment: str) -> int:
    """Return the version that a notification tells of, 0 for one of something else."""
    try:
        message = json.loads(payload)
        return int(message["version"]) if message["environment"] == environment else 0
    except (ValueError, TypeError, KeyError):
        return 0  # anybody may notify on the channel
