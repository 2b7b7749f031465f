"""The tools' connection to the database: it only reads, and reconnects if it is lost."""

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
    """One connection for all questions, which run one after the other. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        """Store the settings; `open` or the first question connects."""
        self._settings = settings
        self._lock = Lock()
        self._db: Database | None = None

    def open(self) -> Database:
        """Return the open database; connect if it is not open, or no longer."""
        if self._db is None or self._db.connection.closed:
            self.close()
            self._db = Database(self._settings, read_limit=READ_LIMIT)
        return self._db

    def ask(self, question: Callable[[Database], _T]) -> _T:
        """Return the answer to a question. If the connection is lost, ask once more."""
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
