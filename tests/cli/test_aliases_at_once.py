"""The catalogue's aliases apply in any order of commands."""

from __future__ import annotations

import json

import pytest

from commands import Command
from stockgroups.db.connection import Connection
from tables import read_one

ENTRY = {"symbols": ["FB", "AAPL"], "last_updated": "2021-01-04"}
ALIASES = "SELECT count(*) FROM stockgroups.aliases WHERE environment = 'TEST'"


def _write_entry(connection: Connection) -> None:
    connection.execute(
        "INSERT INTO cache_entries (type, name, key, value, environment, updated_at)"
        " VALUES ('stock_universe', 'u', 'u', %s, 'TEST', '2021-01-04')",
        (json.dumps(ENTRY),),
    )


@pytest.mark.parametrize("acts", [("migrate",), ("migrate", "load"), ("load", "migrate")])
def test_migrated_stocks_have_their_symbols_of_today(
    command: Command, connection: Connection, acts: tuple[str, ...]
) -> None:
    _write_entry(connection)
    for act in acts:
        words = ("load", "--etf", "DIA") if act == "load" else (act,)
        answer = command(*words)
        assert (answer.status, answer.err) == (0, "")
    assert command("query", "--universe", "u", "--json").json["symbols"] == ["AAPL", "META"]
    resolved = command("resolve", "FB", "--json").json[0]
    assert resolved["current_symbol"] == "META"
    shadow = command("shadow", "--json")
    assert (shadow.status, shadow.json["differences"]) == (0, [])
    # What another act does later changes nothing.
    version = "SELECT count(*) FROM stockgroups.loads WHERE environment = 'TEST'"
    loads = read_one(connection, version)
    assert command("db", "upgrade").status == 0
    assert read_one(connection, version) == loads
    assert read_one(connection, ALIASES) > 100


def test_adopted_stocks_have_their_symbols_of_today(
    command: Command, connection: Connection
) -> None:
    connection.execute("DELETE FROM stockgroups.aliases")
    connection.execute(
        "INSERT INTO definition_groups (environment, type, name, metadata)"
        " VALUES ('TEST', 'ETF', 'OLDF', '{\"last_updated\": \"2021-01-04\"}')"
    )
    connection.execute(
        "INSERT INTO group_memberships (group_id, symbol) SELECT id, 'FB' FROM definition_groups"
    )
    assert command("db", "upgrade").status == 0
    assert read_one(connection, ALIASES) > 100
