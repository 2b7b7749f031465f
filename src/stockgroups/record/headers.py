"""The headers of recorded snapshots: what each is of, without what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.db.sql import load_statements
from stockgroups.record.effective import Header

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stockgroups.db.connection import Connection

_SQL = load_statements("history")


def read_headers(connection: Connection, registry_ids: Iterable[int]) -> dict[int, list[Header]]:
    """Return the headers of all snapshots of the groups, in the order of recording."""
    found: dict[int, list[Header]] = {number: [] for number in registry_ids}
    if found:
        for number, *header in connection.execute(
            _SQL["read_headers"], {"registry_ids": list(found)}
        ):
            found[number].append(Header(*header))
    return found
