"""SECTOR groups that other programs fill are never emptied by a build."""

from __future__ import annotations

from commands import Command
from older_groups import Sql, get_members, put_group

OIL = {"industry": "Oil & Gas", "note": "theirs"}


def set_up(sql: Sql, command: Command) -> None:
    put_group(sql, "ETF", "SPY", {"XOM": 0.6, "AAPL": 0.4})
    put_group(sql, "SECTOR", "energy", {"XOM": (None, OIL), "CVX": None})
    put_group(sql, "SECTOR", "my_own", {"AAPL": None})
    assert command("db", "upgrade").status == 0


def test_members_that_are_there_stay_through_any_number_of_builds(
    sql: Sql, command: Command
) -> None:
    set_up(sql, command)
    energy, own = get_members(sql, "energy", "SECTOR"), get_members(sql, "my_own", "SECTOR")
    for words in ((), ("--rebuild",), ("--rebuild",)):
        assert command("build-metadata", *words).status == 0
        assert get_members(sql, "energy", "SECTOR") == energy
        assert get_members(sql, "my_own", "SECTOR") == own
    stock = command("query", "--stock", "XOM", "--json").json
    assert (stock["sector"], stock["industry"]) == ("energy", "Oil & Gas")
    assert stock["confidence"] == "kept"
    findings = command("validate", "--json").json["sections"][3]["findings"]
    assert not [f for f in findings if f["symbol"]]


def test_a_member_that_came_later_stays_too_and_one_that_they_took_goes(
    sql: Sql, command: Command
) -> None:
    set_up(sql, command)
    command("build-metadata")
    put_group(sql, "SECTOR", "energy", {"XOM": (None, OIL), "SLB": None})
    for _ in range(2):
        assert command("build-metadata").status == 0
        assert set(get_members(sql, "energy", "SECTOR")) == {"XOM", "SLB"}


def test_a_user_decides_otherwise(sql: Sql, command: Command) -> None:
    set_up(sql, command)
    command("build-metadata")
    decided = command("classify", "override", "XOM", "utilities", "--reason", "as I see it")
    assert decided.status == 0
    command("build-metadata")
    assert set(get_members(sql, "energy", "SECTOR")) == {"CVX"}
    assert set(get_members(sql, "utilities", "SECTOR")) == {"XOM"}
    assert command("classify", "override", "XOM", "--remove", "--reason", "no more").status == 0


def test_a_build_tells_of_rows_that_another_program_changed(sql: Sql, command: Command) -> None:
    set_up(sql, command)
    quiet = command("build-metadata")
    assert "another program" not in quiet.err
    sql("INSERT INTO group_memberships (group_id, symbol) SELECT id, 'NEW' FROM definition_groups"
        " WHERE name IN ('SPY', 'energy')")  # fmt: skip
    told = command("build-metadata", "--json")
    assert told.json["drifted"] == [["ETF", "SPY"]]
    assert "built from members that another program changed: ETF SPY;" in told.err
    assert "SECTOR energy: another program had written it" in told.err
