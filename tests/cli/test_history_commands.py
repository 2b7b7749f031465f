"""The commands about the past: what they print, and what they refuse."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from commands import Command, check_refusal
from samples import make_fund, make_snapshot
from stockgroups.db.connection import Connection
from stockgroups.model import Alias
from stockgroups.record.apply import apply
from stockgroups.store import Store
from tables import dump

BEFORE, AFTER = dt.date(2022, 1, 3), dt.date(2023, 1, 3)


@pytest.fixture
def renamed(connection: Connection, store: Store) -> Connection:
    """Two files of SPY around a rename."""
    apply(
        store,
        [
            make_fund(
                "SPY",
                make_snapshot({"AAPL": 0.6, "FB": 0.4}, BEFORE, file_name="spy_2022.csv"),
                make_snapshot({"AAPL": 0.7, "META": 0.3}, AFTER, file_name="spy_2023.csv"),
            )
        ],
        aliases=[Alias("FB", dt.date(2022, 6, 9), "META", "test")],
    )
    return connection


def ask(command: Command, *words: str) -> list[str]:
    answer = command(*words)
    assert (answer.status, answer.err) == (0, "")
    return answer.lines


def test_a_fund_on_a_day(command: Command, renamed: Connection) -> None:
    title, origin, header, _, *rows = ask(command, "query", "--etf", "spy", "--as-of", "2022-12-31")
    assert title == "SPY · SPY Fund"
    assert origin == (
        "2 members on 2022-12-31 · as of 2022-01-03 (362 days before), from hand, spy_2022.csv"
    )
    assert header.split() == ["symbol", "weight", "today"]
    assert [row.split() for row in rows] == [
        ["AAPL", "60.0000", "%"],
        ["FB", "40.0000", "%", "META"],
    ]
    value = command("query", "--etf", "SPY", "--as-of", "2022-12-31", "--json").json
    assert (value["as_of_used"], value["age_days"]) == ("2022-01-03", 362)
    told = value["members"][1]
    assert (told["symbol"], told["reported_symbol"], told["weight"]) == ("META", "FB", 0.4)


def test_a_stock_and_figures_on_a_day(command: Command, renamed: Connection) -> None:
    lines = ask(command, "query", "--stock", "fb", "--as-of", "2022-02-01")
    assert lines[0].startswith("FB (today META) · ")
    assert lines[2] == "names: FB until 2022-06-09, META since 2022-06-09"
    assert "in 1 ETF: SPY" in lines
    told = ask(command, "query", "--stats", "--as-of", "2022-02-01")
    assert told[0] == "Environment TEST on 2022-02-01"
    value = command("query", "--stats", "--as-of", "2022-02-01", "--json").json
    assert value["types"]["ETF"]["memberships"] == 2


def test_what_the_past_cannot_answer_is_refused(command: Command, renamed: Connection) -> None:
    spy = ("query", "--etf", "SPY")
    check_refusal(command(*spy, "--as-of", "2000-01-01"), 1, "its record begins on 2022-01-03")
    check_refusal(command(*spy, "--as-of", "2022-12-31", "--max-age", "30"), 1, "362 days earlier")
    check_refusal(command(*spy, "--as-of", "yesterday"), 2, "--as-of", "is not a date")
    check_refusal(command(*spy, "--known-at", "noon"), 2, "--known-at", "is not a time")
    check_refusal(command(*spy, "--known-at", "2001-01-01"), 1, "nothing was known about SPY")
    check_refusal(command(*spy, "--max-age", "-1"), 2, "less than 0")
    check_refusal(command("query", "--industry", "Banks", "--as-of", "2022-12-31"), 2, "--sector")


def test_changes_of_a_group_and_of_a_stock(command: Command, renamed: Connection) -> None:
    lines = ask(command, "changes", "SPY", "--since", "2022-01-03", "--until", "2023-01-03")
    assert lines[:2] == ["SPY · SPY Fund", "since 2022-01-03"]
    assert lines[3] == "(after 2022-01-03, by 2023-01-03] from hand, spy_2023.csv"
    assert lines[4:] == [
        "  → FB is now META",
        "  ~ AAPL reweighted: 60.0000 % → 70.0000 %",
        "  ~ META reweighted: 40.0000 % → 30.0000 %",
    ]
    value = command("changes", "SPY", "--since", "2022-01-03", "--json").json
    assert [c["symbol"] for c in value["steps"][0]["renamed"]] == ["META"]
    told = ask(command, "changes", "--stock", "META", "--since", "2022-01-03")
    assert "ETF SPY · SPY Fund" in told
    assert told[-2] == "  (after 2022-01-03, by 2023-01-03]: → FB is now META"
    check_refusal(command("changes"), 2, "one group or for one stock")
    check_refusal(command("changes", "SPX"), 1, "no group 'SPX'")
    backwards = ("--since", "2023-01-01", "--until", "2022-01-01")
    check_refusal(command("changes", "SPY", *backwards), 2, "is after")


def test_a_timeline_and_a_source(command: Command, renamed: Connection) -> None:
    lines = ask(command, "timeline", "META")
    assert lines[-1].split() == ["ETF", "SPY", "2022-01-03", "now"]
    value = command("timeline", "META", "--json").json
    assert value["groups"] == [
        {"type": "ETF", "key": "SPY", "valid_from": "2022-01-03", "valid_to": None}
    ]
    lines = ask(command, "source", "SPY", "--as-of", "2022-12-31")
    assert "file: spy_2022.csv" in lines
    assert "effective: 2022-01-03 to 2023-01-03" in lines
    value = command("source", "spy", "--json").json
    assert (value["file"], value["is_proxy"], value["load"]) == ("spy_2023.csv", False, 1)
    assert [source["status"] for source in value["recorded"]] == ["effective", "effective"]


def test_loads_and_rollback(command: Command, renamed: Connection) -> None:
    assert ask(command, "loads")[2].split()[0] == "1"
    before = dump(renamed)
    assert ask(command, "rollback", "1", "--dry-run")[1].startswith("[DRY-RUN] Would revert load 1")
    assert dump(renamed) == before
    lines = ask(command, "rollback", "1")
    assert lines[1].startswith("✓ Reverted load 1 (load of ")
    assert lines[2:] == ["  ETF SPY: deleted"]
    value = command("loads", "--json").json
    assert [(entry["load"], entry["undoes"], entry["undone_by"]) for entry in value][1] == (
        1,
        None,
        value[0]["load"],
    )
    assert [(done["type"], done["name"]) for done in value[1]["changes"]] == [("ETF", "SPY")]
    assert value[1]["changes"][0]["recorded"] == 2
    assert "rollback: reverted by load" in "\n".join(ask(command, "loads", "1"))
    check_refusal(command("rollback", "1"), 1, "cannot be reverted")
    check_refusal(command("loads", "77"), 1, "no load 77")
    check_refusal(command("loads", "--limit", "0"), 2, "--limit")


def test_a_history_and_a_rebuild(command: Command, connection: Connection, tmp_path: Path) -> None:
    path = tmp_path / "past.csv"
    path.write_text('date,tickers\n2000-01-03,AAA\n2001-01-03,"AAA,BBB"\n')
    words = ("load-history", str(path), "--universe", "mine")
    assert ask(command, *words)[-1] == "✓ Recorded 2 dates of mine; 2 symbols now"
    assert ask(command, *words)[-1] == "✓ Unchanged mine: already up to date"
    step = ask(command, "changes", "mine")[3]
    assert step == "on 2001-01-03 from history, past.csv"
    assert ask(command, "db", "rebuild")[-1].endswith("everything matched the record")
    connection.execute("TRUNCATE stockgroups.membership_history")
    assert "✓ Corrected 2 intervals of history" in ask(command, "db", "rebuild")
    value = command("db", "rebuild", "--json").json
    assert (value["groups"], value["snapshots"], value["corrected_intervals"]) == (1, 2, 0)
    path.write_text("what,is,this\n1,2,3\n")
    check_refusal(command(*words), 1, "not a history of members")
    check_refusal(
        command("load-history", str(tmp_path / "none"), "--universe", "m"), 1, "no such file"
    )
