"""The headers of recorded snapshots: what each is of, without what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.db.sql import load_statements
from stockgroups.record.effective import Header, kind_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.model import Snapshot

_SQL = load_statements("history")
FEW = 200
"""So many headers are read sooner than the server finds out which of them are needed."""


def read_headers(
    connection: Connection, registry_ids: Iterable[int], most: int | None = None
) -> dict[int, list[Header]]:
    """Return the headers of all snapshots of the groups, or `most` of them, as recorded."""
    found: dict[int, list[Header]] = {number: [] for number in registry_ids}
    if found:
        for number, *header in connection.execute(
            _SQL["read_headers"], {"registry_ids": list(found), "most": most}
        ):
            found[number].append(Header(*header))
    return found


def read_headers_for(
    connection: Connection,
    registry_ids: Sequence[int],
    snapshots: Sequence[tuple[int, Snapshot]],
    today: dt.date,
) -> dict[int, list[Header]]:
    """Return the headers of groups that a load needs: all where they are few, else those near.

    Args:
        connection: A connection in the load's transaction.
        registry_ids: The groups.
        snapshots: The snapshots that come in, each with its group.
        today: The date of those that have none.
    """
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

    By these the snapshots are known, guarded, effective, and next to others in their series as by
    the headers of all snapshots. How many they are depends on what comes in, not on what is
    recorded.

    Args:
        connection: A connection in the load's transaction.
        registry_ids: The groups.
        snapshots: The snapshots that come in, each with its group.
        today: The date of those that have none.
    """
    found: dict[int, list[Header]] = {number: [] for number in registry_ids}
    if found:
        for number, *header in connection.execute(
            _SQL["read_headers_near"],
            {
                "registry_ids": list(found),
                "group_ids": [number for number, _ in snapshots],
                "kinds": [kind_of(one.source, is_proxy=one.is_proxy) for _, one in snapshots],
                "hashes": [one.sha256 for _, one in snapshots],
                "dates": [one.as_of for _, one in snapshots],
                "today": today,
            },
        ):
            found[number].append(Header(*header))
    return found
