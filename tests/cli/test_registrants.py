"""The SEC's lists follow a registrant's share, whatever other securities it has."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from commands import Command
from directory_files import make_companies, make_fails, make_tickers
from holdings_files import write_ishares, write_list, write_text
from identity.stories import make_cusip
from stockgroups.db.connection import Connection

IWM = "iShares Russell 2000 ETF"
FIRST, LATER = dt.date(2025, 1, 15), dt.date(2026, 1, 15)
CIK = 77


@pytest.mark.parametrize(
    ("before", "after", "is_followed"),
    [
        (["OLDT"], ["NEWT"], True),
        (["OLDT"], ["NEWT", "NEWTW"], True),
        (["OLDT", "OLDTU"], ["NEWT", "NEWT-WT"], True),
        (["OLDT", "OTHRW"], ["NEWT", "NEWTW"], True),
        (["OLDT", "OLDTL"], ["NEWT", "NEWTZ", "NEWT-PA"], True),
        (["OLDT"], ["NEWT", "OTHR"], False),
        (["OLDT", "KEPT"], ["KEPT", "NEWT"], True),
        (["OLDT", "NEWT"], ["NEWT"], False),
    ],
)
@pytest.mark.parametrize("has_exchange", [True, False])
def test_the_share_is_followed(
    command: Command,
    tmp_path: Path,
    before: list[str],
    after: list[str],
    is_followed: bool,
    has_exchange: bool,
) -> None:
    for day, symbol in ((FIRST, "OLDT"), (LATER, "NEWT")):
        write_ishares(tmp_path / "f" / f"IWM_{day}.csv", IWM, day, {"AAPL": 600.0, symbol: 400.0})
    for day, tickers in ((FIRST, before), (LATER, after)):
        data = (
            make_tickers(*([CIK, "Some Corp", ticker, "NYSE"] for ticker in tickers))
            if has_exchange
            else make_companies(*((CIK, ticker, "Some Corp") for ticker in tickers))
        )
        (tmp_path / f"tickers_{day}.json").write_bytes(data)
    loaded = command("load", "--no-proxies", "--holdings-dir", tmp_path / "f", "--accept", "shrink")
    assert loaded.status == 0, loaded.err
    lists = sorted(tmp_path.glob("*.json"))
    assert command("load-directory", *lists).status == 0
    found = command("resolve", "OLDT", "--json").json[0]["current_symbol"]
    assert found == ("NEWT" if is_followed else "OLDT")


@pytest.mark.parametrize(
    ("name", "label"), [("Some Corp New", "SAME"), ("Another Thing Inc", "SAME-202501")]
)
def test_another_registrant_under_a_ticker_is_another_stock_unless_it_has_the_name(
    command: Command, tmp_path: Path, name: str, label: str
) -> None:
    for day, cik, company in ((FIRST, CIK, "Some Corp"), (LATER, CIK + 1, name)):
        write_text(
            tmp_path / "f" / f"IWM_{day}.csv",
            f"ticker,name,weight,date\nAAPL,Apple Inc,60%,{day}\nSAME,{company},40%,{day}\n",
        )
        (tmp_path / f"tickers_{day}.json").write_bytes(make_tickers([cik, company, "SAME", "NYSE"]))
    loaded = command("load", "--no-proxies", "--holdings-dir", tmp_path / "f", "--accept", "shrink")
    assert loaded.status == 0, loaded.err
    assert command("load-directory", *sorted(tmp_path.glob("*.json"))).status == 0
    for asked, shown in ((FIRST, label), (LATER, "SAME")):
        held = command("query", "--etf", "IWM", "--as-of", asked, "--json").json["weights"]
        assert held == {"AAPL": 0.6, shown: 0.4}, asked


@pytest.mark.parametrize("lists_first", [True, False])
def test_registers_tell_of_former_symbols_that_no_file_reports(
    command: Command, connection: Connection, tmp_path: Path, lists_first: bool
) -> None:
    """A load of some stocks and one of all find the same, in whatever order."""
    write_ishares(tmp_path / "f" / "IWM.csv", IWM, LATER, {"AAPL": 600.0, "NEWT": 400.0})
    (tmp_path / "first.json").write_bytes(make_tickers([CIK, "Some Corp", "OLDT", "NYSE"]))
    (tmp_path / "later.json").write_bytes(make_tickers([CIK, "Some Corp", "NEWT", "NYSE"]))
    fails = make_fails(("20250102", make_cusip("12345610"), "OLDT"))
    (tmp_path / "cnsfails.txt").write_bytes(fails)

    def load_lists() -> None:
        for day, name in ((FIRST, "first.json"), (LATER, "later.json"), (FIRST, "cnsfails.txt")):
            assert command("load-directory", tmp_path / name, "--as-of", day).status == 0

    def read_symbols() -> list[tuple[object, ...]]:
        return connection.execute(
            b"SELECT symbol, valid_from::text, valid_to::text FROM stockgroups.security_symbols"
            b" ORDER BY 1, 2"
        ).fetchall()

    if lists_first:
        load_lists()
    assert command("load", "--no-proxies", "--holdings-dir", tmp_path / "f").status == 0
    if not lists_first:
        load_lists()
    told = read_symbols()
    assert ("OLDT", "-infinity", str(LATER)) in told
    write_list(tmp_path / "g" / "BBBB_2026-01-15.csv", {"NEWT": 1.0})
    assert command("load", "--no-proxies", "--holdings-dir", tmp_path / "g").status == 0
    assert read_symbols() == told
    connection.execute(b"UPDATE stockgroups.env_state SET identity = NULL")
    assert command("db", "upgrade").status == 0
    assert read_symbols() == told
