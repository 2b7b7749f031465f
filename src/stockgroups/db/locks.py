"""Wait for other programs: for a bounded time, with a message, and without ending any of them.

PostgreSQL looks for deadlocks once a session has waited for `deadlock_timeout`, and ends one of the
sessions that wait in a circle, not always the one that closed it. So this program never holds
something that another program may want while it waits that long itself. All shared tables are
locked before the first row is written; an attempt that does not succeed at once releases everything
and starts again.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from psycopg import errors as pg
from psycopg import sql

from stockgroups.db.sql import load_statements, only_row
from stockgroups.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg

    AnyConnection = psycopg.Connection[Any]

GROUPS = ("definition_groups", "group_memberships")
ENTRIES = ("cache_entries",)

# Readers are not blocked. A weaker mode would admit programs that lock rows (SELECT … FOR UPDATE),
# which would deadlock with this one once they write.
WRITERS = "EXCLUSIVE"
EVERYBODY = "ACCESS EXCLUSIVE"

PATIENCE_SECONDS = 600.0
"""The longest wait for other sessions."""

NOTICE_SECONDS = 3.0
"""The wait after which the blocking sessions are reported."""

PAUSE_SECONDS = 0.05

_SHARE_OF_DEADLOCK_TIMEOUT = 0.7
_VACUUM_MARGIN_MS = 1000

_SQL = load_statements("locks")
_LOG = logging.getLogger(__name__)


def lock_environment(connection: AnyConnection, environment: str) -> None:
    """Lock the environment against its other writers, until the open transaction ends.

    Raises DatabaseError, naming the other writer, after ten minutes.
    """
    where = {"environment": environment}
    waiting = _Waiting(connection, f"environment {environment} was", "name_environment_holder")
    while connection.execute(_SQL["try_environment"], where).fetchone() is None:
        # Without its row, nothing would keep two writers apart.
        connection.execute(_SQL["make_environment"], where)
        waiting.pause(where)


def lock_directories(connection: AnyConnection) -> None:
    """Lock the symbol directories against their other writers, until the transaction ends.

    All environments share them. Raises DatabaseError after ten minutes.
    """
    waiting = _Waiting(connection, "the symbol directories were", "name_directories_holder")
    while connection.execute(_SQL["try_directories"]).fetchone() != (True,):
        waiting.pause({})


def hold_tables(
    connection: AnyConnection, tables: Sequence[str] = GROUPS, *, against: str = WRITERS
) -> None:
    """Lock tables of `public` until the open transaction ends.

    Call it before reading anything that the write depends on. It waits for programs that are in a
    transaction, even if they have only locked rows.

    Args:
        tables: The tables; tables that do not exist are left out.
        against: WRITERS lets readers pass, EVERYBODY blocks them too.

    Raises:
        DatabaseError: It waited ten minutes; the error names the program that holds the tables.
    """
    found, limit = only_row(connection.execute(_SQL["find_tables"], {"tables": list(tables)}))
    tables = [table for table in tables if table in found]
    where = {
        "tables": [f"public.{table}" for table in tables],
        "readers": against == EVERYBODY,
    }
    waiting = _Waiting(connection, "the tables were", "name_holders")
    # While the last table is waited for, the others are held: all waits together stay short.
    short = max(1, int(limit * _SHARE_OF_DEADLOCK_TIMEOUT / max(1, len(tables))))
    while not _try_tables(connection, tables, against, short):
        waiting.report(where)
        if waiting.is_for_upkeep:
            # The server calls its own vacuum off only for somebody who waits longer. Nothing else
            # is held meanwhile.
            for table in tables:
                _try_tables(connection, [table], against, limit + _VACUUM_MARGIN_MS, keep=False)


def _try_tables(
    connection: AnyConnection,
    tables: Sequence[str],
    mode: str,
    milliseconds: int,
    *,
    keep: bool = True,
) -> bool:
    """Lock the tables and return whether that succeeded; without `keep`, release them again.

    Each lock is waited for at most `milliseconds`.
    """
    if not tables:
        return True
    statements = sql.SQL(
        "SET LOCAL lock_timeout = {}; LOCK TABLE {} IN {} MODE; SET LOCAL lock_timeout = 0"
    ).format(
        milliseconds,
        sql.SQL(", ").join(sql.Identifier("public", table) for table in tables),
        sql.SQL(mode),
    )
    try:
        with connection.transaction(force_rollback=not keep):
            connection.execute(statements)
    except pg.LockNotAvailable:
        return False
    return True


class _Waiting:
    """How long and for which session the program has been waiting."""

    def __init__(self, connection: AnyConnection, what: str, who: str) -> None:
        self._connection = connection
        self._what = what
        self._who = _SQL[who]
        self._since = time.monotonic()
        self._is_reported = False
        self.is_for_upkeep = False

    def pause(self, where: Mapping[str, object]) -> None:
        """Wait a moment; see `tell`."""
        time.sleep(PAUSE_SECONDS)
        self.report(where)

    def report(self, where: Mapping[str, object]) -> None:
        """Name the holder in the log if it takes long; raise DatabaseError if it takes too long."""
        waited = time.monotonic() - self._since
        if waited < NOTICE_SECONDS or (self._is_reported and waited < PATIENCE_SECONDS):
            return
        row = self._connection.execute(self._who, where).fetchone()
        holder, self.is_for_upkeep = (None, False) if row is None else row
        holder = holder or "another program"
        if waited >= PATIENCE_SECONDS:
            raise DatabaseError(
                f"{self._what} held for ten minutes by {holder}",
                remedy="end that transaction, or run it again when it has ended; nothing was "
                "changed",
            )
        if not self._is_reported:
            self._is_reported = True
            _LOG.warning("Waiting for %s", holder)
