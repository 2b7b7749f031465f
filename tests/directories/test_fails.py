"""Fails-to-deliver files of the SEC: read, and compacted in any order."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest

from directory_files import make_fails
from identity.stories import make_cusip
from stockgroups.errors import TruncatedFileError, UnrecognisedFileError
from stockgroups.readers.sec.fails import (
    CusipRun,
    FailsFile,
    FailsRegister,
    is_fails_file,
    read_fails,
)

OLD, NEW = make_cusip("74005P10"), make_cusip("69376K10")
BEFORE, AFTER = make_cusip("15670010"), make_cusip("55024110")


def read(*rows: tuple[str, str, str]) -> FailsFile:
    return read_fails(make_fails(*rows), "cnsfails.txt")


def day(month: int, date: int, year: int = 2021) -> dt.date:
    return dt.date(year, month, date)


def test_every_row_is_accounted_for() -> None:
    file = read(
        ("20210104", OLD, "PX"),
        ("20210105", OLD, "PX"),
        ("20210105", "123456789", "BAD"),
        ("20210105", NEW, "W103DIVDPYMNT"),
        ("20210199", NEW, "P"),
    )
    assert file.account() == {"read": 5, "listed": 2, "no_securities": 1, "rejected": 2}
    assert [(row.line, row.ticker, row.reason) for row in file.rejected] == [
        (4, "BAD", "'123456789' is not a CUSIP"),
        (6, "P", "'20210199' is not a day of this file"),
    ]
    assert file.runs == (CusipRun(OLD, "PX", day(1, 4), day(1, 5), "PX INC"),)
    assert (file.first, file.as_of) == (day(1, 4), day(1, 5))


def test_a_day_far_from_the_others_is_not_one_of_the_file() -> None:
    """A torn digit, 2069 in place of 2009, would keep the symbol for sixty years."""
    rows = [(f"200901{date:02}", OLD, "PX") for date in range(5, 9)]
    file = read(*rows, ("20690109", OLD, "PX"), ("20081120", OLD, "PX"))
    assert [row.reason for row in file.rejected] == ["'20690109' is not a day of this file"]
    assert (file.first, file.as_of) == (day(11, 20, 2008), day(1, 8, 2009))


def test_a_file_that_is_cut_is_refused() -> None:
    rows = [("20210104", OLD, "PX"), ("20210105", OLD, "PX")]
    with pytest.raises(TruncatedFileError, match="2 rows, but the trailer counts 3"):
        read_fails(make_fails(*rows, trailer=3), "cnsfails202101a.txt")
    with pytest.raises(TruncatedFileError, match="incomplete"):
        read_fails(make_fails(*rows, trailer=None, ends="202101"), "cnsfails202101a.txt")
    file = read_fails(make_fails(*rows, trailer=None), "cnsfails202101a.txt")
    assert file.notes == ("no trailer counts the rows",)
    with pytest.raises(UnrecognisedFileError, match="lack the date and CUSIP"):
        read(("x", "y", "z"))


def test_a_change_is_announced_and_is_no_symbol() -> None:
    file = read(
        ("20210122", AFTER, "LUMNZZZZ"),
        ("20210122", BEFORE, "LUMN"),
        ("20210125", BEFORE, "LUMNXXXX"),
        ("20210125", AFTER, "LUMN"),
        ("20210125", NEW, "NTZZZZZ"),
    )
    assert {(run.symbol, run.cusip) for run in file.runs} == {("LUMN", BEFORE), ("LUMN", AFTER)}
    assert {(c.symbol, c.cusip, c.is_new) for c in file.changes} == {
        ("LUMN", AFTER, True),
        ("LUMN", BEFORE, False),
        ("NTZ", NEW, True),
    }


def test_runs_end_where_another_has_the_symbol_and_where_files_are_missing() -> None:
    files = [
        read(("20210104", OLD, "PX"), ("20210105", NEW, "TWO")),
        read(("20210119", OLD, "PX"), ("20210120", NEW, "TWO")),
        read(("20210202", NEW, "PX")),
        read(("20210216", OLD, "PX"), ("20210217", NEW, "TWO")),
        # The first half of March is missing.
        read(("20210317", OLD, "PX")),
    ]
    told: set[tuple[CusipRun, ...]] = set()
    for seed in range(10):
        register = FailsRegister()
        for file in random.Random(seed).sample(files, len(files)):
            register.add(file)
            register.runs  # noqa: B018 - joined after each file, with what is known by then
        told.add(tuple(register.runs))
    (runs,) = told
    assert [(run.symbol, run.first, run.last) for run in runs if run.cusip == OLD] == [
        ("PX", day(1, 4), day(1, 19)),
        ("PX", day(2, 16), day(2, 16)),
        ("PX", day(3, 17), day(3, 17)),
    ]


def test_real_files(holdings: Path) -> None:
    files = sorted((holdings / "sec" / "ftd").glob("cnsfails*"))
    register = FailsRegister()
    for path in files:
        data = path.read_bytes()
        assert is_fails_file(data)
        file = read_fails(data, path.name)
        account = file.account()
        assert account["rejected"] == 0
        assert account["no_securities"] < 0.001 * account["read"]
        register.add(file)
    named = {run.cusip for run in register.runs if run.symbol in ("FB", "META")}
    assert named == {"30303M102"} or not files
