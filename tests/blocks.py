"""How many blocks of tables and indexes the server reads for a statement: work without a clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stockgroups.db.connection import Connection


def count_blocks(connection: Connection, statement: bytes, parameters: Mapping[str, Any]) -> int:
    """Carry the statement out, and return the number of blocks that it read or wrote."""
    explained = b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + statement
    row = connection.execute(explained, parameters).fetchone()
    assert row is not None
    plan = row[0][0]["Plan"]
    kinds = ("Shared Hit", "Shared Read", "Temp Read", "Temp Written")
    return sum(plan[f"{kind} Blocks"] for kind in kinds)
