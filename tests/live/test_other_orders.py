"""Acts of this program and of others in orders that nobody planned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from commands import Command
from older_groups import Sql, get_group, get_members, load, put_group, write_file
from older_tables import put_entry
from stockgroups.db.connection import Target, connect
from tables import FILL_RUNS

LISTED = ["AAPL", "MSFT", "XOM"]


def last_load(command: Command, kind: str) -> int:
    return int(next(x["load"] for x in command("loads", "--json").json if x["kind"] == kind))


def find_about(command: Command, name: str) -> list[dict[str, Any]]:
    sections = command("validate", "--json").json["sections"]
    return [f for s in sections for f in s["findings"] if f["group"] == name and f["remedy"]]


def test_a_load_keeps_newer_rows_in_groups_that_it_is_not_about(sql: Sql, command: Command) -> None:
    """The first load brings aliases, which give stocks of other groups another symbol."""
    put_group(sql, "ETF", "XLE", {"FB": None, "XOM": None, "BRK-B": None})
    command("db", "upgrade")
    sql("INSERT INTO group_memberships (group_id, symbol) SELECT id, 'ZZZ' FROM definition_groups")
    before = get_members(sql, "XLE")
    assert command("organize-sectors").status == 0
    assert get_members(sql, "XLE") == before
    assert [f["symbol"] for f in find_about(command, "XLE") if f["check"] == "relationships"] == [
        "ZZZ"
    ]
    assert "+1" in command("db", "reconcile").out
    assert get_members(sql, "XLE") == before


@pytest.mark.parametrize("how", ["emptied", "made again"])
def test_a_group_that_was_emptied_is_filled_by_an_older_file(
    sql: Sql, command: Command, tmp_path: Path, how: str
) -> None:
    put_group(sql, "ETF", "SPY", {"AAPL": 0.5, "GE": 0.5}, day="2025-12-01")
    command("db", "upgrade")
    if how == "emptied":
        sql("DELETE FROM group_memberships")
    else:
        sql("DELETE FROM definition_groups")
        put_group(sql, "ETF", "SPY", {})
    write_file(tmp_path / "files", "SPY", "2026-01-05", {"AAPL": 0.6, "MSFT": 0.4})
    answer = load(command, tmp_path / "files", "--etf", "SPY", "--accept", "shrink")
    assert "2 holdings" in answer.out
    assert set(get_members(sql, "SPY")) == {"AAPL", "MSFT"}
    assert command("rollback", last_load(command, "load")).status == 0
    assert get_members(sql, "SPY") == {}


def test_a_recorded_emptiness_names_the_load_that_recorded_it(sql: Sql, command: Command) -> None:
    put_group(sql, "ETF", "SPY", {"AAPL": 0.5, "GE": 0.5})
    command("db", "upgrade")
    sql("DELETE FROM group_memberships")
    command("db", "reconcile")
    (found,) = find_about(command, "SPY")
    number = last_load(command, "reconcile")
    assert found["remedy"].startswith(f"run `stockgroups rollback {number}`")
    assert command("rollback", number).status == 0
    assert set(get_members(sql, "SPY")) == {"AAPL", "GE"}
    assert "has no holdings" not in command("validate").out


def test_a_fund_of_theirs_that_counts_nothing_fails_no_check(sql: Sql, command: Command) -> None:
    put_group(sql, "ETF", "MINE", {"AAPL": 0.5, "GE": 0.5})
    command("db", "upgrade")
    put_group(sql, "ETF", "MINE", {"AAPL": 0.5, "MSFT": 0.5}, day="2025-12-09")
    command("db", "reconcile")
    sections = command("validate", "--json").json["sections"]
    assert [f for f in sections[0]["findings"] if f["severity"] == "error"] == []


@pytest.mark.parametrize("has_row", [False, True])
def test_a_load_after_a_migration_is_taken_back_after_it(
    sql: Sql, command: Command, older: Target, tmp_path: Path, *, has_row: bool
) -> None:
    if has_row:
        put_group(sql, "ETF", "SPY", {}, metadata={"owner": "me"}, description="mine")
    command("db", "upgrade")
    before = get_group(sql, "SPY")
    with connect(older) as connection:
        connection.execute("SET search_path = public")
        put_entry(connection, "etf_holdings", "SPY", {"holdings": LISTED})
    assert command("migrate").status == 0
    write_file(tmp_path / "files", "SPY", "2026-01-05", {"AAPL": 0.6, "MSFT": 0.4})
    load(command, tmp_path / "files", "--etf", "SPY", "--accept", "shrink")
    assert command("migrate", "--rollback").status == 0
    taken = command("rollback", last_load(command, "load"))
    assert taken.status == 0, taken.err
    assert get_members(sql, "SPY") == {}
    after = get_group(sql, "SPY")
    if before is None:
        assert after is None
    else:
        assert after is not None
        assert after[0] == "mine"
        assert after[1]["owner"] == "me"
    assert command("rollback", last_load(command, "rollback")).status == 0
    assert set(get_members(sql, "SPY")) == {"AAPL", "MSFT"}


def test_a_stock_that_only_a_sector_holds_keeps_its_stay(sql: Sql, command: Command) -> None:
    """What it is is computed anew when a record is amended, as all is."""
    put_group(sql, "ETF", "XLE", {"XOM": None, "BRK.B": None})
    command("db", "upgrade")
    put_group(sql, "SECTOR", "unknown", {"ZZZZ": None, "7203.T": None})
    command("db", "upgrade")
    stays = "SELECT count(*) FROM stockgroups.membership_history"
    assert sql(stays) == [(4,)]
    sql("DELETE FROM definition_groups WHERE name = 'XLE'")
    assert command("db", "reconcile", "--restore").status == 0
    assert sql(stays) == [(4,)]
    assert "Intervals of history that differ: 0" in command("validate").out


def test_an_upgrade_lets_a_universe_follow_its_own_history(
    sql: Sql, command: Command, tmp_path: Path
) -> None:
    """Earlier versions took the members of an index package for the universe's own."""
    command("db", "upgrade")
    assert command("organize-universe").status == 0
    history = tmp_path / "history.csv"
    history.write_text('date,tickers\n2020-01-02,"AAPL,MSFT"\n2024-01-02,"AAPL,NVDA"\n')
    assert command("load-history", history, "--universe", "dow30").status == 0
    package = "source LIKE 'pytickersymbols %%'"
    sql(f"UPDATE stockgroups.snapshots SET is_proxy = false WHERE {package}")
    assert command("db", "rebuild").status == 0
    assert len(get_members(sql, "dow30", "UNIVERSE")) == 30
    sql(f"UPDATE stockgroups.snapshots SET is_proxy = true WHERE {package}")
    sql("DELETE FROM stockgroups.ref_runs")
    sql(FILL_RUNS)
    upgraded = command("db", "upgrade")
    assert "dow30 in TEST uses its own source again" in upgraded.out
    assert set(get_members(sql, "dow30", "UNIVERSE")) == {"AAPL", "NVDA"}
    assert "Intervals of history that differ: 0" in command("validate").out
    assert command("db", "reconcile").out.count("dow30") == 0
    assert "follows" not in command("db", "upgrade").out
