"""Stocks that new evidence splits or joins: each command reports the changed answers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from commands import Command
from directory_files import make_fails
from identity.stories import make_cusip
from stockgroups.cli.plans import show_changes
from stockgroups.db.connection import Connection
from stockgroups.identity.changes import Change, Kind
from stockgroups.identity.unions import Rule
from stockgroups.record.identity_changes import make_figure

OLD, NEW, OTHER = (make_cusip(body) for body in ("74005P10", "69376K10", "36960430"))
ADD = ("alias", "add", "OLDT", "NEWT", "--effective", "2026-02-02", "--source", "the company")


def load(command: Command, folder: Path, fund: str, *flags: str) -> str:
    answer = command("load", "--holdings-dir", folder, "--etf", fund, *flags)
    assert answer.status == 0, answer.err
    return answer.out


def test_an_alias_tells_what_it_joins_and_what_is_split_without_it(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "AAAA_2026-01-05.csv").write_text("symbol,name,weight\nOLDT,OLD THINGS INC,100\n")
    (tmp_path / "BBBB_2026-02-05.csv").write_text("symbol,name,weight\nNEWT,NEW CORP,100\n")
    assert "joined" not in load(command, tmp_path, "AAAA") + load(command, tmp_path, "BBBB")
    # What is seen for the first time changes no answer.
    assert "Stocks split, joined or resolved by the newest 20 loads: 0" in command("validate").out

    why = "OLDT became NEWT on 2026-02-02 (the company) (alias)"
    told = f"joined: NEWT of 2026-02-05 is NEWT now, the same stock as OLDT: {why}"
    assert f"! {told}" in command(*ADD).lines
    number = command("loads", "--json").json[0]["load"]
    noted = command("loads", str(number)).lines
    assert "stocks: 1 joined" in noted
    assert f"! {told}" in noted
    assert "1 stock joined" in command("loads").out
    validated = command("validate")
    assert f"· NEWT: {told}, since load {number}" in validated.out
    assert "[+] Validating identity" in validated.out
    assert "Identity" not in validated.lines[-1]  # the sections that fail

    removed = command("alias", "remove", *ADD[2:3], *ADD[4:6], "--json").json
    assert removed["identity"]["securities"] == [
        {
            "change": "split",
            "was": "NEWT",
            "is": "OLDT",
            "other": "NEWT",
            "from": "2026-01-05",
            "to": "2026-01-05",
            "rule": "ticker",
            "why": "nothing connects them",
        }
    ]


def test_of_many_changes_ten_are_told_and_where_the_others_are() -> None:
    day = dt.date(2026, 1, 5)
    changes = [
        Change(Kind.SPLIT, f"S{n}", f"T{n}", "U", day, day, Rule.TICKER, "unlike")
        for n in range(12)
    ]
    lines = show_changes(changes, "`stockgroups loads 7` has them")
    assert lines[0] == (
        "! split: S0 of 2026-01-05 is T0 now, a different stock from U: unlike (ticker)"
    )
    assert lines[10:] == ["! … and 2 more; `stockgroups loads 7` has them"]
    figure = make_figure(changes * 10)
    assert (figure["split"], len(figure["securities"])) == (120, 100)


def test_a_load_a_register_and_an_upgrade_tell_what_they_change(
    command: Command, connection: Connection, tmp_path: Path
) -> None:
    history, fails = tmp_path / "history.csv", tmp_path / "fails"
    history.write_text("ticker,start_date,end_date\nPQX,2018-01-02,2021-01-20\nAAPL,2018-01-02,\n")
    for day in ("2021-01-15", "2021-02-15"):
        (tmp_path / f"AAAA_{day}.csv").write_text("symbol,weight\nPQX,60\nAAPL,40\n")
    assert command("load-history", history, "--universe", "sp500").status == 0
    load(command, tmp_path, "AAAA")
    fails.mkdir()
    (fails / "cnsfails.txt").write_bytes(
        make_fails(
            ("20210104", OLD, "PQX", "PRAXAIR"), ("20210119", OLD, "PQX", "PRAXAIR"),
            ("20210202", NEW, "PQX", "P10 INC"), ("20210216", NEW, "PQX", "P10 INC"),
        )
    )  # fmt: skip
    answer = command("load-directory", "--dir", fails)
    assert "! Environment TEST:" in answer.lines
    split = "! split: PQX of 2021-02-15 is PQX now, a different stock from PQX-202101: "
    assert f"{split}the identifiers differ, and the names are unlike (ticker)" in answer.lines
    assert command("load-directory", "--dir", fails, "--json").json["identity"] == {}

    # A program that knows better computes all anew.
    connection.execute(
        b"INSERT INTO stockgroups.aliases (environment, old_symbol, effective, new_symbol, source,"
        b" origin) VALUES ('TEST', 'PQX', '2021-01-25', 'PQX', 'me', 'user')"
    )
    assert ("! joined: PQX of 2021-02-15 is PQX now, the same stock as") in command(
        "db", "upgrade"
    ).out

    # A load that shows another company's ticker under the same CUSIP joins what stood apart.
    (tmp_path / "BBBB_2021-03-15.csv").write_text("symbol,name,weight\nPQY,PRAXIS,100\n")
    load(command, tmp_path, "BBBB")
    (tmp_path / "CCCC_2021-02-16.csv").write_text(
        f"symbol,name,cusip,weight\nPQZ,PRAXIS,{OTHER},100\n"
    )
    load(command, tmp_path, "CCCC")
    (tmp_path / "BBBB_2021-03-16.csv").write_text(
        f"symbol,name,cusip,weight\nPQY,PRAXIS,{OTHER},100\n"
    )
    answer = command("load", "--holdings-dir", tmp_path, "--etf", "BBBB", "--json")
    assert [one["rule"] for one in answer.json["identity"]["securities"]] == ["identifier"]
