"""What prints turn out to be, kept in step with the record inside the load's transaction."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stockgroups.db.connection import Connection
    from stockgroups.model import Ref

_SQL = load_statements("identity")


def record_securities(connection: Connection, environment: str, refs: Iterable[Ref]) -> None:
    """Give every symbol that no security has had a security of its own."""
    names = {ref.symbol: ref.name for ref in refs}
    rows = connection.execute(
        _SQL["find_unknown_symbols"], {"environment": environment, "symbols": sorted(names)}
    ).fetchall()
    if not rows:
        return
    with connection.cursor() as cursor:
        with cursor.copy(_SQL["copy_securities"]) as copy:
            for symbol, number in rows:
                copy.write_row((number, environment, symbol, names[symbol]))
        with cursor.copy(_SQL["copy_security_symbols"]) as copy:
            for symbol, number in rows:
                copy.write_row((environment, symbol, dt.date.min, dt.date.max, number))
