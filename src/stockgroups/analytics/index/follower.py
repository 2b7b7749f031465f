"""An index that follows the database: a thread listens, reads the changes, and swaps the index."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

from stockgroups.analytics.index.build import catch_up, find_suspects, read_index
from stockgroups.analytics.index.watcher import Watcher
from stockgroups.errors import StaleError

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.analytics.index.index import Index
    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Target
    from stockgroups.store import Store


class Follower(Watcher):
    """Keeps an index of an environment up to date.

    Read `current` once for each piece of work: it is one immutable index, and the next change makes
    another one. All members are thread-safe.

    Each load sends a notification (LISTEN). Behind a pooler and on a standby server this does not
    work, and the version is read every second (`is_polling`).

    Other programs' writes to the shared tables send no notification. So all groups are compared
    with the tables when a connection is opened, and every five seconds. If a comparison takes
    longer than 50 ms, the next one follows after a hundred times as long.

    Attributes:
        error: The reason why the database cannot be reached or read at present, else None.
        is_polling: Whether it polls instead of listening.
        checked_at: The time at which the index last had all loads.
        compared_at: The time at which the index last had other programs' writes, too.
    """

    def __init__(self, target: Target, load_catalog: Callable[[], Catalog]) -> None:
        """Read the index and start the thread; see `Database.follow`."""
        self._load_catalog = load_catalog
        self._current: Index | None = None
        super().__init__(target, "the index is")
        with self._changed:
            self._changed.wait_for(lambda: self._current or self.error or self._has_ended)
        if self._current is None:
            self.close()
            raise self.error or StaleError("the index could not be read", where=str(target))

    def __repr__(self) -> str:
        state = f"may be stale since {self.stale_since}" if self.is_stale else "follows"
        return f"<Follower of {self._target}: version {self.current.version}, {state}>"

    @property
    def current(self) -> Index:
        """The newest index."""
        assert self._current is not None  # noqa: S101 - the constructor waits for it
        return self._current

    def wait(self, version: int, timeout: float | None = None) -> Index:
        """Return the index as soon as it has a version; `Database.version` is the present one.

        Raises StaleError after `timeout` seconds (None: never), and if the follower has ended.
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
            what = f"version {version} will not arrive: nothing follows the database any more"
            remedy = "open another follower; each process needs its own"
        else:
            what = f"version {version} did not arrive within {timeout} s"
            remedy = str(self.error) if self.error else "wait longer"
        raise StaleError(what, where=f"index of version {index.version}", remedy=remedy)

    @property
    def _version(self) -> int:
        return self.current.version

    def _read(self, store: Store) -> None:
        index = self._current
        begun, begun_at = time.monotonic(), dt.datetime.now(dt.UTC)
        compares = begun >= self._compare_at
        suspects = find_suspects(store, index) if index and compares else ()
        took = time.monotonic() - begun
        fresh = catch_up(store, index, suspects) if index else read_index(store, self._load_catalog)
        with self._changed:
            self._current = fresh
            self._take(begun, begun_at, took if compares else None)
