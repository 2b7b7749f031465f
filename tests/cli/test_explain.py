"""`resolve --explain`: the evidence about stocks with rank and days, and the result."""

from __future__ import annotations

from pathlib import Path

from commands import Command, check_refusal
from directory_files import make_fails
from identity.stories import make_cusip
from stockgroups.cli.resolve import MOST_EXPLAINED

OLD, NEW = make_cusip("74005P10"), make_cusip("69376K10")


def write(folder: Path, fund: str, day: str, *rows: str) -> None:
    (folder / f"{fund}_{day}.csv").write_text("\n".join(["symbol,name,weight", *rows]) + "\n")


def test_evidence_of_every_rank_is_shown_with_what_it_decides(
    command: Command, tmp_path: Path
) -> None:
    write(tmp_path, "AAAA", "2015-06-30", "PQX,PRAXAIR INC,60", "OLDT,OLD THINGS INC,40")
    write(tmp_path, "BBBB", "2025-05-30", "PQX,P10 INC CLASS A,50", "NEWT,NEW CORP,50")
    fails = tmp_path.with_name(f"{tmp_path.name}-fails")
    fails.mkdir()
    for row in (("20150105", OLD, "PQX", "PRAXAIR"), ("20250505", NEW, "PQX", "P10 INC")):
        (fails / f"cnsfails{row[0]}.txt").write_bytes(make_fails(row))
    assert command("load", "--holdings-dir", tmp_path, "--no-proxies").status == 0
    assert command("load-directory", "--dir", fails).status == 0
    alias = ("OLDT", "NEWT", "--effective", "2020-02-03", "--source", "the company")
    assert command("alias", "add", *alias).status == 0

    answer = command("resolve", "PQX", "OLDT", "--explain")
    assert answer.status == 0
    lines = [" ".join(line.split()) for line in answer.lines]
    assert "6 ticker 2015-06-30 2015-06-30 PQX PRAXAIR INC ETF AAAA" in lines
    fails_piece = f"5 register 2015-01-05 2015-01-05 PQX PRAXAIR, CUSIP {OLD}"
    assert f"{fails_piece} SEC fails-to-deliver files" in lines
    told = "OLDT became NEWT on 2020-02-03 (the company)"
    assert f"2 alias 2020-02-03 2020-02-03 NEWT {told} a person" in lines
    one = f"one stock: OLDT of 2015-06-30 and NEWT of 2025-05-30: {told} (alias, rank 2)"
    assert one in lines
    parted = "the names have no distinctive word in common, and 3597 days lie between"
    both = "PQX of 2015-06-30 and PQX of 2025-05-05 to 2025-05-30"
    assert f"two stocks: {both}: {parted} (ticker, rank 6)" in lines

    value = command("resolve", "NEWT", "--explain", "--json").json
    assert [one["security_id"] is None for one in value["stocks"]] == [False]
    assert value["stocks"][0]["security_id"] == value["resolutions"][0]["security_id"]
    assert [one["rank"] for one in value["stocks"][0]["evidence"]] == [2, 6, 6]
    groups = [piece["groups"] for piece in value["stocks"][0]["evidence"]]
    assert groups[1:] == [
        [{"group": "ETF AAAA", "from": "2015-06-30", "to": "2015-06-30"}],
        [{"group": "ETF BBBB", "from": "2025-05-30", "to": "2025-05-30"}],
    ]
    assert [one["one_stock"] for one in value["reasons"]] == [True]


def test_it_is_bounded_and_says_why_it_knows_nothing(command: Command) -> None:
    check_refusal(command("resolve", *["A"] * (MOST_EXPLAINED + 1), "--explain"), 2, "too many")
    answer = command("resolve", "NOBODY", "--explain", "--json")
    assert (answer.status, answer.json["stocks"], answer.json["reasons"]) == (1, [], [])
