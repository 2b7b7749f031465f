"""Missing or unreadable input is reported, and never gives exit status 0."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from io import BufferedReader
from pathlib import Path

import pytest

from accounts import without_rights
from commands import Command
from holdings_files import HTML_PAGE, write_ishares, write_list, write_text
from samples import DAY
from servers import open_folder
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.jobs.load import load_etfs
from stockgroups.jobs.load_options import LoadOptions
from stockgroups.readers.containers import files
from stockgroups.store import Store
from tables import read_one

IVV = "iShares Core S&P 500 ETF"
NOTHING_LOST = "Nothing changed: already up to date"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One fund's file."""
    write_ishares(tmp_path / "files" / "IVV_a.csv", IVV, DAY, {"AAPL": 600.0, "BRKB": 400.0})
    return tmp_path / "files"


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that any account may enter."""
    with open_folder() as folder:
        yield folder


def test_without_a_folder_a_database_that_had_files_is_not_up_to_date(
    command: Command,
    connection: Connection,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert command("load", "--holdings-dir", folder).status == 0
    # The wrong working directory, and a variable that is misspelt.
    monkeypatch.setenv("HOLDING_DIR_", str(folder))
    for words in ([], ["--etf", "IVV"], ["--dry-run"]):
        answer = command("load", *words)
        assert answer.status == 1
        assert "HOLDINGS_DIR is not set, and there is no ./holdings" in answer.err
        assert "1 fund on record had one; set HOLDINGS_DIR" in answer.err
        assert NOTHING_LOST not in answer.out
    # A default folder that is empty is the same as none.
    (tmp_path / "holdings").mkdir()
    assert command("load").status == 1
    (tmp_path / "holdings").rmdir()
    # To apply the record again needs no file, and is told apart from a lost folder by what it did.
    assert command("load", "--rebuild", "--etf", "IVV").status == 1
    connection.execute("UPDATE group_memberships SET weight = 0.1 WHERE weight > 0.5")
    answer = command("load", "--rebuild", "--etf", "IVV")
    assert answer.status == 0
    assert "✗" not in answer.err
    assert "✓ Updated IVV: 2 holdings (+0 −0, 1 reweighted)" in answer.out
    # The remedy helps.
    monkeypatch.setenv("HOLDINGS_DIR", str(folder))
    answer = command("load")
    assert (answer.status, answer.err, answer.lines[-1]) == (0, "", NOTHING_LOST)


def test_a_default_folder_whose_link_is_broken(command: Command, tmp_path: Path) -> None:
    (tmp_path / "holdings").symlink_to(tmp_path / "not-mounted", target_is_directory=True)
    answer = command("load")
    assert answer.status == 2
    assert "holdings: no such folder" in answer.err


@pytest.mark.parametrize("content", [[], [".hidden.csv"], ["report.pdf"], ["notes.txt", "a.docx"]])
def test_a_named_folder_without_holdings_files_makes_nothing(
    command: Command, connection: Connection, tmp_path: Path, content: list[str]
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for name in content:
        write_text(empty / name, "remember the milk")
    answer = command("load", "--holdings-dir", empty)
    assert answer.status == 1
    assert f"no holdings file in {empty}; set HOLDINGS_DIR" in answer.err
    assert NOTHING_LOST not in answer.out
    assert read_one(connection, "SELECT count(*) FROM definition_groups") == 0
    answer = command("load", "--json", "--holdings-dir", empty)
    assert answer.status == 1
    assert len(answer.json["failures"]) == 1


def test_a_fund_on_record_whose_file_is_gone(command: Command, folder: Path) -> None:
    write_list(folder / f"MINE_{DAY}.csv", {"KO": None})
    assert command("load", "--holdings-dir", folder).status == 0
    (folder / "IVV_a.csv").unlink()
    answer = command("load", "--holdings-dir", folder, "--etf", "IVV")
    assert answer.status == 1
    assert f"no holdings file for IVV in {folder}" in answer.err
    assert NOTHING_LOST not in answer.out
    # Files that were loaded need not stay: what lies there is loaded.
    assert command("load", "--holdings-dir", folder).status == 0


def test_a_sub_folder_that_cannot_be_entered_stops_nothing(
    connection: Connection, store: Store, catalog: Catalog, place: Path
) -> None:
    write_ishares(place / "IVV_a.csv", IVV, DAY, {"AAPL": 1.0})
    write_list(place / "open" / f"MINE_{DAY}.csv", {"KO": None})
    write_list(place / "shut" / f"LOST_{DAY}.csv", {"KO": None})
    write_list(place / f"SHUT_{DAY}.csv", {"KO": None})
    options = LoadOptions(place, proxies=False)
    load_etfs(
        Store(connection, "UAT", catalog=catalog), options
    )  # so that nothing is left to be imported
    for mode in (0o000, 0o644):
        (place / "shut").chmod(mode)
        (place / f"SHUT_{DAY}.csv").chmod(0)
        with without_rights():
            report = load_etfs(store, options)
        assert [error.where for error in report.failures] == ["shut", f"SHUT_{DAY}.csv"]
        assert {group.key.name for group in report.plan.groups} == {"IVV", "MINE"}
    assert read_one(connection, "SELECT count(*) FROM definition_groups WHERE name = 'LOST'") == 1


def test_what_could_not_be_read_is_on_standard_error_and_in_the_json(
    command: Command, folder: Path
) -> None:
    (folder / "SPY.csv").symlink_to("/dev/zero")
    (folder / "QQQ.csv").symlink_to(folder / "gone.csv")
    answer = command("load", "--holdings-dir", folder)
    assert answer.status == 1
    assert "✗ SPY.csv: a link out of the folder is not followed" in answer.err
    assert "✗ QQQ.csv: a broken link" in answer.err
    assert "✓ Inserted IVV: 2 holdings" in answer.lines
    assert len(command("load", "--json", "--holdings-dir", folder).json["failures"]) == 2


def test_notes_are_passed_over_by_name_and_files_that_may_be_holdings_are_not(
    command: Command, folder: Path
) -> None:
    strays = {
        "notes.txt": "remember to download SPY on Monday\n",
        "todo.txt": "",
        "README.txt": "These files come from the issuers, as they are.\n",
        "shopping.txt": "milk\neggs\n",
        "spaced.txt": "0 and 0\n\n#N/A\n",
        "bank.csv": "Date,Amount,Description\n2026-01-01,5.00,Coffee\n",
        "package.json": '{"name": "x", "version": 1}',
        "with\nnewline.txt": "nothing, really",
    }
    for name, content in strays.items():
        write_text(folder / name, content)
    answer = command("load", "--holdings-dir", folder)
    assert (answer.status, answer.err) == (0, "")
    assert sum(" · skipped · " in line for line in answer.lines) == len(strays)
    assert any(line.startswith("  with\\nnewline.txt · skipped") for line in answer.lines)
    again = command("load", "--holdings-dir", folder)
    assert (again.status, again.lines[-1]) == (0, NOTHING_LOST)
    for name, content in {
        "SPY.txt": "remember the milk\n",
        "fund.csv": "Fund Ticker,Weight\nAAPL,5\n",
        "download.csv": HTML_PAGE,
        "empty.csv": "",
        "page.xlsx": HTML_PAGE,
        "cut.xlsx": "PK\x03\x04",
        "symbols.txt": "AAPL\nMSFT\n",
        "ZZZZ_2026-07-01.csv": "a,b\n",
        "ZZZZ_cut.csv": "02/18/2022,94.19,5.81\n",
    }.items():
        write_text(folder / name, content)
        answer = command("load", "--holdings-dir", folder)
        assert answer.status == 1, name
        assert f"✗ {name}: refused: " in answer.err
        answer = command("load", "--holdings-dir", folder, "--ignore", name)
        assert (answer.status, answer.err) == (0, ""), name
        assert "Ignored by pattern: 1 (files or folders)" in answer.lines
        (folder / name).unlink()


def test_a_file_that_changes_while_it_is_read_is_refused(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "IVV_a.csv"
    whole = path.read_text()
    real = os.fstat
    cut = iter([whole[:-40], whole])

    def fstat(descriptor: int) -> object:
        path.write_text(next(cut, whole))
        return real(descriptor)

    monkeypatch.setattr("stockgroups.readers.containers.files.os.fstat", fstat)
    answer = command("load", "--holdings-dir", folder)
    assert answer.status == 1
    assert "the file changed while it was read; wait until it is complete" in answer.err
    monkeypatch.undo()


def test_a_file_that_vanishes_before_it_is_read(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_list(folder / f"MINE_{DAY + dt.timedelta(days=1)}.csv", {"KO": None})
    real = files.open_file

    def vanish(path: Path, where: str) -> AbstractContextManager[BufferedReader]:
        if path.name.startswith("IVV"):
            path.unlink(missing_ok=True)
        return real(path, where)

    monkeypatch.setattr("stockgroups.readers.read.open_file", vanish)
    answer = command("load", "--holdings-dir", folder)
    assert answer.status == 1
    assert "✗ IVV_a.csv: refused: no such file" in answer.err
    assert "✓ Inserted MINE: 1 holdings" in answer.lines
