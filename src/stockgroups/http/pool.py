"""A pool of open, read-only connections; each serves one request at a time."""

from __future__ import annotations

import selectors
from typing import TYPE_CHECKING, Any, TypeVar

from psycopg_pool import ConnectionPool

from stockgroups.api import Database
from stockgroups.catalog import load_catalog
from stockgroups.db.connection import Connection, find_target, open_target
from stockgroups.db.errors import translate_errors
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import ask_again, reading
from stockgroups.errors import DatabaseError, StockgroupsError
from stockgroups.http.limits import ANSWER_SECONDS, WAIT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.db.connection import Target
    from stockgroups.settings import Settings


_T = TypeVar("_T")
_SQL = load_statements("http")


class _Opened(Connection):
    """A connection that the pool opens in the same way as every command."""

    @classmethod
    def connect(cls, conninfo: str = "", **how: Any) -> Any:
        """Open the target; the pool calls this method."""
        del conninfo
        connection = open_target(how["target"], read_limit=ANSWER_SECONDS)
        if not getattr(connection, "is_pooled", False):
            connection.execute(_SQL["prefer_indexes"])
        return connection


def _check(connection: Connection) -> None:
    """Raise if the connection is lost.

    A query is sent only if the server has sent data meanwhile, as it does when it ends a
    connection.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        if selector.select(0):
            ConnectionPool.check_connection(connection)


class Pool:
    """Connections to one environment, with its catalogue, which is read once."""

    def __init__(self, settings: Settings, size: int) -> None:
        """Open one connection, and up to `size` as they are needed.

        Raises:
            DatabaseError: The database cannot be used.
        """
        self.target: Target = find_target(settings)
        self._settings = settings
        self._catalog = load_catalog(settings.catalog_dir)
        with translate_errors(str(self.target)):
            open_target(self.target).close()  # reports a problem at once
        self._pool: ConnectionPool[Any] = ConnectionPool(
            connection_class=_Opened,
            kwargs={"target": self.target},
            min_size=1,
            max_size=size,
            timeout=WAIT_SECONDS,
            check=_check,
            name="stockgroups",
            open=True,
        )

    def ask(self, question: Callable[[Database, int], _T]) -> _T:
        """Return the answer to a question.

        Args:
            question: Takes a database in a transaction that reads one state, and the version of
                that state. It may be called again.

        Raises:
            DatabaseError: No connection becomes free in time, or a statement takes too long.
        """
        with translate_errors(str(self.target)):
            return ask_again(lambda: self._ask_once(question))

    def _ask_once(self, question: Callable[[Database, int], _T]) -> _T:
        refused: StockgroupsError | None = None
        with self._pool.connection() as connection, reading(connection):
            db = Database.on(connection, self._settings, self.target, self._catalog)
            try:
                return question(db, db.version())
            except DatabaseError:
                raise
            except StockgroupsError as error:
                refused = error  # after a rollback, the driver prepares every statement anew
        try:
            raise refused
        finally:
            del refused  # its traceback holds this frame: no cycle of references

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()
