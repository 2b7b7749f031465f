"""Every load can be taken back, or says truly why not."""

from __future__ import annotations

from typing import Any

from commands import Command, check_refusal
from older_groups import Sql, get_members, put_group
from older_tables import put_funds
from stockgroups.db.connection import Target, connect

STATE = (
    "SELECT json_agg(e ORDER BY id)::text FROM cache_entries e WHERE type = 'stock_metadata'",
    "SELECT json_agg(json_build_array(g.type, g.name, m.symbol, m.weight, m.metadata)"
    " ORDER BY g.type, g.name, m.symbol)::text FROM group_memberships m"
    " JOIN definition_groups g ON g.id = m.group_id",
)


def read_state(sql: Sql) -> list[Any]:
    return [sql(statement) for statement in STATE]


def last_load(command: Command, kind: str) -> int:
    loads = command("loads", "--json").json
    return int(next(load["load"] for load in loads if load["kind"] == kind))


def test_a_build_of_metadata_is_taken_back_and_that_too(sql: Sql, command: Command) -> None:
    put_group(sql, "ETF", "SPY", {"XOM": 0.6, "AAPL": 0.4})
    put_group(sql, "SECTOR", "energy", {"XOM": (None, {"industry": "Oil & Gas"})})
    sql(
        "INSERT INTO cache_entries (type, name, key, value, environment) VALUES"
        " ('stock_metadata', 'theirs', 'XOM', '{\"sector\": \"Oil\", \"pe\": 7}', 'TEST'),"
        " ('stock_metadata', 'theirs', 'GONE', '{\"pe\": 8}', 'TEST')"
    )
    command("db", "upgrade")
    before = read_state(sql)
    assert command("build-metadata", "--rebuild").status == 0
    after = read_state(sql)
    assert after != before
    number = last_load(command, "build-metadata")
    assert command("rollback", number, "--dry-run").status == 0
    assert read_state(sql) == after
    taken = command("rollback", number)
    assert taken.status == 0, taken.err
    assert "3 rows of cache_entries restored" in taken.out
    assert read_state(sql) == before
    assert command("rollback", last_load(command, "rollback")).status == 0
    values = "SELECT key, value FROM cache_entries ORDER BY key"
    assert {row[0] for row in sql(values)} == {"AAPL", "XOM"}
    assert [row[1]["pe"] for row in sql(values) if row[0] == "XOM"] == [7]


def test_an_entry_that_somebody_has_changed_since_stays(sql: Sql, command: Command) -> None:
    put_group(sql, "ETF", "SPY", {"XOM": 0.6, "AAPL": 0.4})
    command("db", "upgrade")
    command("build-metadata")
    sql("UPDATE cache_entries SET value = value || '{\"pe\": 9}' WHERE key = 'XOM'")
    taken = command("rollback", last_load(command, "build-metadata"))
    assert "1 row kept: another build or program has changed" in taken.out
    assert sql("SELECT key, value -> 'pe' FROM cache_entries") == [("XOM", 9)]


def test_every_kind_of_load_is_taken_back_or_says_why_not(
    sql: Sql, command: Command, older: Target
) -> None:
    put_group(sql, "ETF", "SPY", {"XOM": 0.6, "AAPL": 0.4})
    put_group(sql, "THEME", "crypto_miners", {"MARA": None})
    command("db", "upgrade")
    with connect(older) as connection:
        put_funds(connection, ["QQQ"])
    acts: list[tuple[Any, ...]] = [
        ("migrate",),
        ("archive-legacy",),
        ("archive-legacy", "--restore"),
        ("load", "--etf", "DIA"),
        ("build-metadata",),
        ("organize-sectors",),
        ("organize-universe", "--preserve"),
        ("classify", "override", "AAPL", "energy", "--reason", "why not"),
        ("alias", "add", "MARAX", "MARA", "--effective", "2020-01-01", "--source", "me"),
    ]
    for act in acts:
        done = command(*act)
        assert done.status == 0, (act, done.err)
    sql("DELETE FROM group_memberships WHERE symbol = 'XOM'")
    command("db", "reconcile")
    sql("DELETE FROM group_memberships WHERE symbol = 'AAPL'")
    command("db", "reconcile", "--restore")
    sql("DELETE FROM group_memberships WHERE symbol = 'AAPL'")
    command("db", "rebuild")
    kinds: dict[str, int] = {}
    for load in command("loads", "--json", "--limit", "100").json:
        kinds.setdefault(load["kind"], load["load"])
    told = {kind: command("rollback", number) for kind, number in kinds.items()}
    assert {"adopt", "migrate", "archive", "unarchive", "alias", "rebuild"} <= told.keys()
    for kind, answer in told.items():
        if answer.status == 0:
            assert "Reverted load" in answer.out
        else:
            check_refusal(answer, 1, f"({kind}) cannot be reverted: ")
            assert not answer.err.rstrip().endswith("reverted:")


def test_the_members_of_a_sector_come_back_with_their_industries(
    sql: Sql, command: Command
) -> None:
    put_group(sql, "ETF", "SPY", {"XOM": 0.6})
    put_group(sql, "SECTOR", "energy", {"XOM": (None, {"industry": "Oil & Gas"})})
    command("db", "upgrade")
    command("build-metadata")
    before = get_members(sql, "energy", "SECTOR")
    assert before == {"XOM": (None, {"industry": "Oil & Gas"})}
    for act in (("db", "rebuild"), ("db", "reconcile", "--restore")):
        sql("DELETE FROM group_memberships m USING definition_groups g"
            " WHERE g.id = m.group_id AND g.type = 'SECTOR'")  # fmt: skip
        assert command(*act).status == 0
        assert get_members(sql, "energy", "SECTOR") == before


def test_a_group_that_somebody_has_worded_since_stays_without_members(
    sql: Sql, command: Command
) -> None:
    put_group(sql, "ETF", "SPY", {"XOM": 0.6})
    command("db", "upgrade")
    command("classify", "override", "XOM", "energy", "--reason", "I say so")
    command("build-metadata")
    number = last_load(command, "build-metadata")
    command("organize-sectors")
    words = (
        "SELECT description, metadata -> 'industries' FROM definition_groups WHERE name = 'energy'"
    )
    before = sql(words)
    assert before[0][1]
    taken = command("rollback", number)
    assert (
        "! SECTOR energy: kept, without members: its description or metadata has changed since"
    ) in taken.lines
    assert (sql(words), get_members(sql, "energy", "SECTOR")) == (before, {})
    command("load", "--etf", "DIA")
    sql("UPDATE definition_groups SET description = 'theirs' WHERE name = 'DIA'")
    command("rollback", last_load(command, "load"))
    assert sql("SELECT description FROM definition_groups WHERE name = 'DIA'") == [("theirs",)]


def test_a_group_that_was_made_again_goes_again(sql: Sql, command: Command) -> None:
    """Another program deleted a theme, of which the record still tells."""
    count = "SELECT count(*) FROM definition_groups WHERE name = 'crypto_miners'"
    command("db", "upgrade")
    assert command("organize-universe").status == 0
    members = get_members(sql, "crypto_miners", "THEME")
    sql("DELETE FROM definition_groups WHERE name = 'crypto_miners'")
    assert command("organize-universe").status == 0
    assert get_members(sql, "crypto_miners", "THEME") == members
    assert command("rollback", last_load(command, "organize-universe")).status == 0
    assert sql(count) == [(0,)]
    assert command("rollback", last_load(command, "rollback")).status == 0
    assert get_members(sql, "crypto_miners", "THEME") == members
