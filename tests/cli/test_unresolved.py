"""A fund reported by CUSIP only, through all commands that show it."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Command
from directory_files import make_fails
from holdings_files import write_text
from identity.stories import make_cusip

APPLE, OTHER, LOST = (make_cusip(body) for body in ("03783310", "59491810", "67066G10"))


def test_members_known_by_cusip_become_members_when_sources_tell_their_tickers(
    command: Command, tmp_path: Path
) -> None:
    file = "CCCC_2024-01-02.csv"
    (tmp_path / file).write_text(f"cusip,weight\n{APPLE},50\n{OTHER},30\n{LOST},20\n")
    loaded = command("load", "--holdings-dir", tmp_path, "--etf", "CCCC")
    assert "3 rows, 0 members, 3 unresolved (100.00% of the fund)" in loaded.out
    assert "✓ Inserted CCCC: 0 holdings" in loaded.lines
    told = f"CUSIP {APPLE}; CUSIP {OTHER}; CUSIP {LOST}; load any file that has these identifiers"
    (told_of,) = [one for one in command("query", "--etf", "CCCC").lines if "! plus" in one]
    assert told_of.startswith(
        "! plus 3 unresolved rows (100.0000 % of the fund), which become members once"
    )
    validated = command("validate").out
    assert f"so they are not members: {told}" in validated
    assert "has no holdings: all of its 3 stocks are unresolved" in validated
    (why,) = command("resolve", APPLE, "--json").json
    assert why["why"].startswith("sources report it with neither ticker nor ISIN, and nothing")

    (tmp_path / "DDDD_2025-01-02.csv").write_text(f"ticker,cusip,weight\nAAPL,{APPLE},100\n")
    loaded = command("load", "--holdings-dir", tmp_path, "--etf", "DDDD")
    resolved = f"resolved: CUSIP {APPLE} of 2024-01-02 is AAPL now: both have CUSIP {APPLE}"
    assert f"! {resolved}, and one of them no ticker (identifier)" in loaded.lines
    assert "stocks: 1 resolved" in command("loads", "2").lines
    fails = tmp_path / "fails"
    fails.mkdir()
    days = ("20240103", "20240117")
    (fails / "cnsfails.txt").write_bytes(make_fails(*((day, OTHER, "MSFT") for day in days)))
    answer = command("load-directory", "--dir", fails)
    assert f"! resolved: CUSIP {OTHER} of 2024-01-02 is MSFT now" in answer.out

    on = command("query", "--etf", "CCCC", "--as-of", "2024-06-01", "--json").json
    assert on["weights"] == {"AAPL": 0.5, "MSFT": 0.3}
    assert "CCCC   2024-01-02  now" in command("timeline", "MSFT").out
    receipt = command("receipt", "CCCC")
    assert "✓ adds up: 3 rows read, each accounted for" in receipt.lines
    told = f"2 rows (CUSIP {APPLE} is AAPL, CUSIP {OTHER} is MSFT)"
    assert f"unresolved, and a member by other sources: {told}" in receipt.lines
    line = (
        f"a stock without a symbol (CUSIP {APPLE}) of 2024-01-02 and AAPL of 2025-01-02: both have"
    )
    assert line in command("resolve", APPLE, "--explain").out
    validated = command("validate").out
    assert f"{file} has 1 stock (20.00% of the fund) with neither ticker nor ISIN" in validated
    assert "Intervals of history that differ: 0 (✓ PASS)" in validated
    assert command("db", "rebuild").status == 0
    assert command("query", "--etf", "CCCC", "--json").json["total_holdings"] == 2

    undone = command("rollback", "2")
    assert f"! unresolved: AAPL of 2024-01-02 is CUSIP {APPLE} now, and not a member" in undone.out
    assert command("query", "--etf", "CCCC", "--json").json["holdings"] == ["MSFT"]


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_a_code_of_several_markets_is_settled_by_what_another_file_has(
    command: Command, tmp_path: Path, order: tuple[str, str]
) -> None:
    write_text(
        tmp_path / "a" / "DRAM.csv",
        "Date,Account,StockTicker,CUSIP,SecurityName,Shares,MarketValue,Weightings\n"
        "06/24/2026,DRAM,000660 KS,6450267,SK hynix Inc,10,50.00,50%\n"
        "06/24/2026,DRAM,MU,595112103,Micron,10,50.00,50%\n",
    )
    write_text(
        tmp_path / "b" / "KRFX_2026-07-01.csv",
        "symbol,name,exchange,weight\n000660,SK HYNIX INC,Korea Exchange (Stock Market),100\n",
    )
    loads = [command("load", "--holdings-dir", tmp_path / folder).out for folder in order]
    assert ("resolved: SEDOL 6450267" in loads[1]) == (order[0] == "a")
    weights = command("query", "--etf", "DRAM", "--json").json["weights"]
    assert weights == {"000660.XKRX": 0.5, "MU": 0.5}
    assert "Intervals of history that differ: 0 (✓ PASS)" in command("validate").out
    assert command("db", "rebuild").status == 0
    command("rollback", "2" if order[0] == "a" else "1")
    assert command("query", "--etf", "DRAM", "--json").json["holdings"] == ["MU"]


def test_a_list_of_constituents_tells_what_is_no_member(command: Command, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(f"ticker,name,cusip\nAAPL,Apple,{APPLE}\n,Lost,{LOST}\n")
    flags = ("--universe", "mine", "--as-of", "2025-01-02")
    loaded = command("load-universe", tmp_path / "list.csv", *flags)
    assert "2 rows, 1 member, 1 unresolved" in loaded.out
    told = "list.csv has 1 stock with neither ticker nor ISIN"
    why = "nothing identifies them, so they are not members"
    assert f"{told}; {why}: Lost, CUSIP {LOST}; " in command("validate").out
