"""`stockgroups load-universe`: constituent lists as people publish them become universes."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Command, check_refusal
from holdings_files import write_list, write_text
from stockgroups.db.connection import Connection
from stockgroups.readers.values.dates import date_in_name
from tables import dump, read_members, read_one

WIKIPEDIA = """Symbol,Security,GICS Sector,GICS Sub-Industry,Headquarters Location,Date added,CIK
MMM,3M,Industrials,Industrial Conglomerates,"Saint Paul, Minnesota",1957-03-04,66740
AAPL,Apple Inc.,Information Technology,Technology Hardware,"Cupertino, California",1982-11-30,320193
BRK.B,Berkshire Hathaway,Financials,Multi-Sector Holdings,"Omaha, Nebraska",2010-02-16,1067983
"""
INDIA = """Company Name,Industry,Symbol,Series,ISIN Code
Infosys Ltd.,Information Technology,INFY,EQ,INE009A01021
Larsen & Toubro Ltd.,Construction,LT,EQ,INE018A01030
"""
CHINA = """日期Date,指数代码 Index Code,成分券代码Constituent Code,成分券名称Constituent Name,\
成分券英文名称Constituent Name(Eng),交易所Exchange,交易所英文名称Exchange(Eng)
20230601,000300,600000,浦发银行,SPD Bank,上海证券交易所,Shanghai Stock Exchange
20230601,000300,000001,平安银行,Ping An Bank,深圳证券交易所,Shenzhen Stock Exchange
"""
PERIODS = """symbol,name,opt-in,opt-out
AA,Alcoa,1959-06-01,1999-11-01
AA,Alcoa,1999-11-01,2013-09-23
AAPL,Apple,2015-03-19,
HON,Honeywell,2020-08-31,
"""
THREE = ["MMM", "AAPL", "BRK.B"]
SHAPES = {
    "Symbol,Name\nMMM,3M\nAAPL,Apple\nBRK-B,Berkshire\n": THREE,
    WIKIPEDIA: THREE,
    "Symbol,Name,Sector\nMMM,3M,Industrials\nAAPL,Apple,IT\nBRK/B,B,Financials\n": THREE,
    "The index\n\nName;Exchange;Ticker\n3M;NYSE;MMM\nA;NASDAQ;AAPL\nB;NYSE;BRK.B\n": THREE,
    '{"constituents": ["MMM", "AAPL", "BRK.B"]}': THREE,
    '[{"symbol": "MMM", "founded": 1902}, {"symbol": "AAPL"}, {"symbol": "BRK-B"}]': THREE,
    "MMM\nAAPL\nBRK.B\n": THREE,
    INDIA: ["INFY.XNSE", "LT.XNSE"],
    CHINA: ["600000.XSHG", "000001.XSHE"],
    PERIODS: ["AAPL", "HON"],
}


@pytest.mark.parametrize("text", SHAPES, ids=range(len(SHAPES)))
def test_a_list_becomes_a_universe(
    command: Command, connection: Connection, tmp_path: Path, text: str
) -> None:
    path = write_text(tmp_path / "mine_2026-07-01.txt", text)
    words = ("load-universe", path, "--universe", "My Index")
    dry = command(*words, "--dry-run")
    assert (dry.status, dry.err) == (0, "")
    assert read_one(connection, "SELECT count(*) FROM definition_groups") == 0
    answer = command(*words)
    assert (answer.status, answer.err) == (0, "")
    count = len(SHAPES[text])
    assert answer.lines[-1] == f"✓ Inserted my_index: {count} symbols"
    assert sorted(read_members(connection, "my_index", "UNIVERSE")) == sorted(SHAPES[text])
    again = command(*words)
    assert (again.status, again.lines[-1][:9]) == (0, "✓ Unchang")
    shown = command("query", "--universe", "my_index", "--json").json
    assert sorted(shown["symbols"]) == sorted(SHAPES[text])
    receipt = command("receipt", "my_index", "--json")
    assert receipt.status == 0
    assert receipt.json["total_holdings"] == count
    assert receipt.json["receipt"]["rows"]["rejected"] == 0
    assert receipt.json["file"] == path.name
    assert command("rollback", 1).status == 0
    assert read_members(connection, "my_index", "UNIVERSE") == {}


def test_sectors_industries_and_weights_are_recorded(
    command: Command, connection: Connection, tmp_path: Path
) -> None:
    path = write_text(tmp_path / "sp500_2026-07-01.csv", WIKIPEDIA)
    command("load-universe", path, "--universe", "sp500")
    assert read_one(
        connection, "SELECT sector_labels FROM stockgroups.snapshots ORDER BY id DESC LIMIT 1"
    ) == ["Financials", "Industrials", "Information Technology"]
    weighted = "Symbol,Company,Index weighting\nMMM,3M,40%\nAAPL,Apple,60%\n"
    path = write_text(tmp_path / "dow_2026-07-01.csv", weighted)
    command("load-universe", path, "--universe", "dow30")
    assert read_members(connection, "dow30", "UNIVERSE") == {"AAPL": 0.6, "MMM": 0.4}


def test_every_row_is_told(command: Command, tmp_path: Path) -> None:
    path = write_text(
        tmp_path / "a_2026-07-01.csv",
        "Symbol,Name,Colour\n"
        + "".join(f"A{chr(65 + n)},N,red\n" for n in range(26))
        + "?!,Odd,red\n",
    )
    answer = command("load-universe", path, "--universe", "a")
    assert answer.status == 0
    assert "27 rows, 26 members, 1 rejected" in answer.lines[1]
    assert answer.lines[2] == "! columns not understood: Colour"
    assert answer.lines[3].startswith("  line 28: rejected: ?!: '?!' is not a symbol")
    value = command("load-universe", path, "--universe", "a", "--json").json
    assert (value["rows"], value["members"], value["rejected"]) == (27, 26, 1)
    assert (value["as_of"], value["outcome"], value["error"]) == ("2026-07-01", "unchanged", None)


def test_what_is_refused(command: Command, connection: Connection, tmp_path: Path) -> None:
    def refuse(text: str, *words: str, name: str = "x_2026-07-01.csv", told: str) -> None:
        path = write_text(tmp_path / name, text)
        check_refusal(command("load-universe", path, "--universe", "x", *words), 1, told)

    refuse("Symbol,Name\nAAPL,Apple\n", name="x.csv", told="no as-of date")
    refuse("a,b,c\n1,2,3\n", told="its columns are a, b, c")
    refuse("Symbol,Name\n", told="no symbols")
    refuse('{"a": 1}', name="x_2026-07-01.json", told="JSON without a list of stocks")
    refuse("date,tickers\n2026-01-02,AAPL\n", told="load-history")
    foreign = "Symbol,Name,ISIN\nSAP,SAP,DE0007164600\nSIE,Siemens,DE0007236101\n"
    sedols = "Symbol,Name,SEDOL\nMC,LVMH,4061412\nABBN,ABB,7108899\n"
    refuse(sedols, told="known by SEDOL 4061412")
    refuse("Symbol,Name\nRY,Royal\n", name="tsx60_2026-07-01.csv", told="give --exchange XTSE")
    refuse("Symbol,Name\nREI.UN,RioCan\n", told="spelled as in Toronto (REI.UN); give")
    refuse("Symbol,Name\nRY,Royal\nTD.PF.H,TD\n", told="with --exchange MIC")
    refuse("Symbol,Name\n00001,CK\n", told="with --exchange")
    refuse(WIKIPEDIA, "--as-of", "1980-01-02", name="x.csv", told="a list of a later date")
    refuse(WIKIPEDIA, "--as-of", "2026-06-30", told="2026-07-01 by the file's name")
    path = write_text(tmp_path / "x_2026-07-01.csv", foreign)
    assert command("load-universe", path, "--universe", "isins").status == 0
    isins = ["DE0007164600", "DE0007236101"]  # and never SAP, which is listed in New York
    assert list(read_members(connection, "isins", "UNIVERSE")) == isins
    answer = command("load-universe", path, "--universe", "x", "--exchange", "xetr")
    assert answer.status == 0
    assert list(read_members(connection, "x", "UNIVERSE")) == ["SAP.XETR", "SIE.XETR"]
    check_refusal(
        command("load-universe", path, "--universe", "x", "--exchange", "NOWHERE"), 2, "NOWHERE"
    )


def test_guards_are_those_of_funds(
    command: Command, connection: Connection, tmp_path: Path
) -> None:
    names = [f"A{chr(65 + n)}" for n in range(26)]
    path = write_text(tmp_path / "a_2026-07-01.csv", "\n".join(names))
    assert command("load-universe", path, "--universe", "a").status == 0
    short = write_text(tmp_path / "a_2026-07-02.csv", "\n".join(names[:4]))
    before = dump(connection)
    answer = command("load-universe", short, "--universe", "a")
    assert answer.status == 1
    assert answer.lines[-1] == "✗ Left a as it was"
    assert "less than half of the 26 on 2026-07-01" in answer.err
    assert dump(connection) == before
    accepted = command(
        "load-universe", short, "--universe", "a", "--accept", "rows", "--accept", "shrink"
    )
    assert (accepted.status, accepted.lines[-1]) == (0, "✓ Updated a: 4 symbols (+0 −22)")
    future = write_text(tmp_path / "a_2099-07-02.csv", "\n".join(names[:4]))
    assert "--accept future" in command("load-universe", future, "--universe", "a").err


@pytest.mark.parametrize("date", ["2026-07-01", "2012-12-27"])
def test_an_own_list_counts_before_the_index_package(
    command: Command, connection: Connection, tmp_path: Path, date: str
) -> None:
    path = write_text(tmp_path / f"dow30_{date}.csv", "Symbol,Name\nAAPL,Apple\nMMM,3M\n")
    command("organize-universe")
    assert len(read_members(connection, "dow30", "UNIVERSE")) == 30
    assert command("load-universe", path, "--universe", "dow30").status == 0
    assert list(read_members(connection, "dow30", "UNIVERSE")) == ["AAPL", "MMM"]
    answer = command("organize-universe")
    assert (
        f"✓ Unchanged universe: dow30 (2 symbols); its own source of {date} (list) is effective"
        in (answer.lines)
    )
    assert list(read_members(connection, "dow30", "UNIVERSE")) == ["AAPL", "MMM"]
    assert command("rollback", 2).status == 0
    assert len(read_members(connection, "dow30", "UNIVERSE")) == 30


def test_a_universe_of_a_fund_has_the_stocks_of_its_reports(
    command: Command, connection: Connection, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    write_list(folder / "IWB_2026-06-01.csv", {"AAPL": 0.5, "GE": 0.3, "MSFT": 0.2})
    write_list(folder / "IWB_2026-07-01.csv", {"AAPL": 0.5, "GE": 0.3, "XOM": 0.2})
    assert read_members(connection, "russell1000", "UNIVERSE") == {}
    assert command("load", "--holdings-dir", folder, "--accept", "shrink").status == 0
    answer = command("organize-universe")
    assert any("russell1000 (3 symbols)" in line for line in answer.lines), answer.lines
    assert not any("russell2000" in line for line in answer.lines)
    assert read_members(connection, "russell1000", "UNIVERSE") == dict.fromkeys(
        ["AAPL", "GE", "XOM"]
    )
    shown = command("query", "--universe", "russell1000", "--json").json
    assert (shown["is_proxy"], shown["source"]) == (True, "holdings of IWB")
    assert (shown["as_of"], shown["metadata"]["fund"]) == ("2026-07-01", "IWB")
    past = command("query", "--universe", "russell1000", "--as-of", "2026-06-15", "--json").json
    assert past["symbols"] == ["AAPL", "GE", "MSFT"]
    before = dump(connection)
    assert command("organize-universe").status == 0
    assert dump(connection) == before
    own = write_text(tmp_path / "mine_2026-06-20.csv", "Symbol,Name\nAAPL,Apple\nGE,GE\n")
    command("load-universe", own, "--universe", "russell1000")
    assert list(read_members(connection, "russell1000", "UNIVERSE")) == ["AAPL", "GE"]


def test_a_universe_of_ones_own_symbols(
    command: Command, connection: Connection, tmp_path: Path
) -> None:
    text = '[universes.mine]\nname = "Mine"\ndescription = "My stocks."\nsymbols = [{}]\n'
    path = tmp_path / "mine" / "universes.toml"
    write_text(path, text.format('"BRK/B", "AAPL", "7203.XTKS"'))
    words = ("organize-universe", "--catalog", path.parent)
    assert command(*words).status == 0
    assert list(read_members(connection, "mine", "UNIVERSE")) == ["7203.XTKS", "AAPL", "BRK.B"]
    write_text(path, text.format('"AAPL", "aapl"'))
    check_refusal(command(*words), 2, "universes.toml, mine: AAPL is named twice")
    write_text(path, text.format('"AAPL"') + 'fund = "IWB"\n')
    check_refusal(command(*words), 2, "its members come from symbols and from fund")


CSI = """[universes.csi300]
name = "CSI 300"
description = "Three hundred stocks of Shanghai and Shenzhen."
other_names = ["000300"]
"""


def test_load_takes_lists_that_say_which_index_they_are(
    command: Command, connection: Connection, tmp_path: Path
) -> None:
    write_text(tmp_path / "mine" / "universes.toml", CSI)
    folder = tmp_path / "files"
    write_text(folder / "constituents-sp500_2026-07.csv", WIKIPEDIA)
    write_text(folder / "export.csv", CHINA)
    write_text(folder / "unknown_2026-07-01.csv", "Symbol,Name\nAAPL,Apple\n")
    write_list(folder / "IWB_2026-07-01.csv", {"AAPL": 0.6, "MSFT": 0.4})
    words = ("load", "--holdings-dir", folder, "--catalog", tmp_path / "mine")
    dry = command(*words, "--dry-run", "--json").json
    assert [group["universe"] for group in dry["universes"]] == ["csi300", "sp500"]
    assert read_one(connection, "SELECT count(*) FROM definition_groups") == 0
    answer = command(*words, "--plan", dry["plan"])
    assert answer.status == 1  # the list of which nobody knows the index
    assert "✓ Inserted sp500: 3 symbols" in answer.lines
    assert "✓ Inserted IWB: 2 holdings" in answer.lines
    assert "unknown_2026-07-01.csv: refused: index constituents without a fund" in answer.err
    assert sorted(read_members(connection, "sp500", "UNIVERSE")) == ["AAPL", "BRK.B", "MMM"]
    assert list(read_members(connection, "csi300", "UNIVERSE")) == ["000001.XSHE", "600000.XSHG"]
    shown = command("query", "--universe", "csi300", "--json").json
    assert (shown["as_of"], shown["is_proxy"]) == ("2023-06-01", False)
    before = dump(connection)
    again = command(*words, "--json").json
    assert {file["outcome"] for file in again["files"]} == {"unchanged", "refused"}
    assert dump(connection) == before
    assert command("rollback", 1).status == 0
    assert read_members(connection, "sp500", "UNIVERSE") == {}


SEVERAL = """Date,Account,StockTicker,CUSIP,SecurityName,Shares,Price,MarketValue,Weightings
07/01/2026,DRAM,MU,595112103,Micron Technology Inc,10,50,500,50.00%
07/01/2026,DRAM,AAPL,037833100,Apple Inc,10,50,500,50.00%
07/01/2026,COWZ,ACN,G1151C101,Accenture PLC,10,10,100,100.00%
07/01/2026,MSTY,MSTR 260717C00400000,MSTR 260717C00400000,MSTR US 07/17/26 C400,1,1,100,100.00%
07/01/2026,TWICE,MU,595112103,Micron Technology Inc,10,50,500,50.00%
"""


def test_a_file_of_several_funds_is_loaded_fund_by_fund(
    command: Command, connection: Connection, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    path = write_text(folder / "all_funds.csv", SEVERAL)
    words = ("load", "--holdings-dir", folder)
    answer = command(*words)
    assert answer.status == 1  # of one fund half is missing
    assert sorted(read_members(connection, "DRAM")) == ["AAPL", "MU"]
    assert sorted(read_members(connection, "COWZ")) == ["ACN"]
    assert read_members(connection, "TWICE") == {}
    assert "all_funds.csv (TWICE): refused: the weights of its 1 row sum to 50" in answer.err
    assert any("all_funds.csv (MSTY) · skipped" in line for line in answer.lines)
    before = dump(connection)
    again = command(*words, "--json").json
    assert [file["outcome"] for file in again["files"]] == ["unchanged", "unchanged", "refused"]
    assert dump(connection) == before
    check_refusal(command("receipt", path), 1, "it holds 4 funds: DRAM, COWZ, MSTY, TWICE")
    write_text(path, SEVERAL.replace("07/01", "07/02"))
    one = command(*words, "--etf", "COWZ", "--json").json
    assert [(file["fund"], file["outcome"]) for file in one["files"]] == [("COWZ", "new")]


def test_load_names_the_command(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    path = write_text(folder / "SPY_2026-07-01.csv", WIKIPEDIA)
    answer = command("load", "--holdings-dir", folder, "--etf", "SPY")
    assert answer.status == 1
    assert "load-universe FILE --universe KEY" in answer.err
    assert command("load-universe", path, "--universe", "sp500").status == 0


def test_the_real_lists(command: Command, connection: Connection, holdings: Path) -> None:
    for folder in ("index_lists", "pit/index-constituents"):
        for path in sorted((holdings / folder).rglob("*.csv")):
            key = path.stem
            day = [] if date_in_name(path.stem) else ["--as-of", "2026-08-08"]
            answer = command("load-universe", path, "--universe", key, *day)
            assert answer.status == 0, (path.name, answer.err)
            assert len(read_members(connection, key.replace("-", "_").lower(), "UNIVERSE")) >= 30
