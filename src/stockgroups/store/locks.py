"""Keeping other programs' writes out of a load, without ever making one of them fail."""

from __future__ import annotations

import logging
from itertools import chain, repeat
from typing import TYPE_CHECKING

from psycopg import errors as pg

from stockgroups.errors import DatabaseError
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from stockgroups.db.connection import Connection

_SQL = load_statements("store")
# A server looks for deadlocks after a second of waiting (deadlock_timeout), and ends one of those
# that wait in a circle. Who gives up sooner is never the cause that another program is ended.
_SHORT, _LONG = "700ms", "5s"
_SHORT_TRIES, _LONG_TRIES = 10, 120

_LOG = logging.getLogger(__name__)


def hold_tables(connection: Connection) -> None:
    """Lock groups and memberships against all writers, before anything is read that is acted on.

    Readers go on. Programs that write row by row wait until the open transaction ends; those that
    are in the middle of a transaction are waited for, a moment at a time, and named in the log when
    it takes long. Later tries wait longer: the server calls its own vacuum off only then. Raises
    DatabaseError, naming them, after ten minutes.
    """
    tries = chain(repeat(_SHORT, _SHORT_TRIES), repeat(_LONG, _LONG_TRIES))
    for number, patience in enumerate(tries, start=1):
        try:
            with connection.transaction():
                before = connection.execute(_SQL["read_lock_timeout"]).fetchone()
                connection.execute(_SQL["set_lock_timeout"], {"timeout": patience})
                connection.execute(_SQL["lock_tables"])
                assert before is not None  # noqa: S101 - a SELECT of one row
                connection.execute(_SQL["set_lock_timeout"], {"timeout": before[0]})
        except pg.LockNotAvailable:
            if number == _SHORT_TRIES:
                _LOG.warning("Waiting for %s", _name_writers(connection))
            continue
        return
    raise DatabaseError(
        f"the tables were held for ten minutes by {_name_writers(connection)}",
        remedy="end that transaction, or run it again when it has ended; nothing was changed",
    )


def _name_writers(connection: Connection) -> str:
    row = connection.execute(_SQL["name_writers"]).fetchone()
    return "another program" if row is None or row[0] is None else str(row[0])
