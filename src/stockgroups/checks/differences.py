"""Memberships against the record: member by member, of the groups that a hash shows to differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from stockgroups.db.connection import Connection

_SQL = load_statements("checks")


class RecordDifference(NamedTuple):
    """One member of a group that is not what the snapshot that counts says.

    `is_recorded` and `is_stored` tell on which side it is; the weights are None where it is not.
    """

    type: str
    group: str
    symbol: str
    is_recorded: bool
    is_stored: bool
    weight: float | None
    stored_weight: float | None


def find_record_differences(connection: Connection, environment: str) -> list[RecordDifference]:
    """Return where the memberships are not what the record says, in a transaction that is open."""
    row = connection.execute(
        _state("suspect_groups"), {"environment": environment, "group_ids": None}
    ).fetchone()
    if row is None or row[0] is None:
        return []
    rows = connection.execute(
        _state("record_differences"), {"environment": environment, "group_ids": row[0]}
    )
    return [*map(RecordDifference._make, rows)]


def _state(name: str) -> bytes:
    return b"WITH " + _SQL["printed"] + b"\n" + _SQL[name]
