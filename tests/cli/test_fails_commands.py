"""Fails-to-deliver files by command: loaded in any order, and used as evidence of identity."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from commands import Command
from directory_files import make_fails
from identity.stories import make_cusip
from stockgroups.db.connection import Connection
from tables import read_one

OLD, NEW = make_cusip("74005P10"), make_cusip("69376K10")
BEFORE, AFTER = make_cusip("15670010"), make_cusip("55024110")


def day(month: int, date: int, year: int = 2021) -> dt.date:
    return dt.date(year, month, date)


def test_the_order_of_loading_makes_no_difference(
    command: Command, connection: Connection, tmp_path: Path
) -> None:
    halves = {
        "a": make_fails(("20210104", OLD, "PX")),
        "b": make_fails(("20210119", OLD, "PX")),
        "c": make_fails(("20210202", NEW, "PX")),
        "d": make_fails(("20210216", NEW, "PX")),
    }
    for name, data in halves.items():
        (tmp_path / f"cnsfails{name}.txt").write_bytes(data)
    paths = {name: str(tmp_path / f"cnsfails{name}.txt") for name in halves}
    states = []
    for order in ("abcd", "dbca", "cadb"):
        for name in order:
            answer = command("load-directory", paths[name])
            assert (answer.status, "1 row: 1 listed" in answer.out) == (0, True)
        rows = connection.execute(b"SELECT * FROM stockgroups.cusip_symbols ORDER BY 1, 2, 3")
        states.append(rows.fetchall())
        assert "Nothing changed" in command("load-directory", *paths.values()).out
        for table in ("cusip_symbols", "cusip_changes", "directories"):
            connection.execute(f"DELETE FROM stockgroups.{table}".encode())
    assert states[0] == states[1] == states[2]
    assert [row[2:4] for row in states[0]] == [(day(2, 2), day(2, 16)), (day(1, 4), day(1, 19))]


def test_rejected_rows_are_named(command: Command, connection: Connection, tmp_path: Path) -> None:
    path = tmp_path / "cnsfails202101a.txt"
    path.write_bytes(make_fails(("20210104", OLD, "PX"), ("20210105", "123456789", "BAD")))
    answer = command("load-directory", str(path))
    assert "2 rows: 1 listed, 0 not securities, 1 rejected" in answer.out
    assert "  ! rejected, line 3: BAD: '123456789' is not a CUSIP" in answer.out
    receipt = read_one(connection, "SELECT receipt FROM stockgroups.directories")
    assert [entry["line"] for entry in receipt["rejections"]] == [3]


def test_a_register_tells_whose_a_nameless_past_is(
    command: Command, connection: Connection, tmp_path: Path
) -> None:
    """Two companies under one ticker, without a break: only the register parts them."""
    (tmp_path / "history.csv").write_text(
        "ticker,start_date,end_date\nPQX,2018-01-02,2021-01-20\nAAPL,2018-01-02,\n"
    )
    (tmp_path / "AAAA_2021-01-15.csv").write_text("symbol,weight\nPQX,60\nAAPL,40\n")
    (tmp_path / "AAAA_2021-02-15.csv").write_text("symbol,weight\nPQX,60\nAAPL,40\n")
    history = str(tmp_path / "history.csv")
    assert command("load-history", history, "--universe", "sp500").status == 0
    assert command("load", "--holdings-dir", str(tmp_path), "--etf", "AAAA").status == 0
    count = "SELECT count(*) FROM stockgroups.securities WHERE symbol ~ '^PQX'"
    assert read_one(connection, count) == 1
    (tmp_path / "cnsfails.txt").write_bytes(
        make_fails(
            ("20210104", OLD, "PQX", "PRAXAIR"), ("20210119", OLD, "PQX", "PRAXAIR"),
            ("20210202", NEW, "PQX", "P10 INC"), ("20210216", NEW, "PQX", "P10 INC"),
        )
    )  # fmt: skip
    assert command("load-directory", str(tmp_path / "cnsfails.txt")).status == 0
    # The past of the list is the first company's, and nothing had to be loaded again.
    assert read_one(connection, count) == 2
    value = command("query", "--etf", "AAAA", "--json").json
    assert value["holdings"] == ["AAPL", "PQX"]
    timeline = command("timeline", "PQX", "--as-of", "2018-06-01", "--json").json
    assert {group["key"] for group in timeline["groups"]} == {"sp500", "AAAA"}
    now = command("timeline", "PQX", "--json").json
    assert {group["key"] for group in now["groups"]} == {"AAAA"}


def test_an_announced_change_of_cusip_is_one_stock(
    command: Command, connection: Connection, tmp_path: Path
) -> None:
    def write(date: str, cusip: str, name: str) -> None:
        year, month, of_month = date.split("-")
        (tmp_path / f"ARKK_{date}.csv").write_text(
            "date,fund,company,ticker,cusip,shares,market value ($),weight (%)\n"
            f"{month}/{of_month}/{year},ARKK,{name},LUMN,{cusip},10,$100.00,100.00%\n"
        )

    write("2021-01-20", BEFORE, "CENTURY LINK")
    write("2021-01-28", AFTER, "LUMEN TECH")
    assert command("load", "--holdings-dir", str(tmp_path), "--etf", "ARKK").status == 0
    count = "SELECT count(*) FROM stockgroups.securities"
    assert read_one(connection, count) == 2
    (tmp_path / "cnsfails.txt").write_bytes(
        make_fails(
            ("20210122", BEFORE, "LUMN"), ("20210122", AFTER, "LUMNZZZZ"),
            ("20210125", BEFORE, "LUMNXXXX"), ("20210125", AFTER, "LUMN"),
        )
    )  # fmt: skip
    assert command("load-directory", str(tmp_path / "cnsfails.txt")).status == 0
    assert read_one(connection, count) == 1


def test_a_cusip_that_only_the_register_has_names_the_stock_of_its_days(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "AAAA_2021-01-15.csv").write_text(
        f"symbol,cusip,weight\nQZX,,40\nBRK.B,,30\nLUMN,{AFTER},30\n"
    )
    assert command("load", "--holdings-dir", tmp_path, "--no-proxies").status == 0
    berkshire = make_cusip("08467070")
    fails = tmp_path / "cnsfails.txt"
    rows = ("20210104", OLD, "QZX", "P10"), ("20210119", OLD, "QZX", "P10")
    others = ("20210104", berkshire, "BRKB"), ("20210104", NEW, "ZZT"), ("20210104", BEFORE, "LUMN")
    fails.write_bytes(make_fails(*rows, *others))
    assert command("load-directory", fails).status == 0
    found = command("resolve", OLD, berkshire, NEW, BEFORE, AFTER, "--json").json
    told = [(one["symbol"], one["method"], one["confidence"]) for one in found]
    assert told == [
        ("QZX", "register", "medium"),
        ("BRK.B", "register", "medium"),
        (None, "CUSIP", "none"),
        (None, "CUSIP", "none"),  # its symbol's stock is reported with another issuer's
        ("LUMN", "CUSIP", "high"),
    ]
    listed = "the SEC's fails-to-deliver files list it as"
    assert found[0]["why"] == f"{listed} QZX (P10) from 2021-01-04 to 2021-01-19"
    assert found[2]["why"].startswith(f"{listed} ZZT (")
    assert found[2]["why"].endswith("on 2021-01-04, and no group held that stock then")
    assert command("query", "--stock", OLD, "--json").json["stock_symbol"] == "QZX"
    assert NEW in command("timeline", NEW).err
    assert listed in command("timeline", NEW).err
