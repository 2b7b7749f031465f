"""A load changes what it was asked to change; what another program wrote is recorded first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from commands import Command
from older_groups import Sql, get_group, get_members, load, put_group, write_file
from older_tables import put_entry
from stockgroups.db.connection import Target

THEIRS = {"total_holdings": 2, "data_source": "theirs", "last_updated": "2025-12-01", "etag": "x1"}


def last_load(command: Command, kind: str = "load") -> int:
    return int(next(x["load"] for x in command("loads", "--json").json if x["kind"] == kind))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_file(tmp_path / "files", "QQQ", "2026-01-05", {"AAPL": 0.6, "MSFT": 0.4})
    return tmp_path / "files"


def test_a_load_of_one_fund_leaves_the_words_of_all_others(
    sql: Sql, command: Command, folder: Path
) -> None:
    for name in ("QQQ", "SPY", "DIA"):
        members = {"AAPL": 0.5, "META": 0.3, "BRK-B": 0.2}
        put_group(sql, "ETF", name, members, metadata=THEIRS, description=f"my {name}")
    command("db", "upgrade")
    before = {name: (get_group(sql, name), get_members(sql, name)) for name in ("SPY", "DIA")}
    old = get_group(sql, "QQQ"), get_members(sql, "QQQ")
    load(command, folder, "--etf", "QQQ", "--accept", "shrink")
    assert {n: (get_group(sql, n), get_members(sql, n)) for n in before} == before
    new = get_group(sql, "QQQ")
    assert new is not None
    assert old[0] is not None
    assert new[1]["data_source"] != "theirs"
    assert "etag" not in new[1]
    assert set(get_members(sql, "QQQ")) == {"AAPL", "MSFT"}
    taken = command("rollback", last_load(command))
    assert taken.status == 0, taken.err
    restored = get_group(sql, "QQQ")
    assert restored is not None
    assert restored[:3] == old[0][:3]
    assert get_members(sql, "QQQ") == old[1]


def test_a_load_of_everything_leaves_funds_without_a_file(
    sql: Sql, command: Command, folder: Path
) -> None:
    put_group(sql, "ETF", "SPY", {"AAPL": 0.5}, metadata=THEIRS, description="mine")
    command("db", "upgrade")
    before = get_group(sql, "SPY"), get_members(sql, "SPY")
    load(command, folder)
    assert (get_group(sql, "SPY"), get_members(sql, "SPY")) == before


def test_newer_rows_of_another_program_are_named_recorded_and_brought_back(
    sql: Sql, command: Command, folder: Path
) -> None:
    command("db", "upgrade")
    load(command, folder)
    theirs = {"AAPL": (0.5, {"lot": 7}), "NVDA": (0.3, None), "TSLA": (0.2, {"src": "x"})}
    put_group(sql, "ETF", "QQQ", theirs, metadata={"checksum": "abc", "row_count": 3, "note": "n"})
    answer = load(command, folder)
    assert "QQQ: another program had written it (3 members)" in answer.err
    assert "dropped from its metadata" in answer.err
    assert get_members(sql, "QQQ") == {"AAPL": (0.6, {"lot": 7}), "MSFT": (0.4, None)}
    group = get_group(sql, "QQQ")
    assert group is not None
    assert group[1]["note"] == "n"
    assert {"checksum", "row_count"}.isdisjoint(group[1])
    assert sql("SELECT count(*) FROM stockgroups.snapshots WHERE source = 'external'") == [(1,)]
    assert "Nothing changed" in load(command, folder).out
    taken = command("rollback", last_load(command))
    assert taken.status == 0, taken.err
    assert get_members(sql, "QQQ") == theirs
    group = get_group(sql, "QQQ")
    assert group is not None
    assert (group[1]["checksum"], group[1]["row_count"]) == ("abc", 3)


def test_so_they_are_where_a_proxy_stands(sql: Sql, command: Command) -> None:
    command("db", "upgrade")
    assert command("load", "--etf", "DIA").status == 0
    ours = get_members(sql, "DIA")
    theirs: dict[str, Any] = {"IBM": (0.6, None), "AAPL": (0.4, None)}
    put_group(sql, "ETF", "DIA", theirs)
    answer = command("load", "--etf", "DIA")
    assert "another program had written it" in answer.err
    assert get_members(sql, "DIA") == ours
    assert command("rollback", last_load(command)).status == 0
    assert get_members(sql, "DIA") == theirs


def test_what_they_write_in_their_own_groups_stays(
    sql: Sql, command: Command, folder: Path
) -> None:
    put_group(sql, "ETF", "SPY", {"AAPL": 0.5}, metadata=THEIRS)
    command("db", "upgrade")
    put_group(sql, "ETF", "SPY", {"AAPL": 0.4, "GE": 0.6}, metadata=THEIRS, day="2025-12-09")
    before = get_group(sql, "SPY"), get_members(sql, "SPY")
    load(command, folder)
    assert (get_group(sql, "SPY"), get_members(sql, "SPY")) == before
    sources = sql(
        "SELECT s.source, s.as_of::text FROM stockgroups.snapshots s JOIN"
        " stockgroups.group_registry r ON r.id = s.group_id WHERE r.name = 'SPY' ORDER BY s.id"
    )
    assert sources == [("adopted", "2025-12-01"), ("external", "2025-12-09")]


def test_their_themes_are_recorded_before_the_catalogue_replaces_them(
    sql: Sql, command: Command
) -> None:
    put_group(sql, "THEME", "crypto_miners", {"XYZ": (None, {"why": "mine"})}, description="mine",
              metadata={"selection_criteria": "my own"})  # fmt: skip
    put_group(sql, "THEME", "my_theme", {"ABC": (0.5, {"why": "so"})}, description="only mine")
    command("db", "upgrade")
    put_group(sql, "THEME", "my_theme", {"ABD": (0.5, {"why": "so"})}, description="only mine")
    before = [(get_group(sql, n, "THEME") or ())[:2] for n in ("crypto_miners", "my_theme")]
    answer = command("organize-universe")
    assert answer.status == 0
    assert "THEME crypto_miners: replaced what another program had written: members" in answer.err
    assert get_group(sql, "my_theme", "THEME") is None
    for entry in command("loads", "--json").json:
        if entry["kind"] == "organize-universe":
            assert command("rollback", entry["load"]).status == 0
    assert get_members(sql, "crypto_miners", "THEME") == {"XYZ": (None, {"why": "mine"})}
    assert get_members(sql, "my_theme", "THEME") == {"ABD": (0.5, {"why": "so"})}
    after = [(get_group(sql, n, "THEME") or ())[:2] for n in ("crypto_miners", "my_theme")]
    assert after[0] == before[0]
    assert after[1][0] == "only mine"


def test_a_refused_file_leaves_members_and_words_as_they_are(
    sql: Sql, command: Command, folder: Path
) -> None:
    put_group(sql, "ETF", "SPY", {"AAPL": 0.5, "GE": 0.5}, metadata=THEIRS, description="mine")
    command("db", "upgrade")
    load(command, folder, "--no-proxies")
    sql("UPDATE group_memberships SET weight = 0.5")
    sql("UPDATE definition_groups SET description = 'theirs' WHERE name = 'QQQ'")
    before = [(get_group(sql, name), get_members(sql, name)) for name in ("QQQ", "SPY")]
    for fund in ("QQQ", "SPY"):
        path = folder / f"{fund}_2026-02-05.csv"
        path.write_text(f"fund,date,symbol,weight\n{fund},2026-02-05,AAPL,40\n,,no symbol,60\n")
    loads = len(command("loads", "--json").json)
    for words in (("--dry-run",), (), ()):
        refused = command("load", "--no-proxies", "--holdings-dir", folder, *words)
        assert refused.status == 1
        assert "✗ Left SPY as it was" in refused.lines
        assert "✗ Left QQQ as it was" in refused.lines
        assert "another program" not in refused.err
    assert [(get_group(sql, n), get_members(sql, n)) for n in ("QQQ", "SPY")] == before
    assert len(command("loads", "--json").json) == loads


def test_words_of_others_that_are_replaced_are_told_with_the_way_back(
    sql: Sql, command: Command, folder: Path
) -> None:
    words = {"industries": ["Oil"], "colour": "red"}
    put_group(sql, "SECTOR", "energy", {}, metadata=words, description="my words")
    put_group(sql, "THEME", "gold_miners", {"NEM": None}, description="my gold")
    put_group(sql, "ETF", "QQQ", {"AAPL": 0.5, "MSFT": 0.5}, description="my fund")
    command("db", "upgrade")
    sectors = command("organize-sectors")
    (line,) = [one for one in sectors.err.splitlines() if one.startswith("! SECTOR energy")]
    assert "'my words', industries; `stockgroups rollback" in line
    assert "SECTOR" not in command("organize-sectors").err
    command("build-metadata")
    assert "THEME gold_miners" in command("organize-universe", "--dry-run").err
    themes = command("organize-universe", "--json").json
    (told,) = [one for one in themes["replaced"] if one["name"] == "gold_miners"]
    assert (told["words"], told["members_of"]) == ({"description": "my gold"}, "2025-12-01")
    assert "'my fund'" in load(command, folder).err
    undo = line.split("`")[1].split()[1:]
    taken = command(*undo)
    assert (taken.status, taken.err) == (0, "")
    group = get_group(sql, "energy", "SECTOR")
    assert group is not None
    assert (group[0], group[1]["industries"]) == ("my words", ["Oil"])


def test_a_migration_replaces_no_newer_words_and_tells_what_it_replaces(
    sql: Sql, command: Command, older: Target
) -> None:
    put_group(sql, "ETF", "SPY", {"AAPL": 0.5}, metadata=THEIRS, description="newer words")
    put_group(sql, "THEME", "pets", {"CHWY": None}, description="older words")
    with psycopg.connect(older.url) as theirs:
        fund = {"holdings": ["AAPL"], "market_cap_threshold": 5e9, "last_updated": "2025-11-05"}
        put_entry(theirs, "etf_holdings", "SPY", fund, name="older name")
        theme = {"symbols": ["CHWY", "ZTS"], "description": "newer words"}
        put_entry(theirs, "theme_definition", "pets", theme)
    command("db", "upgrade")
    planned = command("migrate", "--dry-run", "--verbose")
    assert "✓" not in planned.out
    assert "[DRY-RUN] Would migrate etf_holdings 'SPY' (entry 1) to ETF SPY" in planned.out
    done = command("migrate")
    assert done.status == 0
    fund_now = get_group(sql, "SPY")
    assert fund_now is not None
    assert fund_now[0] == "newer words"
    assert {k: v for k, v in fund_now[1].items() if k in THEIRS} == THEIRS
    assert fund_now[2]["market_cap_threshold"] == 5e9  # nobody had said one
    (line,) = [one for one in done.err.splitlines() if one.startswith("! ")]
    assert line.startswith("! THEME pets: replaced what another program had written: members")
    assert "'older words'; `stockgroups migrate --rollback" in line


def test_a_load_leaves_the_words_of_entries_that_count(
    sql: Sql, command: Command, older: Target, folder: Path
) -> None:
    with psycopg.connect(older.url) as theirs:
        put_entry(theirs, "etf_holdings", "DIA", {"holdings": ["AAPL", "GE"]}, name="my name")
    command("db", "upgrade")
    command("migrate")
    before = get_group(sql, "DIA")
    loaded = load(command, folder)
    assert "✓ Unchanged DIA: 2 holdings" in loaded.lines
    assert get_group(sql, "DIA") == before


def test_a_weight_that_a_person_accepted_fails_no_validation(
    sql: Sql, command: Command, folder: Path
) -> None:
    path = folder / "QQQ_2026-01-05.csv"
    path.write_text("fund,date,symbol,weight\nQQQ,2026-01-05,AAPL,50\n,,MSFT,32\n,,no symbol,18\n")
    command("db", "upgrade")
    load(command, folder, "--accept", "rejected")
    found = command("validate", "--json").json["sections"][0]
    assert found["passed"]
    (told,) = [one for one in found["findings"] if "guard" in one["details"]]
    assert (told["severity"], told["group"]) == ("warning", "QQQ")


def test_words_that_another_program_changed_are_a_finding(sql: Sql, command: Command) -> None:
    command("db", "upgrade")
    command("organize-sectors")
    sql("UPDATE definition_groups SET description = 'x', metadata = '{}' WHERE name = 'energy'")
    findings = command("validate", "--json").json["sections"][2]["findings"]
    (told,) = [one for one in findings if one["group"] == "energy"]
    assert told["severity"] == "warning"
    assert "SECTOR's description, metadata.industries" in told["message"]
    for way in (("--restore",), ()):
        assert command("db", "reconcile", *way).status == 0
        findings = command("validate", "--json").json["sections"][2]["findings"]
        assert not [one for one in findings if one["group"] == "energy"]
        sql("UPDATE definition_groups SET description = 'y' WHERE name = 'energy'")


def test_rows_of_others_are_no_files_that_were_loaded(sql: Sql, command: Command) -> None:
    put_group(sql, "ETF", "SPY", {"AAPL": 0.5, "GE": 0.5})
    command("db", "upgrade")
    before = get_members(sql, "SPY")
    one = command("load", "--etf", "SPY")
    assert one.status == 1
    assert "no holdings file for SPY" in one.err
    assert "its members come from another program and are unchanged" in one.err
    everything = command("load")
    assert everything.status == 0, everything.err
    assert "✓ Inserted DIA: 30 holdings (proxy)" in everything.lines
    assert "✓ Unchanged DIA: 30 holdings (proxy)" in command("load", "--no-proxies").lines
    assert get_members(sql, "SPY") == before


def test_a_universe_of_others_keeps_its_words_and_tells_what_a_list_replaces(
    sql: Sql, command: Command, tmp_path: Path
) -> None:
    command("db", "upgrade")
    put_group(sql, "UNIVERSE", "dow30", {"AAPL": None, "IBM": None}, description="my own")
    command("db", "upgrade")
    organized = command("organize-universe")
    assert "UNIVERSE" not in organized.err
    before = get_group(sql, "dow30", "UNIVERSE")
    assert before is not None
    assert before[0] == "my own"
    path = tmp_path / "list.csv"
    path.write_text("Symbol,Name\nAAPL,Apple Inc\nGE,GE Aerospace\n")
    words = ("load-universe", path, "--universe", "dow30", "--accept", "all", "--as-of")
    older = command(*words, "2025-11-03")
    assert (older.status, older.err) == (0, "")
    assert get_group(sql, "dow30", "UNIVERSE") == before
    sql("DELETE FROM group_memberships WHERE symbol = 'IBM'")
    path.write_text("Symbol,Name\nAAPL,Apple Inc\nMSFT,Microsoft\n")
    newer = command(*words, "2026-11-20", "--json")
    assert newer.status == 0, newer.err
    assert newer.json["outside"][0]["name"] == "dow30"
    assert "another program had written it (1 member)" in newer.err
