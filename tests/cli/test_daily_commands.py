"""The day's work: fetch, load, and what a person does with what was refused."""

from __future__ import annotations

import datetime as dt
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import Command, check_refusal
from fetch.replay import Hands, Replay, Reply, serve
from fetch.test_fetch import ISHARES, holdings
from stockgroups.fetch import run as fetching

NOW = dt.datetime.now(dt.UTC)
DAY = NOW.date() - dt.timedelta(days=2)


@pytest.fixture
def replay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Replay]:
    """Publishers on this machine, from which iShares is fetched into ./holdings."""
    with serve(Hands(NOW)) as found:
        monkeypatch.setenv("FETCH_REPLAY", found.url)
        monkeypatch.setenv("FETCH_SOURCES", "ishares")
        monkeypatch.setenv("HOLDINGS_DIR", str(tmp_path / "holdings"))
        monkeypatch.setattr(fetching, "SystemClock", lambda: found.clock)
        yield found


def test_what_a_guard_refused_is_loaded_as_the_message_says(
    command: Command, replay: Replay, tmp_path: Path
) -> None:
    replay.replies[ISHARES.format(239726)] = Reply(holdings(tmp_path, DAY, count=30))
    fetch = ("fetch", "--accept-terms", "--fund", "IVV")
    assert command(*fetch).status == 0
    assert command("load", "--no-proxies").status == 0
    replay.clock.sleep(86_400)
    replay.replies[ISHARES.format(239726)] = Reply(
        holdings(tmp_path, DAY + dt.timedelta(days=1), count=12)
    )
    refused = command(*fetch)
    assert (refused.status, "less than half of the 30" in refused.err) == (1, True)
    assert command("query", "--etf", "IVV", "--json").json["total_holdings"] == 30
    kept = re.search(r"kept as (\S+)\)", refused.err)
    said = re.search(r"`stockgroups (load --accept [^`]+)`", refused.err)
    assert kept
    assert said
    shutil.copy(tmp_path / "holdings" / kept[1], tmp_path / "holdings")
    answer = command(*shlex.split(said[1]), "--no-proxies")
    assert answer.status == 0, answer.err
    assert command("query", "--etf", "IVV", "--json").json["total_holdings"] == 12


def test_a_day_in_one_command(
    command: Command, replay: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay.replies[ISHARES.format(239726)] = Reply(holdings(tmp_path, DAY, count=30))
    check_refusal(command("refresh"), 2, "you must accept the terms of iShares")
    # Of one fund nothing comes: that is told, and the others are loaded.
    refresh = ("refresh", "--no-proxies", "--accept-terms", "--fund", "IVV", "iwb")
    answer = command(*refresh, "--log-format", "json", "--quiet")
    lines = [json.loads(line) for line in answer.err.splitlines()]
    assert (answer.status, answer.out) == (1, "")
    assert {line["run"] for line in lines} == {lines[0]["run"]}
    assert all(line.keys() == LOG_KEYS for line in lines)
    failed = [line for line in lines if line["level"] == "error"]
    assert [line["step"] for line in failed] == ["fetch"]
    assert failed[0]["message"].startswith("ishares IWB: failed: the publisher has no file there")
    (loaded,) = [line for line in lines if line["step"] == "load"]
    assert loaded["load"] == min(entry["load"] for entry in command("loads", "--json").json)
    # Nothing is downloaded where no source given, and all is well.
    monkeypatch.delenv("FETCH_SOURCES")
    answer = command("refresh", "--no-proxies")
    assert answer.status == 0, answer.out + answer.err
    assert answer.lines[-1] == "✓ Fresh and valid"
    report = command("refresh", "--no-proxies", "--json").json
    assert report["passed"]
    assert [step["step"] for step in report["steps"]] == [
        *("reference", "load", "sectors", "lists", "metadata", "saved", "validate", "freshness")
    ]
    rows = command("refresh", "--no-proxies", "--csv", "--columns", "step,passed").lines
    assert rows[:3] == ["step,passed", "reference,true", "load,true"]
    # A slip in the name of a setting is an error where nobody watches, and so is a lost folder.
    monkeypatch.setenv("HOLDINGS_DRI", "x")
    monkeypatch.delenv("HOLDINGS_DIR")
    check_refusal(command("refresh"), 2, "HOLDINGS_DRI is not a setting; write HOLDINGS_DIR")
    monkeypatch.delenv("HOLDINGS_DRI")
    answer = command("refresh", "--no-proxies", "--holdings-dir", tmp_path / "nowhere")
    assert (answer.status, answer.out.splitlines()[1]) == (2, "✓ reference: nothing new")
    assert "✗ load: " in answer.err
    # So is a limit of age for what there is not, after all of the day's work; `freshness` agrees.
    (tmp_path / "freshness.toml").write_text("[freshness.NOSUCH]\nerror_after = 5\n")
    monkeypatch.setenv("CATALOG_DIR", str(tmp_path))
    answer = command("refresh", "--no-proxies", "--holdings-dir", tmp_path / "holdings")
    assert (answer.status, answer.lines[-1]) == (2, "✗ Problems: freshness")
    told = "NOSUCH is not a type of group, fund of the catalogue or recorded group"
    assert told in answer.err
    check_refusal(command("freshness"), 2, told)


LOG_KEYS = {"time", "level", "run", "load", "step", "message"}
