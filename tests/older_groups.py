"""Groups written and read by another program, in plain SQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from commands import Answer, Command

HEAD = "fund,date,symbol,weight\n"
Sql = Callable[..., list[tuple[Any, ...]]]


def put_group(
    sql: Sql,
    kind: str,
    name: str,
    members: Mapping[str, Any],
    *,
    metadata: Mapping[str, Any] | None = None,
    description: str | None = None,
    day: str = "2025-12-01",
) -> int:
    """Upsert a group and replace its members, as an older loader does; return its number.

    A member maps to its weight, or to (weight, metadata).
    """
    number = sql(
        "INSERT INTO definition_groups (name, type, environment, description, metadata,"
        " updated_at, last_update) VALUES (%s, %s, 'TEST', %s, %s, %s, %s)"
        " ON CONFLICT (name, type, environment) DO UPDATE SET description = excluded.description,"
        " metadata = excluded.metadata, updated_at = excluded.updated_at RETURNING id",
        name, kind, description, None if metadata is None else json.dumps(metadata), day, day,
    )[0][0]  # fmt: skip
    sql("DELETE FROM group_memberships WHERE group_id = %s", number)
    for symbol, said in members.items():
        weight, told = said if isinstance(said, tuple) else (said, None)
        sql(
            "INSERT INTO group_memberships (group_id, symbol, weight, metadata, added_at,"
            " updated_at) VALUES (%s, %s, %s, %s, %s, %s)",
            number, symbol, weight, None if told is None else json.dumps(told), day, day,
        )  # fmt: skip
    return int(number)


def get_members(sql: Sql, name: str, kind: str = "ETF") -> dict[str, tuple[Any, Any]]:
    """Return weight and metadata of a group's members, by symbol."""
    rows = sql(
        "SELECT m.symbol, m.weight::float8, m.metadata FROM group_memberships m"
        " JOIN definition_groups g ON g.id = m.group_id"
        " WHERE g.name = %s AND g.type = %s AND g.environment = 'TEST' ORDER BY 1",
        name, kind,
    )  # fmt: skip
    return {symbol: (weight, metadata) for symbol, weight, metadata in rows}


def get_group(sql: Sql, name: str, kind: str = "ETF") -> tuple[Any, ...] | None:
    """Return a group's own row."""
    rows = sql(
        "SELECT description, metadata, liquidity_filter, updated_at, last_update"
        " FROM definition_groups WHERE name = %s AND type = %s AND environment = 'TEST'",
        name, kind,
    )  # fmt: skip
    return rows[0] if rows else None


def write_file(folder: Path, fund: str, day: str, members: dict[str, float]) -> None:
    """Write a holdings file of a plain layout."""
    folder.mkdir(exist_ok=True)
    rows = [f"{fund},{day},{symbol},{weight * 100:.4f}%" for symbol, weight in members.items()]
    (folder / f"{fund}_{day}.csv").write_text(HEAD + "\n".join(rows) + "\n")


def load(command: Command, folder: Path, *words: str) -> Answer:
    """Load a folder; fail if a file is refused."""
    answer = command("load", "--holdings-dir", folder, *words)
    assert answer.status == 0, answer.err
    return answer
