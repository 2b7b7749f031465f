"""Whole pasts of universes: the three layouts, and rows that must not be lost."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest

from readers.builders import CATALOG
from stockgroups.errors import (
    EmptyFileError,
    SourceError,
    StockgroupsError,
    TruncatedFileError,
    UnrecognisedFileError,
    UnsupportedFileError,
)
from stockgroups.readers.lists import member_history
from stockgroups.readers.lists.histories import read_history
from stockgroups.readers.lists.member_history import MemberHistory

INTERVALS = """ticker,start_date,end_date
AAA,2000-01-03,
BBB,2000-01-03,2001-06-01
BRK/B,2001-06-01,2002-02-01
BBB,2003-01-01,
"""
CONSTITUENTS = """date,tickers
2000-01-03,"AAA,BBB"
2001-06-01,"AAA, BRK.B"
2001-07-01,"AAA,BRK-B"
2002-02-01,AAA
2003-01-01,"BBB,AAA"
"""
CHANGES = """date,add,remove
2000-01-03,"AAA,BBB",
2001-06-01,BRK.B,BBB
2002-02-01,"",BRKB
2003-01-01,BBB
"""
EXPECTED = [
    ("2000-01-03", {"AAA", "BBB"}),
    ("2001-06-01", {"AAA", "BRK.B"}),
    ("2002-02-01", {"AAA"}),
    ("2003-01-01", {"AAA", "BBB"}),
]


def read(text: str) -> MemberHistory:
    return read_history(text.encode(), "past.csv", CATALOG)


@pytest.mark.parametrize("text", [INTERVALS, CONSTITUENTS, CHANGES])
def test_the_three_layouts_tell_the_same_past(text: str) -> None:
    for printed in (text, text.replace("\n", "\r\n"), "\ufeff" + text, text.replace(",,", ", ,")):
        assert [(str(day), set(m)) for day, m in read(printed).walk()] == EXPECTED


def test_a_last_row_that_was_torn_is_no_open_interval() -> None:
    names = "symbol,name,opt-in,opt-out\nAAA,A,2000-01-03,2001-06-01\nBBB,B,2000-01-03"
    for text in (INTERVALS + "CCC,2000-01-03", names):
        with pytest.raises(TruncatedFileError, match="ends inside its last row"):
            read(text)
        assert read(text + "\n").tickers
    assert len(read(INTERVALS.rstrip()).tickers) == 3


def test_changes_build_upon_what_was_before_and_the_others_do_not() -> None:
    base = frozenset({"ZZZ"})
    assert next(read(CHANGES).walk(base))[1] == {"AAA", "BBB", "ZZZ"}
    assert next(read(INTERVALS).walk(base))[1] == {"AAA", "BBB"}


def test_rows_that_overlap_or_touch_are_one_stay() -> None:
    past = read(
        "Ticker,Start Date,End Date\nAAA,2000-01-03,2000-03-01\nAAA,2000-03-01,2000-05-01\n"
        "AAA,2000-04-01,2000-07-01\nBBB,2000-01-03,\n"
    )
    assert [str(day) for day, _ in past.walk()] == ["2000-01-03", "2000-07-01"]


def test_what_is_printed_first_is_the_spelling() -> None:
    assert read(INTERVALS).tickers == {"AAA": "AAA", "BBB": "BBB", "BRK.B": "BRK/B"}


REFUSED = {
    "a,b,c\n1,2,3\n": (UnrecognisedFileError, "ticker,start_date,end_date"),
    "ticker,start_date\nAAA,2000-01-03\n": (UnrecognisedFileError, "not a history"),
    "date,tickers\n": (EmptyFileError, "no rows"),
    "ticker,start_date,end_date\nAAA,2000-13-03,\n": (SourceError, "line 2"),
    "ticker,start_date,end_date\nAAA,,\n": (SourceError, "not a date"),
    "ticker,start_date,end_date\nAAA,0009-01-01,\n": (SourceError, "not a date"),
    "ticker,start_date,end_date\nAAA,2000-01-03,2000-01-03\n": (SourceError, "ends on"),
    "ticker,start_date,end_date\n\nA?,2000-01-03,\n": (SourceError, "line 3"),
    "ticker,start_date,end_date\nAAA,2000-01-03,,x\n": (SourceError, "4 columns"),
    "date,tickers\n2000-01-03,AAA\n2000-01-03,BBB\n": (SourceError, "line 2"),
    "date,add,remove\n2000-01-03,AAA,AAA\n": (SourceError, "both added and removed"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_row_that_is_not_understood_refuses_the_file(text: str) -> None:
    kind, words = REFUSED[text]
    with pytest.raises(kind) as refused:
        read(text)
    assert words in str(refused.value)
    assert "past.csv" in str(refused.value)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("2000-01-03,AAA,\n2000-02-01,AAA,", "line 3: adds AAA, which is a member"),
        ("2000-01-03,AAA,\n2000-02-01,,BBB", "line 3: removes BBB, which is not a member"),
    ],
)
def test_changes_that_cannot_be_are_refused(rows: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        list(read(f"date,add,remove\n{rows}\n").walk())


def test_a_past_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(member_history, "MOST_MEMBERS", 5)
    with pytest.raises(StockgroupsError, match="more than"):
        list(read(INTERVALS).walk())


def test_the_real_intervals_on_random_days(holdings: Path) -> None:
    path = holdings / "pit" / "sp500_ticker_start_end.csv"
    past = read_history(path.read_bytes(), path.name, CATALOG)
    told = list(past.walk())
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    dice = random.Random(7)
    for _ in range(200):
        day = dt.date(1996, 1, 2) + dt.timedelta(days=dice.randrange(11_000))
        expected = {
            t for t, start, end in rows if start <= str(day) and (not end or str(day) < end)
        }
        members = [members for date, members in told if date <= day][-1]
        assert members == expected, day


@pytest.mark.parametrize("end", ["2099-12-31", "9999-12-31", "2262-04-11", ""])
def test_an_end_beyond_all_plans_is_none(end: str) -> None:
    past = read(f"symbol,name,opt-in,opt-out\nAAA,A Corp.,2000-01-03,{end}\n")
    assert [(str(day), set(members)) for day, members in past.walk()] == [("2000-01-03", {"AAA"})]


INCLUSIVE = "symbol,start,end\nAAA,2024-01-02,2024-06-28\nAAA,2024-06-29,2024-12-30\n"


def test_ends_that_are_last_days() -> None:
    with pytest.raises(SourceError, match="--end-inclusive"):
        read(INCLUSIVE)
    past = read_history(INCLUSIVE.encode(), "past.csv", CATALOG, end_inclusive=True)
    assert [str(day) for day, _ in past.walk()] == ["2024-01-02", "2024-12-31"]


def test_local_tickers_of_an_index_abroad_are_no_us_listings() -> None:
    local, placed = (f"ticker,start_date,end_date\n{t},2020-01-02,\n" for t in ("MC", "MC.XPAR"))
    for name, universe in (("cac40.csv", ""), ("past.csv", "cac40")):
        with pytest.raises(UnsupportedFileError, match=r"write them as MC\.XPAR"):
            read_history(local.encode(), name, CATALOG, universe=universe)
        assert read_history(placed.encode(), name, CATALOG, universe=universe).tickers == {
            "MC.XPAR": "MC.XPAR"
        }
