"""The headers of recorded snapshots: everything about them except their members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.db.sql import load_statements
from stockgroups.record.effective import Header, kind_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.model import Snapshot

_SQL = load_statements("history")
FEW = 200
"""Up to this many headers, reading all of them is faster than finding the needed ones."""


def read_headers(
    connection: Connection, registry_ids: Iterable[int], most: int | None = None
) -> dict[int, list[Header]]:
    """Return the headers of the groups' snapshots in the order of recording, at most `most`."""
    return _read(connection, "read_headers", registry_ids, {"most": most})


def read_headers_for(
    connection: Connection,
    registry_ids: Sequence[int],
    snapshots: Sequence[tuple[int, Snapshot]],
    today: dt.date,
) -> dict[int, list[Header]]:
    """Return the headers that a load needs: all if they are few, else `read_headers_near`."""
    found = read_headers(connection, registry_ids, FEW + 1)
    if sum(map(len, found.values())) <= FEW:
        return found
    return read_headers_near(connection, registry_ids, snapshots, today)


def read_headers_near(
    connection: Connection,
    registry_ids: Iterable[int],
    snapshots: Sequence[tuple[int, Snapshot]],
    today: dt.date,
) -> dict[int, list[Header]]:
    """Return the headers of groups that decide what becomes of some snapshots.

    With these headers, the snapshots are known, guarded, effective, and have the same neighbours as
    with the headers of all snapshots. Their number depends on what comes in, not on what is
    recorded.

    Args:
        connection: A connection in the load's transaction.
        registry_ids: The groups.
        snapshots: The incoming snapshots, each with its group.
        today: The date of snapshots that have none.
    """
    parameters = {
        "group_ids": [number for number, _ in snapshots],
        "kinds": [kind_of(one.source, is_proxy=one.is_proxy) for _, one in snapshots],
        "hashes": [one.sha256 for _, one in snapshots],
        "dates": [one.as_of for _, one in snapshots],
        "today": today,
    }
    return _read(connection, "read_headers_near", registry_ids, parameters)


def _read(
    connection: Connection,
    statement: str,
    registry_ids: Iterable[int],
    parameters: Mapping[str, Any],
) -> dict[int, list[Header]]:
    found: dict[int, list[Header]] = {number: [] for number in registry_ids}
    if found:
        rows = connection.execute(_SQL[statement], {"registry_ids": list(found), **parameters})
        for number, *header in rows:
            found[number].append(Header(*header))
    return found
