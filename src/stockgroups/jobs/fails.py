"""Record fails-to-deliver files: their rows, merged into ranges of days."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING

from stockgroups.db.arrays import as_columns
from stockgroups.db.sql import load_statements
from stockgroups.readers.sec.fails import CusipRun, FailsRegister

if TYPE_CHECKING:
    from stockgroups.db.connection import Connection

_SQL = load_statements("directories")


def record_fails(connection: Connection, loaded: FailsRegister) -> None:
    """Merge new files with the recorded ones, in the load's open transaction.

    The order of loading does not change the result.
    """
    recorded = [
        CusipRun(intern(cusip), intern(symbol), first, last, name and intern(name))
        for cusip, symbol, first, last, name in connection.execute(_SQL["read_cusip_runs"])
    ]
    days = [row[0] for row in connection.execute(_SQL["list_fails_files"])]
    runs = FailsRegister([*recorded, *loaded.runs], days).runs
    removed, added = set(recorded).difference(runs), set(runs).difference(recorded)
    if removed:
        keys = as_columns("cusips symbols days", (run[:3] for run in removed))
        connection.execute(_SQL["delete_cusip_runs"], keys)
    with connection.cursor() as cursor, cursor.copy(_SQL["copy_cusip_runs"]) as copy:
        for run in sorted(added, key=lambda run: run[:3]):
            copy.write_row(run)
    columns = as_columns("symbols cusips days is_new", sorted(loaded.changes))
    connection.execute(_SQL["write_cusip_changes"], columns)
    connection.execute(_SQL["analyze_registers"])
