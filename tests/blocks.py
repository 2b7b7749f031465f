"""What the server does for a statement: the blocks that it reads, and its plan, without a clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stockgroups.db.connection import Connection


def count_blocks(connection: Connection, statement: bytes, parameters: Mapping[str, Any]) -> int:
    """Carry the statement out, and return the number of blocks that it read or wrote."""
    plan = read_plan(connection, statement, parameters)
    kinds = ("Shared Hit", "Shared Read", "Temp Read", "Temp Written")
    return sum(int(plan[f"{kind} Blocks"]) for kind in kinds)


def read_plan(
    connection: Connection, statement: bytes, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Carry the statement out, and return its plan with what each step did."""
    explained = b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + statement
    row = connection.execute(explained, parameters).fetchone()
    assert row is not None
    plan: dict[str, Any] = row[0][0]["Plan"]
    return plan
