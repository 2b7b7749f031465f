"""The audit: who changed what, when, with which program. One row for each transaction that did."""

from __future__ import annotations

import getpass
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from stockgroups import __version__
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from stockgroups.db.connection import Connection

_SQL = load_statements("loads")


@dataclass(frozen=True, slots=True)
class LoadNote:
    """What is written of a load besides its changes: its kind, and what it was asked to do.

    `undoes` is the number of the load that this one takes back, `figures` what its transaction
    changed beside groups.
    """

    kind: str = "load"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    undoes: int | None = None
    figures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def reserve_load(connection: Connection) -> int:
    """Return the number that the load of this transaction will have."""
    row = connection.execute(_SQL["reserve_load"]).fetchone()
    assert row is not None  # noqa: S101 - a SELECT of one row
    number: int = row[0]
    return number


def write_load(
    connection: Connection,
    environment: str,
    number: int,
    note: LoadNote,
    started_at: dt.datetime,
    accepted: frozenset[str],
    changes: Mapping[str, Mapping[str, Any]],
) -> None:
    """Write the row of a load in the transaction that it tells of.

    `changes` maps each group that changed to what was done to it, in figures.
    """
    info = connection.info
    connection.execute(
        _SQL["write_load"],
        {
            "id": number,
            "environment": environment,
            "kind": note.kind,
            "started_at": started_at,
            "actor": _actor(),
            "program": f"stockgroups {__version__}",
            "target": f"{info.dbname} on {info.host or 'a local socket'}",
            "arguments": Jsonb(dict(note.arguments)),
            "accepted": sorted(accepted),
            "changes": Jsonb({**changes, **note.figures}),
            "undoes": note.undoes,
        },
    )


def record_load(connection: Connection, environment: str, note: LoadNote) -> int:
    """Write the row of a transaction that changed nothing but what `note` tells; return its number.

    `started_at` is the time of the transaction, which holds the environment's lock.
    """
    number = reserve_load(connection)
    row = connection.execute(_SQL["read_start"]).fetchone()
    assert row is not None  # noqa: S101 - a SELECT of one row
    write_load(connection, environment, number, note, row[0], frozenset(), {})
    return number


def _actor() -> str:
    """Return the account that runs the program; a container may have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
