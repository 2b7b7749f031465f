"""An open database, on which questions and acts are run."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Self, TypeVar

from psycopg.pq import TransactionStatus

from stockgroups.db.connection import connect as open_connection
from stockgroups.db.connection import find_target
from stockgroups.db.errors import translate_errors
from stockgroups.db.transactions import ask_again
from stockgroups.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection, Target
    from stockgroups.settings import Settings


_T = TypeVar("_T")
_P = ParamSpec("_P")


class Door(Store):
    """One environment of one open database; its errors are the program's own.

    Attributes:
        settings: The settings in use.
        target: The database and environment, for people.
    """

    def __init__(
        self, settings: Settings, *, check: bool = True, read_limit: int | None = None
    ) -> None:
        """Open the database of the settings.

        Args:
            check: Refuse a schema of another version.
            read_limit: The maximum seconds of a statement, on a connection that cannot write; None:
                the connection may write, without a limit.
        """
        self.settings = settings
        self.target: Target = find_target(settings)
        self._open = ExitStack()
        super().__init__(
            self._open.enter_context(
                open_connection(self.target, check=check, read_limit=read_limit)
            ),
            settings.environment,
            catalog_dir=settings.catalog_dir,
        )

    @classmethod
    def on(
        cls, connection: Connection, settings: Settings, target: Target, catalog: Catalog
    ) -> Self:
        """Return the database on an open connection, which the caller closes."""
        door = cls.__new__(cls)
        door.settings, door.target = settings, target
        door._open = ExitStack()  # noqa: SLF001 - its own
        Store.__init__(door, connection, settings.environment, catalog=catalog)
        return door

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, traceback)

    def __repr__(self) -> str:
        return f"<stockgroups.Database {self.target}>"

    def close(self) -> None:
        """Close the connection."""
        self._open.close()

    def _ask(
        self,
        function: Callable[Concatenate[Store, _P], _T],
        *arguments: _P.args,
        **named: _P.kwargs,
    ) -> _T:
        """Return the answer to a question on this environment; driver errors become our own."""
        if self.connection.info.transaction_status is not TransactionStatus.IDLE:
            return self._act(function, *arguments, **named)  # it stays at the state that it reads
        with translate_errors(str(self.target)):
            return ask_again(lambda: function(self, *arguments, **named))

    def _act(
        self,
        function: Callable[Concatenate[Store, _P], _T],
        *arguments: _P.args,
        **named: _P.kwargs,
    ) -> _T:
        """Run an act on this environment, once; driver errors become our own."""
        with translate_errors(str(self.target)):
            return function(self, *arguments, **named)
