"""Staleness by `freshness`, `--max-age` and `validate`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pytest

from commands import Command, check_refusal
from holdings_files import write_ishares, write_text
from stockgroups.catalog import load_catalog
from stockgroups.catalog.ages import load_age_rules
from stockgroups.db.connection import Connection
from stockgroups.queries.freshness import judge_sources
from stockgroups.times import today_utc

IVV = "iShares Core S&P 500 ETF"
IWB = "iShares Russell 1000 ETF"


@dataclass(frozen=True, slots=True)
class Ages:
    """The dates of two loaded files: IVV's of eight days ago, IWB's of 1,825 days ago."""

    recent: dt.date
    old: dt.date


@pytest.fixture
def ages(command: Command, tmp_path: Path) -> Ages:
    """Load two funds. The dates count from the test's own day: a run may pass midnight."""
    today = today_utc()
    recent, old = (today - dt.timedelta(days=days) for days in (8, 1825))
    write_ishares(tmp_path / "f" / "IVV_a.csv", IVV, recent, {"AAPL": 600.0, "BRKB": 400.0})
    write_ishares(tmp_path / "f" / "IWB_a.csv", IWB, old, {"AAPL": 600.0, "ZZKO": 400.0})
    answer = command("load", "--no-proxies", "--holdings-dir", tmp_path / "f")
    assert answer.status == 0, answer.err
    return Ages(recent, old)


def test_each_fund_has_a_state_and_the_worst_decides_the_status(
    command: Command, ages: Ages
) -> None:
    answer = command("freshness", "--json")
    assert (answer.status, answer.json["passed"]) == (1, False)
    groups = {group["name"]: group for group in answer.json["groups"]}
    assert groups["IVV"] == {
        "type": "ETF",
        "name": "IVV",
        "as_of": ages.recent.isoformat(),
        "age_days": 8,
        "source": "ishares_us",
        "is_proxy": False,
        "warn_after": 5,
        "error_after": 10,
        "state": "warn",
    }
    assert (groups["IWB"]["state"], groups["IWB"]["age_days"]) == ("error", 1825)
    answer = command("freshness")
    assert answer.status == 1
    assert answer.lines[2].split() == ["IWB", str(ages.old), "1825", "ishares_us", "error"]
    assert answer.lines[-1] == "1 warn, 1 error"


@pytest.mark.parametrize(
    ("flags", "status", "states"),
    [
        (["--max-age", "8"], 1, ["pass", "error"]),
        (["--max-age", "7"], 1, ["error", "error"]),
        (["--max-age", "1825"], 0, ["pass", "pass"]),
        (["--warn-after", "5"], 0, ["warn", "warn"]),
        (["--warn-after", "5", "--error-after", "30"], 1, ["warn", "error"]),
        (["--etf", "ivv"], 0, ["warn"]),
        (["--etf", "IVV", "--max-age", "0"], 1, ["error"]),
    ],
)
def test_limits_are_given(
    command: Command, ages: Ages, flags: list[str], status: int, states: list[str]
) -> None:
    answer = command("freshness", "--json", *flags)
    assert answer.status == status
    assert [group["state"] for group in answer.json["groups"]] == states


def test_the_format_of_a_file_has_limits_of_its_own(
    command: Command, ages: Ages, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    text = "[source_freshness.ishares_us]\nwarn_after = 9\nerror_after = 3000\n"
    write_text(mine / "freshness.toml", text)
    answer = command("freshness", "--json", "--catalog", mine)
    assert (answer.status, [of["state"] for of in answer.json["groups"]]) == (0, ["pass", "warn"])
    write_text(mine / "freshness.toml", f"{text}[freshness.IVV]\nwarn_after = 1\n")
    answer = command("freshness", "--json", "--catalog", mine)
    assert [of["state"] for of in answer.json["groups"]] == ["warn", "warn"]


def test_limits_come_from_the_catalogue(command: Command, ages: Ages, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    write_text(
        mine / "freshness.toml",
        "[freshness.ETF]\nwarn_after = 2\nerror_after = 7\n"
        "[freshness.IWB]\nwarn_after = 3\nerror_after = 9999\n",
    )
    answer = command("freshness", "--json", "--catalog", mine)
    assert answer.status == 1
    assert [group["state"] for group in answer.json["groups"]] == ["error", "warn"]
    for content, words in {
        "[freshness.ETF]\nwarn_after = 100\n": "warn_after is 100, later than error_after, 10",
        "[freshness.ETF]\nwarn_after = 0\n": "not a number of days from 1",
        "[freshness.ETF]\nwarn_after = 1.5\n": "not a whole number",
        "[freshness.etf]\nwarn_after = 1\n": "not a type of group or a ticker",
        "[freshness.ETF]\nafter = 1\n": "unknown field after",
        "[source_freshness.nport]\nerror_after = 1\n": "warn_after is 160, later than",
        "[freshness.IVW]\nwarn_after = 5\n[freshness.ARK]\n": "ARK is not a type of group, fund",
        "[source_freshness.ishares_su]\n": "ishares_su is not a format; correct its name; "
        "nearest: i",
    }.items():
        write_text(mine / "freshness.toml", content)
        check_refusal(command("freshness", "--catalog", mine), 2, words)
    assert command("freshness", "--catalog", mine, "--max-age", "9999").status == 0


def test_a_fund_without_a_source_on_record_is_unknown_and_fails(
    command: Command, connection: Connection
) -> None:
    check_refusal(command("freshness"), 1, "no ETF in environment TEST", "stockgroups load")
    connection.execute(
        "INSERT INTO definition_groups (name, type, environment) VALUES ('SPY', 'ETF', 'TEST')"
    )
    answer = command("freshness", "--json")
    assert (answer.status, answer.json["groups"][0]["state"]) == (1, "unknown")
    check_refusal(command("freshness", "--etf", "QQQ"), 1, "no ETF 'QQQ'")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--max-age", "-1"], "less than 0 days"),
        (["--max-age", "soon"], "is not a whole number"),
        (["--max-age", "1", "--error-after", "2"], "mean the same"),
        (["--warn-after", "9", "--error-after", "3"], "warn_after is 9, later than error_after, 3"),
    ],
)
def test_flags_that_mean_nothing(command: Command, flags: list[str], words: str) -> None:
    check_refusal(command("freshness", *flags), 2, words)


def test_an_age_is_asked_of_every_kind_of_answer(command: Command, ages: Ages) -> None:
    command("organize-universe")
    assert command("query", "--etf", "IVV", "--max-age", "8").status == 0
    check_refusal(command("query", "--etf", "IVV", "--max-age", "7"), 1, "8 days earlier")
    assert command("query", "--theme", "crypto_miners", "--max-age", "0").status == 0
    check_refusal(
        command("query", "--universe", "sp500", "--max-age", "0"), 1, "earlier; --max-age is 0"
    )
    # A stock that is held by stale funds only is not `in no ETF`.
    check_refusal(
        command("query", "--stock", "ZZKO", "--max-age", "30"),
        1,
        "ZZKO is in no group whose source is at most 30 days older",
        "IWB (1825 days)",
    )
    answer = command("query", "--stock", "AAPL", "--max-age", "30")
    assert "in 1 ETF: IVV" in answer.lines
    assert answer.lines[-1].startswith("! older than 30 days: IWB ")
    check_refusal(
        command("query", "--stats", "--max-age", "30"), 2, "`stockgroups freshness --max-age 30`"
    )


def test_proxies_that_are_too_old_are_one_warning(command: Command, tmp_path: Path) -> None:
    write_text(
        tmp_path / "mine" / "freshness.toml",
        "[source_freshness.pytickersymbols]\nwarn_after = 1\nerror_after = 1\n",
    )
    command("load")
    told = command("validate", "--json", "--catalog", tmp_path / "mine").json
    (old,) = [f for f in told["sections"][0]["findings"] if "too old" in f["message"]]
    assert "behind the proxies of DIA QQQ SPY" in old["message"]
    assert (old["severity"], told["sections"][0]["figures"]["too_old"]) == ("warning", 15)


def test_validation_warns_of_what_is_too_old_and_tells_numbers(
    command: Command, ages: Ages
) -> None:
    command("build-metadata")
    sections = {of["check"]: of for of in command("validate", "--json").json["sections"]}
    etfs = sections["etfs"]
    (old,) = [f for f in etfs["findings"] if "days old" in f["message"]]
    assert (old["group"], old["severity"]) == ("IWB", "warning")
    assert old["details"] == {"as_of": ages.old.isoformat(), "age_days": 1825}
    wanted = {"total_etfs": 2, "oldest_days": 1825, "youngest_days": 8, "oldest_etf": "IWB"}
    wanted |= {
        "oldest_as_of": ages.old.isoformat(),
        "newest_as_of": ages.recent.isoformat(),
        "too_old": 1,
    }
    assert etfs["figures"].items() >= wanted.items()
    assert sections["relationships"]["figures"]["integrity_percent"] == 100.0
    assert sections["metadata"]["figures"]["stocks_with_a_sector"] == 2


def test_answers_tell_the_state_of_their_sources(command: Command, ages: Ages) -> None:
    for asked, state in (
        (["query", "IVV"], "warn"),
        (["query", "--stock", "AAPL"], "error"),
        (["members", "IVV"], "warn"),
        (["overlap", "IVV", "IWB"], "error"),
        (["exposure", "IVV=60", "IWB=40"], "error"),
        (["source", "IWB"], "error"),
    ):
        assert command(*asked, "--json").json["state"] == state, asked
    assert "state" not in command("query", "--stats", "--json").json


def test_the_limits_alone_are_those_of_the_whole_catalogue(tmp_path: Path) -> None:
    write_text(tmp_path / "freshness.toml", "[freshness.SPY]\nwarn_after = 3\n")
    write_text(tmp_path / "etfs.toml", "no TOML")
    limits = load_age_rules(tmp_path).limits_of("ETF", "SPY", "ssga_us")
    assert (limits.warn_after, limits.error_after) == (3, 10)
    assert load_age_rules() == load_catalog().ages


def test_the_worst_source_of_an_answer_tells_its_state() -> None:
    shipped = load_catalog().ages
    for group, state in (("IVV", "warn"), ("etf:IWB", "error"), ("theme:drones", "pass")):
        told = [{"group": group, "source": "ishares_us", "age_days": 8 if "IVV" in group else 999}]
        assert judge_sources(shipped, told) == state
        assert judge_sources(shipped, [*told, {**told[0], "age_days": None}]) in (
            "unknown",
            "error",
        )
    assert judge_sources(shipped, []) is None
    nport = {"group": "IVV", "source": "nport", "age_days": 8}
    assert judge_sources(shipped, [nport]) == "pass"
