"""Damaged files by command: refused, accepted, and reported while they are effective."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from commands import Command
from holdings_files import write_ishares, write_text
from readers.layouts import LAYOUTS
from readers.positions import POSITIONS
from samples import DAY
from stockgroups.db.connection import Connection
from tables import dump, read_members

IVV = "iShares Core S&P 500 ETF"
WHOLE = {f"Q{b}{a}": 100.0 - 3 * n for n, (a, b) in enumerate(product("ABCDEFGHIJ", "ABC"))}


def test_a_file_that_lacks_members_of_the_recorded_one_of_its_date(
    command: Command, connection: Connection, tmp_path: Path
) -> None:
    write_ishares(tmp_path / "IVV_a.csv", IVV, DAY, WHOLE)
    flags = ("--holdings-dir", tmp_path, "--etf", "IVV")
    assert command("load", *flags).status == 0
    before = dump(connection)
    short = dict(list(WHOLE.items())[:-1])
    write_ishares(tmp_path / "IVV_b.csv", IVV, DAY, short)
    answer = command("load", *flags)
    assert answer.status == 1
    assert "1 of the 30 members in another file of that date are missing" in answer.err
    assert "--accept shrink" in answer.err
    assert dump(connection) == before
    assert command("load", *flags, "--accept", "shrink").status == 0
    told = "! IVV_b.csv: accepted (shrink): 1 of the 30 members"
    for _ in range(2):  # the second time it is known from the record
        answer = command("load", *flags)
        assert answer.status == 0
        assert any(line.startswith(told) for line in answer.lines)
    (file,) = [f for f in command("load", *flags, "--json").json["files"] if f["suspicions"]]
    assert (file["file"], file["suspicions"][0]["guard"]) == ("IVV_b.csv", "shrink")
    assert "! suspicious (shrink): 1 of the 30" in command("receipt", "IVV").out
    assert any("IVV_b.csv was accepted (shrink)" in w for w in suspicions(command))
    remedy = re.search(r"`stockgroups (rollback \d+)`", command("validate").out)
    assert remedy
    assert command(*remedy[1].split()).status == 0
    assert suspicions(command) == []
    assert set(read_members(connection, "IVV")) == set(WHOLE)
    assert command("load", *flags, "--accept", "shrink").status == 0  # nor does it come back
    assert set(read_members(connection, "IVV")) == set(WHOLE)
    write_ishares(tmp_path / "IVV_c.csv", IVV, DAY + dt.timedelta(days=1), WHOLE)
    assert command("load", *flags).status == 0
    assert suspicions(command) == []


def suspicions(command: Command) -> list[str]:
    """The warnings of suspicious files that were accepted."""
    (section,) = [s for s in command("validate", "--json").json["sections"] if s["check"] == "etfs"]
    return [f["message"] for f in section["findings"] if "guard" in f["details"]]


def test_of_two_files_of_one_date_in_one_load_the_short_one_is_refused(
    command: Command, tmp_path: Path
) -> None:
    write_ishares(tmp_path / "IVV_a.csv", IVV, DAY, dict(list(WHOLE.items())[:-1]))
    write_ishares(tmp_path / "IVV_b.csv", IVV, DAY, WHOLE)
    answer = command("load", "--holdings-dir", tmp_path, "--etf", "IVV")
    assert answer.status == 1
    assert "IVV: refused: IVV_a.csv: 1 of the 30 members" in answer.err
    assert "✓ Inserted IVV: 30 holdings" in answer.lines


def test_a_figure_in_another_scale_is_refused_and_shown(command: Command, tmp_path: Path) -> None:
    path = write_ishares(tmp_path / "IVV_a.csv", IVV, DAY, WHOLE)
    path.write_text(path.read_text().replace('"Equity","100.00"', '"Equity","10,000.00"'))
    answer = command("load", "--holdings-dir", tmp_path, "--etf", "IVV")
    assert answer.status == 1
    assert "1 row contradicts the others: line 11 has the weight" in answer.err
    assert "--accept weights" in answer.err
    shown = command("receipt", path)
    assert shown.status == 1
    assert any(line.startswith("! suspicious (weights): 1 row") for line in shown.lines)
    assert command("receipt", path, "--accept", "weights").status == 0
    path = write_text(tmp_path / "MINE_2026-07-02.csv", "symbol,weight\nAAPL,90\n?!,10\n")
    shown = command("receipt", path)
    assert shown.status == 1  # as a load refuses it
    assert "! suspicious (rejected): 10.0% of it could not be classified" in shown.out


@pytest.mark.parametrize("source", ["ark", "invesco", "schwab", "ishares_us"])
def test_a_header_in_the_middle_of_a_table_is_refused_until_it_is_accepted(
    command: Command, connection: Connection, tmp_path: Path, source: str
) -> None:
    layout = next(layout for layout in LAYOUTS if layout.source == source)
    above, header = layout.above[0], list(layout.columns)
    stocks = [replace(position, weight="50.00") for position in POSITIONS[:2]]
    one, other = ([column(stock) for column in layout.columns.values()] for stock in stocks)
    sheet = [*above, header, one, header, other, *layout.below[-1]]
    if source == "ishares_us":  # a second table: what the fund's own funds hold
        sheet += [*above, header, *[[column(POSITIONS[4]) for column in layout.columns.values()]]]
    path = tmp_path / layout.file_name
    path.write_bytes(layout.writers[0](sheet))
    flags = ("load", "--holdings-dir", tmp_path, "--etf", path.stem)
    answer = command(*flags)
    assert answer.status == 1
    assert f"{path.name}: refused: the header is repeated on line {len(above) + 3}" in answer.err
    assert "--accept repeated" in answer.err
    assert not any(read_members(connection, path.stem).values())  # QQQ's proxy has no weights
    assert command(*flags, "--accept", "repeated").status == 0
    assert set(read_members(connection, path.stem)) == {"AAPL", "MSFT"}


def test_half_a_file_without_an_end_is_refused_beside_what_is_recorded(
    command: Command, tmp_path: Path
) -> None:
    """The advisers' layout of Vanguard: its figures alone cannot tell the smaller half."""
    header = "SEDOL,Ticker,Holdings name,Market value*,% of fund*,Market\n"
    weights = {ticker: 3.8 - 0.036 * n for n, ticker in enumerate(WHOLE)}  # 98.34 %
    weights |= {f"Z{ticker}": 0.02 for ticker in WHOLE}
    rows = [
        f'2046251,{ticker},A CORP,"${1e6 * weight:.2f} ",{weight:.9f},US\n'
        for ticker, weight in weights.items()
    ]
    flags = ("load", "--holdings-dir", tmp_path, "--etf", "VTI")
    whole = write_text(tmp_path / "VTI_2023-08-31.csv", header + "".join(rows))
    assert command(*flags).status == 0
    whole.unlink()
    write_text(tmp_path / "VTI_2023-08-31_half.csv", header + "".join(rows[:31]))
    answer = command(*flags)
    assert answer.status == 1
    assert "29 of the 60 members in another file of that date are missing" in answer.err
    write_text(tmp_path / "VTI_2023-08-31_half.csv", "")
    write_text(tmp_path / "VTI_2023-09-30.csv", header + "".join(rows[:31]))
    answer = command(*flags)
    assert "29 of 60 members (48%) removed between 2023-08-31 and 2023-09-30" in answer.err


def test_a_cut_file_is_accepted_with_one_word_and_mended_by_the_whole_one(
    command: Command, connection: Connection, tmp_path: Path
) -> None:
    path = write_ishares(tmp_path / "IVV_a.csv", IVV, DAY, WHOLE)
    whole = path.read_text()
    lines = whole.splitlines(keepends=True)
    flags = ("load", "--holdings-dir", tmp_path, "--etf", "IVV")
    assert command(*flags).status == 0
    path.write_text("".join(lines[:-20]).replace('"Equity","100.00"', '"Equity","9,000.00"'))
    refused = command(*flags)
    assert (refused.status, "--accept all" in refused.err) == (1, True)
    assert command(*flags, "--accept", "all").status == 0
    assert len(suspicions(command)) >= 2  # of the file by itself, and beside the whole one
    cut = tmp_path / "IVV_cut.csv"
    cut.write_text(path.read_text())
    path.write_text(whole)
    assert set(read_members(connection, "IVV")) < set(WHOLE)
    assert "✓ Unchanged IVV" in command(*flags).out  # while the cut one lies beside it
    cut.unlink()
    assert "✓ Updated IVV: 30 holdings" in command(*flags).out
    assert set(read_members(connection, "IVV")) == set(WHOLE)
    assert suspicions(command) == []
    assert "Nothing changed" in command(*flags).out


def test_an_unknown_word_is_refused_with_the_list(command: Command, tmp_path: Path) -> None:
    for words in (
        ("load", "--accept", "everything"),
        ("receipt", tmp_path / "x.csv", "--accept", "everything"),
        ("load-history", tmp_path / "x.csv", "--universe", "x", "--accept", "everything"),
    ):
        answer = command(*words)
        assert answer.status == 2
        assert "unknown guard 'everything'" in answer.err
        assert "truncated, repeated, weights, rejected, shrink, rows, changed, future" in answer.err


def test_members_without_a_weight_are_told(command: Command, tmp_path: Path) -> None:
    write_text(tmp_path / "SPY_2026-07-02.csv", "AAPL,60\nMSFT,40\nNVDA,n/a\n")
    flags = ("load", "--holdings-dir", tmp_path, "--etf", "SPY")
    for _ in range(2):  # the second time it is known from the record
        answer = command(*flags)
        assert "3 rows, 3 members, 1 without a weight" in answer.out
    (file,) = command(*flags, "--json").json["files"]
    assert file["unweighted"] == 1
