"""`stockgroups load-directory`: its flags, its lines, its JSON, its exit statuses."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from commands import Command, check_refusal
from directory_files import make_other, make_tickers, make_traded
from stockgroups.db.connection import Connection
from tables import read_one

COUNT = "SELECT count(*) FROM stockgroups.directories"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two directories, and a page that was saved in place of one."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.txt").write_bytes(make_traded(["AAPL"], tests=["ZVV"]))
    (folder / "b.json").write_bytes(make_tickers([320193, "Apple Inc.", "AAPL", "Nasdaq"]))
    (folder / "c.txt").write_bytes(b"<html></html>")
    return folder


def test_the_report_tells_each_file(command: Command, connection: Connection, folder: Path) -> None:
    answer = command("load-directory", "--dir", folder, "--as-of", "2026-01-02")
    assert answer.status == 1
    target, *lines = answer.lines
    assert target.startswith("Loading into ")
    assert f"/{connection.info.dbname}, environment TEST; all its environments share" in target
    assert lines == [
        f"✓ {folder}/a.txt · new · nasdaqtraded as of 2026-05-12 (from the content)"
        " · 2 rows: 1 listed, 1 test issue, 0 rejected",
        f"✓ {folder}/b.json · new · sec_tickers as of 2026-01-02 (from --as-of)"
        " · 1 row: 1 listed, 0 test issues, 0 rejected",
    ]
    assert answer.err.startswith(f"✗ {folder}/c.txt: refused: an HTML page")
    assert read_one(connection, COUNT) == 2
    again = command("load-directory", folder / "a.txt")
    assert again.status == 0
    assert again.lines[1].startswith(f"✓ {folder}/a.txt · unchanged")
    assert again.lines[2:] == ["Nothing changed: already up to date"]


def test_a_folder_is_named_as_a_file_is(command: Command, folder: Path, tmp_path: Path) -> None:
    alone = tmp_path / "d.txt"
    alone.write_bytes(make_other(["SPY"]))
    answer = command("load-directory", folder, alone, "--as-of", "2026-01-02", "--json")
    assert [Path(file["file"]).name for file in answer.json["files"]] == [
        "d.txt",
        "a.txt",
        "b.json",
        "c.txt",
    ]


def test_what_is_no_directory_is_told_with_all_that_are_known(
    command: Command, tmp_path: Path
) -> None:
    table, workbook = tmp_path / "companies.csv", tmp_path / "companies.xlsx"
    table.write_bytes(b"Company name,ASX code\nBHP Group,BHP\n")
    with zipfile.ZipFile(workbook, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    answer = command("load-directory", table, workbook)
    assert answer.status == 1
    first, second = answer.err.splitlines()
    assert "not a known symbol directory; known are nasdaqtraded, " in first
    assert first.endswith(" sec_fund_classes, sec_ncen, sec_fails, symbol_map")
    assert "refused: a workbook, not an archive" in second


def test_a_dry_run_writes_nothing(command: Command, connection: Connection, folder: Path) -> None:
    answer = command("load-directory", folder / "a.txt", "--dry-run")
    assert answer.status == 0
    assert answer.lines[0].startswith("[DRY-RUN] Would load into ")
    assert answer.lines[1].startswith(f"✓ {folder}/a.txt · would be new")
    assert read_one(connection, COUNT) == 0


def test_rejected_entries_and_findings_are_told(command: Command, tmp_path: Path) -> None:
    rows = [f"?{n}|Name {n}|N|?{n}|N|100|N|?" for n in range(25)]
    data = make_other(["IBM"], rows=[*rows, "F|Ford|J|F|N|100|N|F"])
    path = tmp_path / "otherlisted.txt"
    path.write_bytes(data)
    answer = command("load-directory", path)
    assert answer.status == 0
    assert "27 rows: 2 listed, 0 test issues, 25 rejected" in answer.lines[1]
    assert answer.lines[2].startswith("  ! rejected, line 2: ?0 Name 0: '?0' is not the symbol")
    assert answer.lines[22:] == [
        "  … and 5 more; --verbose prints all",
        "  ! unknown exchange codes: J",
    ]
    verbose = command("load-directory", path, "--verbose")
    assert sum("! rejected" in line for line in verbose.lines) == 25


def test_json_holds_the_receipts(command: Command, folder: Path) -> None:
    answer = command("load-directory", "--json", "--dir", folder, "--as-of", "2026-01-02")
    assert answer.status == 1
    assert (answer.json["changed"], answer.json["dry_run"]) == (True, False)
    traded, tickers, page = answer.json["files"]
    assert (traded["outcome"], traded["source"], traded["as_of"]) == (
        "new", "nasdaqtraded", "2026-05-12",
    )  # fmt: skip
    receipt = traded["receipt"]
    assert (receipt["read"], receipt["listed"], receipt["test_issues"]) == (2, 1, 1)
    assert tickers["receipt"]["as_of_from"] == "--as-of"
    assert (page["outcome"], page["receipt"]) == ("refused", None)
    assert "HTML" in page["error"]


def test_wrong_usage(command: Command, tmp_path: Path) -> None:
    check_refusal(command("load-directory"), 2, "no file given", "--dir")
    check_refusal(command("load-directory", "x", "--as-of", "May"), 2, "--as-of", "'May'")
    check_refusal(command("load-directory", "--dir", tmp_path / "no"), 2, "no such folder")


def test_a_database_is_needed(bare: Command, folder: Path) -> None:
    check_refusal(bare("load-directory", folder / "a.txt"), 3, "no database chosen")


def test_a_folder_without_files(command: Command, tmp_path: Path) -> None:
    answer = command("load-directory", "--dir", tmp_path)
    assert (answer.status, answer.lines[1:]) == (1, ["No directory files there"])
