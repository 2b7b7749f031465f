"""The audit: who changed what, when, with which program; one row for each changing transaction."""

from __future__ import annotations

import getpass
import json
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from stockgroups.db.sql import load_statements, only_row
from stockgroups.model import GroupType
from stockgroups.store import Store, execute
from stockgroups.version import VERSION

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from stockgroups.db.connection import Connection

_SQL = load_statements("loads")
_NOTHING: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
MOST_PAYLOAD = 7_000
"""Bytes of the groups in a notification, which PostgreSQL bounds at 8,000 in all."""


@dataclass(frozen=True, slots=True)
class LoadNote:
    """What the audit states about a load besides its changes: its kind, and its arguments.

    `undoes` is the number of the load that this one rolls back, `figures` what its transaction
    changed beside groups, `number` the load's own number if it was reserved before.
    """

    kind: str = "load"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    undoes: int | None = None
    figures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    number: int | None = None


def reserve_load(connection: Connection) -> int:
    """Return the number that the load of this transaction will have."""
    number: int = only_row(connection.execute(_SQL["reserve_load"]))[0]
    return number


def write_load(
    store: Store,
    note: LoadNote,
    changes: Mapping[str, Mapping[str, Any]] = _NOTHING,
    *,
    accepted: frozenset[str] = frozenset(),
    started_at: dt.datetime | None = None,
) -> int:
    """Write the audit row of a load in the load's own transaction; return its number.

    The version of the environment goes up with it. Once the transaction commits, listeners on the
    channel `stockgroups` get a JSON object with the environment, the version, the number of the
    load, and the groups that changed.

    Args:
        note: What the load is.
        changes: The figures of each group that changed, by "TYPE NAME".
        accepted: The guards that were accepted.
        started_at: When it began; None: when the transaction began.
    """
    number = note.number or reserve_load(store.connection)
    info = store.connection.info
    written = execute(
        store,
        _SQL["write_load"],
        id=number,
        kind=note.kind,
        started_at=started_at,
        actor=_actor(),
        program=f"stockgroups {VERSION}",
        target=f"{info.dbname} on {info.host or 'a local socket'}",
        arguments=Jsonb(dict(note.arguments)),
        accepted=sorted(accepted),
        changes=Jsonb({**changes, **note.figures}),
        undoes=note.undoes,
    )
    row = only_row(written)  # the environment is locked, so that its row is there
    values = {
        "environment": store.environment,
        "version": row[0],
        "load": number,
        "groups": _list_groups(changes),
    }
    store.connection.execute(_SQL["notify"], {"payload": json.dumps(values)})
    return number


def _list_groups(changes: Mapping[str, Mapping[str, Any]]) -> list[list[str]] | None:
    """Return the groups that changed, as pairs of type and name; None if they are many."""
    types = frozenset(kind.value for kind in GroupType)
    pairs = [label.split(" ", 1) for label in sorted(changes)]
    listed = [pair for pair in pairs if pair[0] in types]
    return listed if len(json.dumps(listed)) < MOST_PAYLOAD else None


def _actor() -> str:
    """Return the account that runs the program; a container may have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
