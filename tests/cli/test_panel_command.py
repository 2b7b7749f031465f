"""`stockgroups panel`, on two small funds and on real files."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Command

FUNDS = {
    "IVV_2026-01-30.csv": {"AAPL": 0.5, "MSFT": 0.3, "XOM": 0.2},
    "IVV_2026-03-31.csv": {"AAPL": 0.6, "JPM": 0.4},
}


def test_the_command_shows_each_date(loaded: Command) -> None:
    shown = loaded("panel", "IVV", "--since", "2025-12-31", "--until", "2026-04-30")
    assert shown.out.splitlines() == [
        "etf:IVV · 5 dates, 4 stocks",
        "etf:IVV: 2 sources of 2026-01-30 to 2026-03-31, from plain, at most 30 days old",
        "! no answer on 1 date (2025-12-31 to 2025-12-31): nothing is recorded for IVV up "
        "to 2025-12-31; its record begins on 2026-01-30",
        "date        stocks  added  removed",
        "──────────  ──────  ─────  ───────",
        "2025-12-31",
        "2026-01-31       3",
        "2026-02-28       3",
        "2026-03-31       2      1        2",
        "2026-04-30       2",
    ]


def test_rows_are_long_or_wide(loaded: Command, tmp_path: Path) -> None:
    asked = ("panel", "IVV", "--since", "2026-02-01", "--until", "2026-03-31")
    rows = loaded(*asked, "--csv", "--columns", "date,symbol,weight").out.splitlines()
    assert rows[:2] == ["date,symbol,weight", "2026-02-28,AAPL,0.5"]
    assert len(rows) == 6
    wide = loaded(*asked, "--wide", "--csv").out.splitlines()
    assert wide == [
        "date,AAPL,JPM,MSFT,XOM",
        "2026-02-28,true,false,true,true",
        "2026-03-31,true,true,false,false",
    ]
    weights = loaded(*asked, "--wide", "--weights", "--tsv").out.splitlines()
    assert weights[2] == "2026-03-31\t0.6\t0.4\t0.0\t0.0"
    told = loaded(*asked, "--json").json
    assert [row["date"] for row in told["members"]] == ["2026-02-28"] * 3 + ["2026-03-31"] * 2
    assert [len(group["snapshots"]) for group in told["groups"]] == [2]
    days = tmp_path / "days.txt"
    days.write_text("2026-03-02\n2026-02-02, 2026-02-03\n")
    listed = loaded("panel", "IVV", "--dates", days, "--csv", "--columns", "date").out.split()
    assert list(dict.fromkeys(listed)) == ["date", "2026-02-02", "2026-02-03", "2026-03-02"]


def test_every_stock_of_a_range(loaded: Command) -> None:
    asked = ("panel", "IVV", "--since", "2026-01-01", "--until", "2026-04-30", "--ever")
    assert loaded(*asked).out.splitlines()[2:] == [
        "! no answer from 2026-01-01 to 2026-01-29: nothing is recorded for IVV up to 2026-01-01; "
        "its record begins on 2026-01-30",
        "symbol  member",
        "──────  ────────────────────────",
        "AAPL    2026-01-30 to 2026-04-30",
        "JPM     2026-03-31 to 2026-04-30",
        "MSFT    2026-01-30 to 2026-03-30",
        "XOM     2026-01-30 to 2026-03-30",
    ]
    assert loaded(*asked, "--json").json["symbols"] == ["AAPL", "JPM", "MSFT", "XOM"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "give --since or --dates"),
        (
            ("--since", "2026-01-01", "--dates", "x"),
            "leave out --since, --until, --freq and --ever",
        ),
        (("--since", "2026-01-01", "--freq", "BM"), "unknown frequency 'BM'"),
        (("--since", "2026-01-01", "--weights"), "add --wide"),
        (("--since", "2026-01-01", "--ever", "--freq", "D"), "every day"),
        (("--dates", "missing.txt"), "missing.txt cannot be read"),
        (("--since", "2026-01-01", "--max-age", "-1"), "less than 0 days"),
        (("--since", "2026-02-01", "--until", "2026-01-01"), "is after"),
    ],
)
def test_what_the_command_cannot_mean_is_refused(
    loaded: Command, words: tuple[str, ...], told: str
) -> None:
    refused = loaded("panel", "IVV", *words)
    assert refused.status == 2
    assert told in refused.err


def test_the_sp500_since_1996(holdings: Path, command: Command) -> None:
    path = holdings / "pit" / "sp500_ticker_start_end.csv"
    assert command("load-history", path, "--universe", "sp500").status == 0
    told = command(
        "panel", "sp500", "--since", "1996-01-31", "--until", "2024-12-31", "--json"
    ).json
    counts = dict.fromkeys(told["dates"], 0)
    for row in told["members"]:
        counts[row["date"]] += 1
    assert len(counts) == 348
    assert all(485 <= count <= 510 for count in counts.values())
    assert told["gaps"] == []
