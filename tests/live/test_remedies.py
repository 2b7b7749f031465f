"""One cause is one finding, and what the finding says to run mends it."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest

from commands import Command
from contents import make_once
from older_groups import Sql, get_members, put_group
from stockgroups.db.connection import Target, connect

COMMAND = re.compile(r"`stockgroups ([^`]+)`")


@pytest.fixture
def ours(sql: Sql, command: Command, older: Target) -> Sql:
    """Everything loaded by this program, and valid."""
    command("db", "upgrade")

    def make() -> None:
        for words in ("load", "organize-sectors", "organize-universe", "build-metadata"):
            assert command(*words.split()).status == 0
        assert errors(command) == []

    with connect(older) as connection:
        make_once(connection, "ours", make)
    return sql


def errors(command: Command) -> list[dict[str, Any]]:
    outcome = command("validate", "--json").json
    found = [f for s in outcome["sections"] for f in s["findings"] if f["severity"] == "error"]
    assert outcome["passed"] is not bool(found)
    return found


CAUSES = {
    "a row appears": (
        "INSERT INTO group_memberships (group_id, symbol) SELECT id, 'INTRUDER'"
        " FROM definition_groups WHERE name = 'DIA'"
    ),
    "a row disappears": "DELETE FROM group_memberships m USING definition_groups g"
    " WHERE g.id = m.group_id AND g.name = 'DIA' AND m.symbol = 'IBM'",
    "a weight is written": "UPDATE group_memberships m SET weight = 0.9 FROM definition_groups g"
    " WHERE g.id = m.group_id AND g.name = 'DIA' AND m.symbol = 'IBM'",
    "a theme's row appears": (
        "INSERT INTO group_memberships (group_id, symbol) SELECT id, 'AAPL'"
        " FROM definition_groups WHERE name = 'crypto_miners'"
    ),
    "a sector's row appears": (
        "INSERT INTO group_memberships (group_id, symbol) SELECT id, 'AAPL'"
        " FROM definition_groups WHERE name = 'energy' AND type = 'SECTOR'"
    ),
    "a sector is deleted": "DELETE FROM definition_groups WHERE name = 'energy'",
    "a fund is deleted": "DELETE FROM definition_groups WHERE name = 'DIA'",
    "a count is written": "UPDATE definition_groups SET metadata = metadata"
    " || '{\"total_holdings\": 7}' WHERE name = 'DIA'",
    "an entry is deleted": "DELETE FROM cache_entries WHERE key = 'IBM'",
    "an entry tells of another fund": "UPDATE cache_entries SET value = jsonb_set(value,"
    " '{member_of_etfs}', value -> 'member_of_etfs' || '[\"XYZ\"]') WHERE key = 'IBM'",
    "an entry tells of a theme": "UPDATE cache_entries SET value = value"
    " || '{\"themes\": [\"gold_miners\"]}' WHERE key = 'IBM'",
    "an entry tells another sector": "UPDATE cache_entries SET value = value"
    " || '{\"sector\": \"energy\"}' WHERE key = 'IBM'",
}


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_is_one_finding_and_its_remedy_mends_it(
    ours: Sql, command: Command, cause: str
) -> None:
    ours(CAUSES[cause])
    found = errors(command)
    limit = 3 if cause == "an entry tells another sector" else 1
    assert 0 < len(found) <= limit, found
    first = COMMAND.findall(str(found[0]["remedy"]))[0]
    done = command(*shlex.split(first))
    assert done.status == 0, (first, done.err)
    assert errors(command) == [], first


def test_the_other_half_of_the_remedy_keeps_what_is_there(ours: Sql, command: Command) -> None:
    ours(CAUSES["a row appears"])
    _, *others = COMMAND.findall(str(errors(command)[0]["remedy"]))
    for other in others:
        assert command(*shlex.split(other)).status == 0
    assert errors(command) == []
    assert "INTRUDER" in get_members(ours, "DIA")


def test_no_text_is_broken(ours: Sql, command: Command) -> None:
    ours("UPDATE stockgroups.snapshots SET member_count = member_count - 1")
    for finding in errors(command):
        assert " ," not in finding["message"]
        assert "  " not in finding["message"]


def facts(command: Command) -> dict[str, Any]:
    sections = command("validate", "--json").json["sections"]
    return {label: value for section in sections for label, value in section["facts"].items()}


def test_nothing_is_left_of_the_integrity_where_every_membership_is_gone(
    ours: Sql, command: Command
) -> None:
    ours("DELETE FROM group_memberships")
    assert facts(command)["Integrity"] == "0.00%"
    ours("DELETE FROM definition_groups")
    assert facts(command)["Integrity"] == "0.00%"


def test_a_sector_called_unknown_is_none(sql: Sql, command: Command) -> None:
    put_group(sql, "ETF", "MINE", {"AAPL": 0.5, "GE": 0.3, "XOM": 0.2})
    command("db", "upgrade")
    for symbol, sector in (("AAPL", "Unknown"), ("GE", "N/A"), ("XOM", "Energy")):
        sql(
            "INSERT INTO cache_entries (type, name, key, value, environment) VALUES"
            " ('stock_metadata', 'theirs', %s, jsonb_build_object('sector', %s::text), 'TEST')",
            symbol,
            sector,
        )
    assert facts(command)["With a sector"] == "1 of 3 (33.3%)"
    command("build-metadata")
    assert facts(command)["With a sector"] == "1 of 3 (33.3%)"


def test_the_order_metadata_sectors_themes_ends_with_themes(sql: Sql, command: Command) -> None:
    put_group(sql, "ETF", "MINE", {"MARA": 0.5, "NVDA": 0.5})
    command("db", "upgrade")
    for words in ("build-metadata", "organize-sectors", "organize-universe"):
        assert command(words).status == 0
    assert "crypto_miners" in command("query", "--stock", "MARA", "--json").json["themes"]
    themes = sql("SELECT value -> 'themes' FROM cache_entries WHERE key = 'MARA'")[0][0]
    assert "crypto_miners" in themes
    assert errors(command) == []


def test_a_restore_brings_back_words_and_metadata(ours: Sql, command: Command) -> None:
    rows = (
        "SELECT type, name, description, metadata - 'last_updated', liquidity_filter"
        " FROM definition_groups ORDER BY 1, 2",
        "SELECT g.type, g.name, m.symbol, m.weight, m.metadata FROM group_memberships m"
        " JOIN definition_groups g ON g.id = m.group_id ORDER BY 1, 2, 3",
    )
    before = [ours(statement) for statement in rows]
    ours("DELETE FROM definition_groups WHERE name IN ('DIA', 'energy')")
    ours("UPDATE definition_groups SET description = 'x', metadata = '{}' WHERE name = 'materials'")
    ours("UPDATE definition_groups SET liquidity_filter = NULL WHERE name = 'QQQ'")
    assert "description, liquidity_filter" not in command("db", "reconcile", "--dry-run").out
    assert command("db", "reconcile", "--restore").status == 0
    assert [ours(statement) for statement in rows] == before
    assert "nothing to reconcile" in command("db", "reconcile").out
