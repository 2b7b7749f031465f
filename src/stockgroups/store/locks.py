"""Keeping other programs' writes out of a load, without ever making one of them fail."""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING

from psycopg import errors as pg

from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from stockgroups.db.connection import Connection

_SQL = load_statements("store")
# A server looks for deadlocks after a second of waiting (deadlock_timeout), and ends one of those
# that wait in a circle. Who gives up sooner is never the cause that another program is ended.
_SHORT, _LONG = "700ms", "5s"
_SHORT_TRIES = 10


def hold_tables(connection: Connection) -> None:
    """Lock groups and memberships against all writers, before anything is read that is acted on.

    Readers go on. Programs that write row by row wait until the open transaction ends; those that
    are in the middle of a transaction are waited for, a moment at a time. Later tries wait longer:
    the server calls its own vacuum off only then.
    """
    for patience in chain(repeat(_SHORT, _SHORT_TRIES), repeat(_LONG)):
        try:
            with connection.transaction():
                before = connection.execute(_SQL["read_lock_timeout"]).fetchone()
                connection.execute(_SQL["set_lock_timeout"], {"timeout": patience})
                connection.execute(_SQL["lock_tables"])
                assert before is not None  # noqa: S101 - a SELECT of one row
                connection.execute(_SQL["set_lock_timeout"], {"timeout": before[0]})
        except pg.LockNotAvailable:
            continue
        return
