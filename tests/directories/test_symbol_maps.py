"""Maps of symbols: read as steps, and evidence of lower rank than aliases."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from commands import Command
from identity.stories import make_cusip
from stockgroups.errors import NoDateError, UnrecognisedFileError
from stockgroups.readers.directories.symbol_maps import Step, is_map_file, read_map

MADE = dt.date(2025, 3, 31)


def test_steps_are_the_changes_that_had_come_when_the_file_was_made() -> None:
    data = b"20100104,qzo,Q\n20150630,qzo,Q\n20200602,qzn.a,Q\n20501231,qzt,Q\n"
    steps = [
        Step("QZO", dt.date(2015, 7, 1), "QZN.A"),
        Step("QZN.A", dt.date(2020, 6, 3), "QZT"),
    ]
    assert list(read_map(data, "qzt.csv", MADE).steps) == steps
    # A date before a change does not know of it; one that ended came free.
    assert list(read_map(data, "qzt_2019-01-02.csv").steps) == steps[:1]
    gone = read_map(b"19990929,fb\n20030328,fb\n", "fb.1.csv", MADE)
    assert list(gone.steps) == [Step("FB", dt.date(2003, 3, 29), None)]
    assert gone.to_dict()["steps"] == [["FB", "2003-03-29", None]]


def test_what_is_no_map_is_told_apart_or_refused() -> None:
    assert not is_map_file(b"ticker,weight\n20200101,ab\n")
    assert not is_map_file(b"20200101,ab\n")
    assert not is_map_file(b"20200101,ab\n" * 9999)
    with pytest.raises(NoDateError, match="--as-of"):
        read_map(b"20200101,ab\n20210101,ab\n", "ab.csv")
    for lines in (b"20210101,ab\n20200101,cd\n", b"20209901,ab\n20210101,cd\n"):
        with pytest.raises(UnrecognisedFileError):
            read_map(lines, "ab.csv", MADE)


def test_a_map_joins_until_a_stronger_or_a_newer_word(command: Command, tmp_path: Path) -> None:
    files, maps = tmp_path / "files", tmp_path / "maps"
    files.mkdir()
    maps.mkdir()
    other = make_cusip("36960430")
    rows = {
        "AAAA_2020-01-31": "QZO,QZO HOLDINGS,,50\nQZX,OTHER ONE,,50",
        "BBBB_2020-06-30": f"QZN,NOVA CORP,,50\nQZY,YONDER,{other},50",
    }
    for name, lines in rows.items():
        (files / f"{name}.csv").write_text(f"symbol,name,cusip,weight\n{lines}\n")
    assert command("load", "--holdings-dir", files, "--no-proxies").status == 0
    (maps / "qzn.csv").write_text("20100104,qzo,Q\n20200302,qzo,Q\n20501231,qzn,Q\n")
    answer = command("load-directory", "--dir", maps, "--as-of", "2025-03-31")
    assert "symbol_map as of 2025-03-31" in answer.out
    why = "QZO became QZN on 2020-03-03 (the map of symbols qzn.csv) (register)"
    assert f"the same stock as QZN now: {why}" in answer.out
    again = command("load-directory", "--dir", maps, "--as-of", "2025-03-31")
    assert "Nothing changed" in again.out
    explained = command("resolve", "QZO", "--explain").out
    assert "a register" in explained
    assert f"{why[:-1]}, rank 5)" in explained

    # A person's word on the same symbol and about the same day counts before it.
    confirmed = ("QZO", "QZY", "--effective", "2020-03-05", "--source", "me")
    told = command("alias", "add", *confirmed).out
    assert "split: " in told
    assert "(alias)" in told
    assert command("resolve", "QZO", "--json").json[0]["current_symbol"] == "QZY"
    assert command("alias", "remove", "QZO", "--effective", "2020-03-05").status == 0
    assert command("resolve", "QZO", "--json").json[0]["current_symbol"] == "QZN"

    # What a map says came free is another stock's later on, and the reason is told.
    (files / "CCCC_2021-06-30.csv").write_text("symbol,name,cusip,weight\nQZX,OTHER ONE,,100\n")
    assert command("load", "--holdings-dir", files, "--etf", "CCCC").status == 0
    (maps / "qzx.1.csv").write_text("20100104,qzx,Q\n20200302,qzx,Q\n")
    (maps / "qzx.csv").write_text("20210104,qzw,Q\n20210201,qzw,Q\n20501231,qzx,Q\n")
    freed = command("load-directory", "--dir", maps, "--as-of", "2025-03-31").out
    assert (
        "QZX is another stock from 2020-03-03 on (the map of symbols qzx.1.csv) (register)" in freed
    )

    # A newer map of that name takes the place of the older one; an older one does not.
    (maps / "qzn.csv").write_text("20200303,qzn,Q\n20501231,qzn,Q\n")
    parted = command("load-directory", "--dir", maps, "--as-of", "2025-06-30").out
    assert "split: QZN" in parted
    (maps / "qzn.csv").write_text("20100104,qzx,Q\n20200302,qzx,Q\n20501231,qzn,Q\n")
    late = command("load-directory", "--dir", maps, "--as-of", "2024-12-31").out
    assert "joined" not in late
    assert command("resolve", "QZO", "--json").json[0]["current_symbol"] == "QZO"
