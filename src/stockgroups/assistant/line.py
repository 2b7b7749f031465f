"""The connection of the tools: it only reads, and is made again where it was lost."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from stockgroups.api import Database
from stockgroups.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.settings import Settings

_T = TypeVar("_T")
READ_LIMIT = 30
"""Seconds that a statement may take."""


class Line:
    """One connection for all questions, one after the other. Threads may share it."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; `open` or the first question connects."""
        self._settings = settings
        self._lock = Lock()
        self._db: Database | None = None

    def open(self) -> Database:
        """Return the open database; connect where it is not, or no longer."""
        if self._db is None or self._db.connection.closed:
            self.close()
            self._db = Database(self._settings, read_limit=READ_LIMIT)
        return self._db

    def ask(self, question: Callable[[Database], _T]) -> _T:
        """Return the answer to a question. Where the connection is lost, it is asked again."""
        with self._lock:
            db = self.open()
            try:
                return question(db)
            except DatabaseError:
                if not db.connection.closed:
                    raise
            return question(self.open())

    def close(self) -> None:
        """Close the connection."""
        if self._db is not None:
            self._db.close()
            self._db = None
