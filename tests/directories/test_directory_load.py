"""Directories in the database: recorded once, all of a load or nothing."""

import datetime as dt
import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest

from directory_files import make_listed, make_screener, make_tickers, make_traded
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.jobs.directory import DirectoryReport, Outcome, load_directories
from tables import read_one

APPLE = (320193, "Apple Inc.", "AAPL", "Nasdaq")


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def dump(connection: Connection) -> tuple[list[Any], list[Any]]:
    directories = connection.execute("SELECT * FROM stockgroups.directories ORDER BY id")
    listings = connection.execute("SELECT * FROM stockgroups.listings ORDER BY 1, 2")
    return directories.fetchall(), listings.fetchall()


def outcomes(report: DirectoryReport) -> list[Outcome]:
    return [file.outcome for file in report.files]


@pytest.fixture
def traded(tmp_path: Path) -> Path:
    return write(
        tmp_path,
        "nasdaqtraded.txt",
        make_traded(
            rows=["Y|ABR$D|Arbor \\N|N| |N|100|N||ABRpD|ABR-D|N", "Y|X.V|W|N| |N|100|N||Xw|X#|N"],
            symbols=["AAPL"],
            tests=["ZVV"],
        ),
    )


def test_what_is_recorded(connection: Connection, traded: Path) -> None:
    report = load_directories(connection, [traded])
    assert outcomes(report) == [Outcome.NEW]
    row = connection.execute(
        "SELECT source, as_of, file_name, reader, entry_count, receipt FROM stockgroups.directories"
    ).fetchone()
    assert row is not None
    *header, receipt = row
    assert header == [
        "nasdaqtraded", dt.date(2026, 5, 12), "nasdaqtraded.txt", "nasdaqtraded/1", 3,
    ]  # fmt: skip
    assert (receipt["read"], receipt["listed"], receipt["test_issues"]) == (4, 2, 1)
    assert [entry["ticker"] for entry in receipt["rejections"]] == ["X.V"]
    rows = connection.execute(
        "SELECT symbol, ticker, name, exchange, mic, is_etf, is_test, cik"
        ' FROM stockgroups.listings ORDER BY symbol COLLATE "C"'
    ).fetchall()
    assert rows == [
        ("AAPL", "AAPL", "AAPL Inc.", "N", "XNYS", False, False, None),
        ("ABR.PRD", "ABR$D", "Arbor \\N", "N", "XNYS", False, False, None),
        ("ZVV", "ZVV", "ZVV Inc.", "N", "XNYS", False, True, None),
    ]


def test_a_sector_is_kept_as_evidence(connection: Connection, tmp_path: Path) -> None:
    row = {"symbol": "BRK/B", "sector": "Finance", "industry": "Insurers", "ipoyear": "1988"}
    path = write(tmp_path, "nyse_2026-08-22.json", make_screener(row))
    load_directories(connection, [path])
    kept = "SELECT sector || '/' || industry || '/' || ipo_year FROM stockgroups.listings"
    assert read_one(connection, kept) == "Finance/Insurers/1988"


def test_the_same_file_is_recorded_once(
    connection: Connection, traded: Path, tmp_path: Path
) -> None:
    twin = write(tmp_path, "twin.txt", traded.read_bytes())
    assert outcomes(load_directories(connection, [traded, twin])) == [
        Outcome.NEW, Outcome.UNCHANGED,
    ]  # fmt: skip
    before = dump(connection)
    report = load_directories(connection, [traded, twin])
    assert outcomes(report) == [Outcome.UNCHANGED, Outcome.UNCHANGED]
    assert not report.changed
    assert dump(connection) == before


def test_the_same_bytes_of_another_date_say_something_new(
    connection: Connection, tmp_path: Path
) -> None:
    path = write(tmp_path, "company_tickers_exchange.json", make_tickers(APPLE))
    for day in (dt.date(2026, 1, 2), dt.date(2026, 1, 3)):
        assert outcomes(load_directories(connection, [path], as_of=day)) == [Outcome.NEW]
        assert outcomes(load_directories(connection, [path], as_of=day)) == [Outcome.UNCHANGED]


def test_a_dry_run_tells_the_same_and_writes_nothing(
    connection: Connection, traded: Path, tmp_path: Path
) -> None:
    page = write(tmp_path, "page.txt", b"<html></html>")
    planned = load_directories(connection, [traded, traded, page], dry_run=True)
    assert dump(connection) == ([], [])
    assert outcomes(planned) == [Outcome.NEW, Outcome.UNCHANGED, Outcome.REFUSED]
    assert outcomes(load_directories(connection, [traded, traded, page])) == outcomes(planned)


def test_a_refused_file_keeps_no_other_out(
    connection: Connection, traded: Path, tmp_path: Path
) -> None:
    cut = write(tmp_path, "cut.txt", traded.read_bytes()[:-40])
    ahead = write(tmp_path, "x_2099-01-01.json", make_tickers(APPLE))
    report = load_directories(connection, [cut, ahead, traded, tmp_path / "none.txt"])
    assert outcomes(report) == [
        Outcome.REFUSED, Outcome.REFUSED, Outcome.NEW, Outcome.REFUSED,
    ]  # fmt: skip
    assert "is in the future" in str(report.files[1].error)
    assert all(file.error and file.error.remedy for file in report.files if not file.directory)
    assert read_one(connection, "SELECT count(*) FROM stockgroups.directories") == 1


def test_all_of_a_load_is_recorded_or_nothing(
    connection: Connection, traded: Path, tmp_path: Path
) -> None:
    connection.execute("ALTER TABLE stockgroups.listings ADD CHECK (symbol <> 'MSFT')")
    bad = write(tmp_path, "nasdaqlisted.txt", make_listed(["AAPL", "MSFT"]))
    with pytest.raises(psycopg.errors.CheckViolation):
        load_directories(connection, [traded, bad])
    assert dump(connection) == ([], [])


def test_two_loads_at_the_same_time_record_it_once(target: Target, traded: Path) -> None:
    reports: list[DirectoryReport] = []

    def load() -> None:
        with connect(target) as own:
            reports.append(load_directories(own, [traded]))

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = sorted(outcome for report in reports for outcome in outcomes(report))
    assert found == [Outcome.NEW, *[Outcome.UNCHANGED] * 3]


def test_a_compact_spelling_is_found_by_its_index(connection: Connection, tmp_path: Path) -> None:
    many = [f"{a}{b}{c}" for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJ" for c in "ABCDEFGHIJ"]
    rows = ["Y|BRK.B|Berkshire|N| |N|100|N||BRK.B|BRK.B|N"]
    load_directories(connection, [write(tmp_path, "t.txt", make_traded(many, rows=rows))])
    asked = (
        "SELECT symbol FROM stockgroups.listings WHERE directory_id = 1"
        " AND strpos(symbol, '.') > 0 AND replace(symbol, '.', '') = 'BRKB'"
    )
    assert read_one(connection, asked) == "BRK.B"
    plan = "\n".join(row[0] for row in connection.execute(f"EXPLAIN {asked}".encode()))
    assert "listings_compact_idx" in plan
