"""`stockgroups overlap`, on three small funds and on real files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from commands import Command

FUNDS = {
    "IVV_2026-07-01.csv": {"AAPL": 0.5, "MSFT": 0.3, "XOM": 0.2},
    "VTV_2026-07-01.csv": {"AAPL": 0.2, "MSFT": 0.4, "JPM": 0.4},
    "XLK_2026-08-03.csv": {"AAPL": 0.9, "MSFT": 0.1},
}


def test_the_command_shows_what_the_answer_holds(loaded: Command) -> None:
    shown = loaded("overlap", "IVV", "VTV")
    assert "in both: 50.0000 % by weight, 2 names" in shown.out
    assert "only in VTV: JPM" in shown.out
    assert shown.err == ""
    assert loaded("overlap", "IVV", "VTV", "--json").json["overlap"] == pytest.approx(0.5)
    rows = loaded("overlap", "IVV", "XLK", "--csv", "--columns", "symbol,overlap", "--limit", "1")
    assert rows.out.splitlines() == ["symbol,overlap", "AAPL,0.5"]
    assert "33 days apart" in rows.err
    assert "IVV   50.0000 %" in loaded("overlap", "VTV").out
    assert loaded("overlap", "--all").out.startswith("3 funds, 3 pairs")
    assert "in all: 30.0000 % by weight, 2 names" in loaded("overlap", "IVV", "VTV", "XLK").out
    assert "is dated 2026-07-01" in loaded("overlap", "IVV", "VTV", "--max-age", "0").err


@pytest.mark.parametrize(
    "words", [(), ("IVV", "--all"), ("IVV", "--limit", "0"), ("IVV", "VTV", "--max-age", "-1")]
)
def test_what_the_command_cannot_mean_is_refused(command: Command, words: tuple[str, ...]) -> None:
    assert command("overlap", *words).status == 2


def test_real_funds_share_what_others_counted(
    holdings: Path, command: Command, tmp_path: Path
) -> None:
    for name in (
        "invesco/QQQ_2025-09-24.csv",
        "ssga/holdings-daily-us-en-spy_2025-11-18.xlsx",
        "vanguard/VOO_2025-09-30_Holdings_details.csv",
    ):
        shutil.copy(holdings / name, tmp_path)
    assert command("load", "--holdings-dir", tmp_path, "--no-proxies").status == 0
    near = command("overlap", "QQQ", "SPY", "--json").json
    assert near["shared"] == 88
    assert near["overlap"] == pytest.approx(0.518, abs=0.0005)
    (pair,) = command("overlap", "SPY", "VOO", "--json").json["pairs"]
    assert pair["covered_a"] > 0.99
    assert pair["covered_b"] > 0.99
