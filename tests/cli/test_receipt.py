"""`stockgroups receipt`: of a fund from the record, of a file without any database."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from commands import Command, check_refusal
from holdings_files import HTML_PAGE, write_ishares, write_list, write_text
from samples import DAY
from stockgroups.cli.receipt import is_file
from stockgroups.db.connection import Connection

HEADER = (
    "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Quantity,Price,"
    "Location,Exchange,Currency,FX Rate,Market Currency,Accrual Date"
)
EARLIER = DAY - dt.timedelta(days=1)
IVV = "iShares Core S&P 500 ETF"


def row(ticker: str, name: str, value: float, kind: str = "Equity", market: str = "NYSE") -> str:
    return (
        f'"{ticker}","{name}","Energy","{kind}","{value}","{value / 10}","{value}","1","1",'
        f'"United States","{market}","USD","1.00","USD","-"'
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """One row at least of most categories, thousand dollars in all, a column that nobody knows."""
    rows = [
        row("XOM", "EXXON MOBIL CORP", 600),
        row("CVX", "CHEVRON CORP", 250),
        row("XOM", "EXXON MOBIL CORP", 50),
        row("?!", "NOBODY KNOWS \u202e", 40),
        row("GONE", "GONE INC", 30, market="NO MARKET (E.G. UNLISTED)"),
        *(row("USD", f"CASH {n:02}", 1, "Cash") for n in range(30)),
    ]
    lines = [
        IVV,
        f'Fund Holdings as of,"{DAY:%b %d, %Y}"',
        *("" for _ in range(6)),
        HEADER + ",Moon",
        *(line + ',"full"' for line in rows),
        "",
    ]
    return write_text(tmp_path / "IVV.csv", "\n".join(lines))


def test_a_file_needs_no_database(bare: Command, file: Path) -> None:
    answer = bare("receipt", file)
    assert (answer.status, answer.err) == (0, "")
    lines = answer.lines
    assert lines[0] == f"IVV · {IVV}"
    table = {line.split("  ")[0]: line.split() for line in lines[2:13]}
    assert table["members"] == ["members", "2", "85.0000", "%"]
    assert table["cash"] == ["cash", "30", "3.0000", "%"]
    assert table["unlisted"] == ["unlisted", "1", "3.0000", "%"]
    assert table["merged duplicates"] == ["merged", "duplicates", "1", "5.0000", "%"]
    assert table["rejected"] == ["rejected", "1", "4.0000", "%"]
    assert table["total"] == ["total", "35", "100.0000", "%"]
    assert "✓ adds up: 35 rows read, each accounted for" in lines
    assert "weights from: market value" in lines
    assert "sum as printed: 100.0000 %, read as percent" in lines
    assert "sum of the members, merged rows included: 90.0000 %" in lines
    assert "! columns not understood: Moon" in lines
    assert "as of: 2026-07-01" in answer.out
    assert "recorded: nowhere; this is what a load would make of the file" in lines


def test_rows_that_are_no_members_are_shown_with_their_lines(bare: Command, file: Path) -> None:
    answer = bare("receipt", file)
    lines = answer.lines
    start = lines.index("rejected (1)")
    assert lines[start + 3].split()[:2] == ["13", "?!"]
    assert "\u202e" not in answer.out
    start = lines.index("merged duplicates (1)")
    assert lines[start + 3].startswith("  12  XOM")
    assert "XOM again, summed into line 10" in lines[start + 3]
    start = lines.index("cash (30)")
    assert lines[start + 23] == "… and 10 more; --verbose prints all"
    verbose = bare("receipt", file, "--verbose")
    assert "CASH 29" in verbose.out
    assert "more; --verbose" not in verbose.out


def test_json(bare: Command, file: Path) -> None:
    answer = bare("receipt", "--json", file)
    value = answer.json
    assert (answer.status, answer.err) == (0, "")
    assert (value["etf_symbol"], value["total_holdings"], value["faults"]) == ("IVV", 2, [])
    assert (value["as_of"], value["is_proxy"], value["recorded_at"]) == ("2026-07-01", False, None)
    assert value["receipt"]["rows_read"] == 35
    assert sum(value["receipt"]["rows"].values()) == 35
    assert value["receipt"]["unknown_columns"] == ["Moon"]
    assert len(value["receipt"]["lines"]) == 33


def test_a_refused_file_is_one_line(bare: Command, tmp_path: Path) -> None:
    page = write_text(tmp_path / "SPY.csv", HTML_PAGE)
    check_refusal(bare("receipt", page), 1, "SPY.csv", "HTML")
    check_refusal(bare("receipt", "none.csv"), 1, "none.csv: no such file")
    check_refusal(bare("receipt", "./" + "n" * 300), 1, "cannot be read")


def test_the_date_of_a_file_that_says_none(bare: Command, tmp_path: Path) -> None:
    path = write_list(tmp_path / "ABCD.csv", {"AAPL": 0.5, "MSFT": 0.5})
    check_refusal(bare("receipt", path), 1, "--as-of")
    answer = bare("receipt", path, "--as-of", "2026-01-02")
    assert answer.status == 0
    assert "as of: 2026-01-02" in answer.out
    assert "from --as-of" in answer.out


def test_a_ticker_needs_a_database(bare: Command) -> None:
    check_refusal(bare("receipt", "SPY"), 3, "no database chosen")


def test_what_is_a_file_and_what_a_ticker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").write_text("x")
    (tmp_path / "QQQ").mkdir()
    assert all(map(is_file, ["here", "a/b", "SPY.csv", "SPY.XLSX", "./SPY"]))
    assert not any(map(is_file, ["SPY", "brk.b", "QQQ", "S" * 300]))


@pytest.fixture
def loaded(command: Command, file: Path, tmp_path: Path) -> Command:
    """The file in the record, and beside it one of the day before."""
    folder = tmp_path / "folder"
    write_ishares(folder / "IVV_b.csv", IVV, EARLIER, {"XOM": 600.0, "CVX": 250.0})
    file.rename(folder / "IVV_a.csv")
    answer = command("load", "--etf", "IVV", "--holdings-dir", folder)
    assert answer.status == 0
    assert "! IVV_a.csv: columns not understood: Moon" in answer.lines
    return command


def test_of_a_fund_the_current_receipt_as_it_was_recorded(loaded: Command) -> None:
    answer = loaded("receipt", "ivv")
    assert (answer.status, answer.err) == (0, "")
    assert "✓ adds up: 35 rows read, each accounted for" in answer.lines
    assert "file: IVV_a.csv" in answer.lines
    assert "proxy: no" in answer.lines
    assert "recorded: nowhere" not in answer.out
    value = loaded("receipt", "IVV", "--json").json
    assert value["receipt"]["rows"]["merged_duplicates"] == 1
    assert value["recorded_at"] is not None


def test_of_a_fund_the_receipt_that_counted_on_a_date(loaded: Command) -> None:
    assert "file: IVV_b.csv" in loaded("receipt", "IVV", "--as-of", EARLIER).lines
    assert "file: IVV_a.csv" in loaded("receipt", "IVV", "--as-of", "2026-12-31").lines
    check_refusal(
        loaded("receipt", "IVV", "--as-of", "2026-06-01"), 1, "no source", "begins on 2026-06-30"
    )


def test_an_unknown_fund_is_answered_with_the_nearest(loaded: Command) -> None:
    check_refusal(loaded("receipt", "IVX"), 1, "no ETF 'IVX'", "nearest: IVV")
    check_refusal(loaded("receipt", "IVW"), 1, "is not loaded", "`stockgroups load --etf IVW`")


def test_a_proxy_is_told_as_one(command: Command) -> None:
    assert command("load", "--etf", "SPY").status == 0
    answer = command("receipt", "SPY")
    assert answer.status == 0
    assert "proxy: yes, in place of an issuer file" in answer.lines
    assert "weights: none in the source" in answer.lines


# (what is done to the stored receipt, what is told)
DAMAGES = {
    "a row is lost": ("'{rows_read}', '36'", "36 rows were read, but the categories hold 35"),
    "a member is lost": ("'{rows,members}', '3'", "3 rows are members, but the snapshot holds 2"),
    "a line is lost": ("'{lines}', (receipt -> 'lines') - 0", "0 of them are shown"),
    "a weight is lost": ("'{weights,cash}', '0.5'", "cash weighs 0.500000, but its rows 0.030000"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_receipt_that_does_not_add_up_is_found(
    loaded: Command, connection: Connection, damage: str
) -> None:
    change, words = DAMAGES[damage]
    connection.execute(
        f"UPDATE stockgroups.snapshots SET receipt = jsonb_set(receipt, {change})"
        " WHERE file_name = 'IVV_a.csv'".encode()
    )
    answer = loaded("receipt", "IVV")
    assert answer.status == 1
    assert any("✗ does not add up" in line and words in line for line in answer.lines)
    assert "✓ adds up" not in answer.out


def test_without_a_recorded_receipt(loaded: Command, connection: Connection) -> None:
    connection.execute("UPDATE stockgroups.snapshots SET receipt = NULL")
    answer = loaded("receipt", "IVV")
    assert answer.status == 0
    assert "No receipt was recorded for it" in answer.lines


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("product-data.json", "notional of derivatives: long 5.0000 %, short 0.0000 %"),
        ("SOXL_direxion.csv", "the notional of derivatives is not reported for 1 row"),
    ],
)
def test_what_derivatives_stand_for_is_told_or_not(bare: Command, name: str, line: str) -> None:
    golden = Path(__file__).parents[1] / "readers" / "golden"
    assert line in bare("receipt", golden / name).lines
