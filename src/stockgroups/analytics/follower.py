"""An index that stays as the database is: a thread that listens, reads what changed, and swaps."""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
import time
from typing import TYPE_CHECKING, Self

from psycopg import errors as pg

from stockgroups.analytics.index_build import catch_up, read_index
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
"""How often the version is asked for where nothing was heard."""
POLL_SECONDS = 1.0
"""How often it is asked for where nothing can be heard."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 30.0
"""Seconds before the connection is opened again. Each pause is twice the one before."""
STOP_SECONDS = 0.1
"""How long it takes at most until the thread sees that it is to end."""
_LATE = dt.timedelta(seconds=3 * CHECK_SECONDS)
"""After this long without an answer the index may be stale, though no error has come yet."""
_LOG = logging.getLogger(__name__)


class Follower:
    """Keeps an index of an environment that is as the database is.

    Take `current` once for each piece of work: it is one immutable index, and the next change is
    another one. All members may be used from any thread.

    A load is heard of by LISTEN. Where that does not work, behind a pooler and on a standby server,
    the version is asked for every second (`is_polling`). What other programs write into the shared
    tables themselves is not told to anybody: it is seen when a load changes the group.

    Attributes:
        error: Why the database cannot be reached or read at present, else None.
        is_polling: Whether it asks instead of listening.
        checked_at: When the index was last known to be as the database is.
    """

    def __init__(self, target: Target, load_catalog: Callable[[], Catalog]) -> None:
        """Read the index and start the thread; see `Database.follow`."""
        self.error: StockgroupsError | None = None
        self.is_polling = False
        self.checked_at = dt.datetime.now(dt.UTC)
        self._target = target
        self._load_catalog = load_catalog
        self._current: Index | None = None
        self._heard_at: dt.datetime | None = None
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
        """Whether the database may have changed since `current` was read."""
        return self.stale_since is not None

    @property
    def stale_since(self) -> dt.datetime | None:
        """Since when `current` may not be as the database is, None while it is.

        The connection is lost, or a newer version is known and not read yet.
        """
        late = dt.datetime.now(dt.UTC) - self.checked_at > _LATE
        if late or self.error is not None or self._has_ended:
            return self.checked_at
        return self._heard_at

    def wait(self, version: int, timeout: float | None = None) -> Index:
        """Return the index as soon as it has a version; `Database.version` tells the present one.

        Raises StaleError after `timeout` seconds, None: never.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self.current.version >= version, timeout):
                raise StaleError(
                    f"version {version} is not there after {timeout} s",
                    where=f"index of version {self.current.version}",
                    remedy=str(self.error) if self.error else "wait longer",
                )
            return self.current

    def close(self) -> None:
        """End the thread and its connection. `current` stays as it is."""
        self._stop.set()
        self._thread.join()

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
        except StockgroupsError as error:
            _LOG.warning("the index is not kept up to date: %s", error)
            with self._changed:
                self.error = error
                self._changed.notify_all()
            self._stop.wait(self._pause)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def _follow(self, connection: Connection) -> None:
        """Keep the index up to date until the thread is to end, or the connection does."""
        store = Store(connection, self._target.environment)
        # Before the first reading: what is loaded after that is heard of.
        self.is_polling = not _listen(connection)
        while not self._stop.is_set():
            self._read(store)
            if self.is_polling:
                self._stop.wait(POLL_SECONDS)
            else:
                self._listen(connection)

    def _read(self, store: Store) -> None:
        """Take over what changed, in one step."""
        index = self._current
        fresh = read_index(store, self._load_catalog) if index is None else catch_up(store, index)
        with self._changed:
            self._current = fresh
            self.checked_at = dt.datetime.now(dt.UTC)
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


def _read_version(payload: str, environment: str) -> int:
    """Return the version that a notification tells of, 0 for one of something else."""
    try:
        told = json.loads(payload)
        return int(told["version"]) if told["environment"] == environment else 0
    except (ValueError, TypeError, KeyError):
        return 0  # anybody may notify on the channel
