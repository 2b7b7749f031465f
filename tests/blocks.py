"""What the server does for a statement: the blocks that it reads, and its plan, without a clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
import pytest

from stockgroups.db.connection import Connection


def count_blocks(connection: Connection, statement: bytes, parameters: Mapping[str, Any]) -> int:
    """Carry the statement out, and return the number of blocks that it read or wrote."""
    plan = read_plan(connection, statement, parameters)
    kinds = ("Shared Hit", "Shared Read", "Temp Read", "Temp Written")
    return sum(int(plan[f"{kind} Blocks"]) for kind in kinds)


def record_parameters(monkeypatch: pytest.MonkeyPatch, statement: bytes) -> list[Mapping[str, Any]]:
    """Return a list that gets the parameters of a statement each time that it is executed."""
    recorded: list[Mapping[str, Any]] = []
    execute = psycopg.Connection.execute

    def record(self: Any, query: Any, params: Any = None, **others: Any) -> Any:
        if query == statement:
            recorded.append(params)
        return execute(self, query, params, **others)

    monkeypatch.setattr(psycopg.Connection, "execute", record)
    return recorded


def read_plan(
    connection: Connection, statement: bytes, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Carry the statement out, and return its plan with what each step did."""
    explained = b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + statement
    row = connection.execute(explained, parameters).fetchone()
    assert row is not None
    plan: dict[str, Any] = row[0][0]["Plan"]
    return plan
