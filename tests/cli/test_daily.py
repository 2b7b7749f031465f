"""The day's work: fetch, load, and what a person does with what was refused."""

from __future__ import annotations

import datetime as dt
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import Command
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
    kept = re.search(r"\((\S+/refused/\S+)\)", refused.err)
    said = re.search(r"`stockgroups (load --accept [^`]+)`", refused.err)
    assert kept
    assert said
    shutil.copy(kept[1], tmp_path / "holdings")
    answer = command(*shlex.split(said[1]), "--no-proxies")
    assert answer.status == 0, answer.err
    assert command("query", "--etf", "IVV", "--json").json["total_holdings"] == 12
