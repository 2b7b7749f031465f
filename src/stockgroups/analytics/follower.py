"""An index that stays as the database is: a thread that listens, reads what changed, and swaps."""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
import time
from typing import TYPE_CHECKING, Self

from psycopg import errors as pg

from stockgroups.analytics.index_build import catch_up, find_suspects, read_index
from stockgroups.db.connection import connect
from stockgroups.errors import StaleError, StockgroupsError
from stockgroups.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from stockgroups.analytics.index import Index
    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection, Target

CHECK_SECONDS = 5.0
"""How often the version is asked for where nothing was heard, and all groups are compared."""
POLL_SECONDS = 1.0
"""How often the version is asked for where nothing can be heard."""
MOST_COMPARING = 0.01
"""The share of the time in which groups are compared; where it takes longer, it is done less often.
"""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 30.0
"""Seconds before the connection is opened again. Each pause is twice the one before."""
STOP_SECONDS = 0.1
"""How long it takes at most until the thread sees that it is to end."""
CLOSE_SECONDS = 5.0
"""How long `close` waits at most for a server that does not answer."""
_LATE = 3 * CHECK_SECONDS
"""After this long without an answer the index may be stale, though no error has come yet."""
_LOG = logging.getLogger(__name__)


class Follower:
    """Keeps an index of an environment that is as the database is.

    Take `current` once for each piece of work: it is one immutable index, and the next change is
    another one. All members may be used from any thread.

    A load is heard of by LISTEN. Where that does not work, behind a pooler and on a standby server,
    the version is asked for every second (`is_polling`). What other programs write into the shared
    tables themselves is not told to anybody. So all groups are compared with the tables when a
    connection is opened and every five seconds; where a comparison takes longer than 50 ms, a
    hundred times as long after the one before.

    Attributes:
        error: Why the database cannot be reached or read at present, else None.
        is_polling: Whether it asks instead of listening.
        checked_at: When the index was last known to have all loads.
        compared_at: When it was last known to have what other programs wrote, too.
    """

    def __init__(self, target: Target, load_catalog: Callable[[], Catalog]) -> None:
        """Read the index and start the thread; see `Database.follow`."""
        self.error: StockgroupsError | None = None
        self.is_polling = False
        self.checked_at = self.compared_at = dt.datetime.now(dt.UTC)
        self._target = target
        self._load_catalog = load_catalog
        self._current: Index | None = None
        self._heard_at: dt.datetime | None = None
        self._checked = time.monotonic()
        self._compare_at = 0.0
        self._pause = FIRST_PAUSE
        self._has_ended = False
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stockgroups follower", daemon=True)
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._current or self.error or self._has_ended)
        if self._current is None:
            self.close()
            raise self.error or StaleError("the index could not be read", where=str(target))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = f"may be stale since {self.stale_since}" if self.is_stale else "follows"
        return f"<Follower of {self._target}: version {self.current.version}, {state}>"

    @property
    def current(self) -> Index:
        """The newest index."""
        assert self._current is not None  # noqa: S101 - the constructor waits for it
        return self._current

    @property
    def is_stale(self) -> bool:
        """Whether loads may have changed the database since `current` was read."""
        return self.stale_since is not None

    @property
    def stale_since(self) -> dt.datetime | None:
        """Since when `current` may not be as the database is, None while it is.

        The connection is lost, a newer version is known and not read yet, or nothing follows: it
        is closed, or this is another process than the one that opened it. What other programs
        wrote since `compared_at` is not told here.
        """
        is_late = time.monotonic() - self._checked > _LATE
        if is_late or self.error is not None or not self._is_following:
            return self.checked_at
        return self._heard_at

    def wait(self, version: int, timeout: float | None = None) -> Index:
        """Return the index as soon as it has a version; `Database.version` tells the present one.

        Raises StaleError after `timeout` seconds (None: never), and where nothing follows any more.
        """
        if self.current.version < version and self._is_following:
            with self._changed:
                self._changed.wait_for(
                    lambda: self.current.version >= version or self._has_ended, timeout
                )
        index = self.current
        if index.version >= version:
            return index
        if not self._is_following:
            what = f"version {version} does not come: nothing follows the database any more"
            remedy = "open another follower; each process needs one of its own"
        else:
            what = f"version {version} is not there after {timeout} s"
            remedy = str(self.error) if self.error else "wait longer"
        raise StaleError(what, where=f"index of version {index.version}", remedy=remedy)

    def close(self) -> None:
        """End the thread and its connection. `current` stays as it is."""
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
            told = error if isinstance(error, StockgroupsError) else _explain_fault(error)
            _LOG.warning("the index is not kept up to date: %s", told)
            with self._changed:
                self.error = told
                self._changed.notify_all()
            self._stop.wait(self._pause)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def _follow(self, connection: Connection) -> None:
        """Keep the index up to date until the thread is to end, or the connection does."""
        store = Store(connection, self._target.environment)
        # Before the first reading: what is loaded after that is heard of.
        self.is_polling = not _listen(connection)
        self._compare_at = 0.0  # it may be another server, or a database that was restored
        while not self._stop.is_set():
            self._read(store)
            if self.is_polling:
                self._stop.wait(POLL_SECONDS)
            else:
                self._listen(connection)

    def _read(self, store: Store) -> None:
        """Take over what changed, in one step."""
        index = self._current
        begun, begun_at = time.monotonic(), dt.datetime.now(dt.UTC)
        compares = begun >= self._compare_at
        suspects = find_suspects(store, index) if index and compares else ()
        took = time.monotonic() - begun
        fresh = catch_up(store, index, suspects) if index else read_index(store, self._load_catalog)
        if compares:
            self._compare_at = begun + max(CHECK_SECONDS, took / MOST_COMPARING)
        with self._changed:
            self._current = fresh
            self._checked, self.checked_at = begun, begun_at
            if compares:
                self.compared_at = begun_at
            self.error = self._heard_at = None
            self._pause = FIRST_PAUSE
            self._changed.notify_all()

    def _listen(self, connection: Connection) -> None:
        """Return once a version is heard of that was not read, or it is time to ask for it."""
        due = time.monotonic() + CHECK_SECONDS
        while not self._stop.is_set() and time.monotonic() < due and self._heard_at is None:
            for notify in connection.notifies(timeout=STOP_SECONDS, stop_after=1):
                if _read_version(notify.payload, self._target.environment) > self.current.version:
                    self._heard_at = dt.datetime.now(dt.UTC)


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
        told = json.loads(payload)
        return int(told["version"]) if told["environment"] == environment else 0
    except (ValueError, TypeError, KeyError):
        return 0  # anybody may notify on the channel
