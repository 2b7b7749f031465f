"""The scripts, run as a person runs them: by their path, from some other folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from holdings_files import write_list
from stockgroups.db.connection import Connection, Target
from tables import dump, read_one

FOLDER = Path(__file__).parents[2] / "scripts" / "cache_maintenance"
SCRIPTS = (
    "load_etf_holdings",
    "build_stock_metadata",
    "organize_sectors_industries",
    "organize_universe",
    "query_relationships",
    "validate_relationships",
    "migrate_to_new_tables",
)
Script = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def script(chosen: Target, tmp_path: Path) -> Script:
    """A function that runs a script with these flags on the test's database."""
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()

    def script(name: str, *words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, FOLDER / f"{name}.py", *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            cwd=elsewhere,
        )

    return script


PROGRESS = re.compile(r"^reading \d+ of \d+: .*\n", re.MULTILINE)
"""What a script tells of long work; on a slow machine all work is long."""


def check_lines(done: subprocess.CompletedProcess[str], *patterns: str) -> None:
    """Fail unless the script succeeded and each pattern matches a whole line, in this order."""
    told = PROGRESS.sub("", done.stderr)
    assert (done.returncode, told) == (0, "")
    lines = iter(done.stdout.splitlines())
    for pattern in patterns:
        assert any(re.fullmatch(pattern, line.strip()) for line in lines), pattern


def test_all_six_one_after_the_other_print_the_lines_that_people_look_for(
    script: Script, connection: Connection
) -> None:
    check_lines(script("load_etf_holdings"), r"✓ Inserted QQQ: \d+ holdings( \(proxy\))?")
    check_lines(
        script("build_stock_metadata"),
        r"Collected \d+ unique stocks from ETFs",
        r"Built membership map for \d+ stocks",
    )
    check_lines(
        script("organize_sectors_industries"),
        "Creating 11 sector entries...",
        "✓ Created sector: energy",
        "Created 11 sector entries",
    )
    connection.execute(
        "INSERT INTO definition_groups (name, type, environment) VALUES ('pets', 'THEME', 'TEST')"
    )
    check_lines(
        script("organize_universe"),
        "Creating 20 theme entries...",
        "Deleted 1 existing themes",
        r"✓ Created theme: crypto_miners \(9 symbols\)",
        "Created 20 theme entries",
    )
    check_lines(script("query_relationships", "--stock", "AAPL"), "in .* ETFs: .*QQQ.*")
    check_lines(
        script("validate_relationships"),
        r"\[1/5\] Validating ETF holdings\.\.\.",
        "Total ETFs: 15",
        r"Empty holdings: 0 \(✓ PASS\)",
        r"\[2/5\] Validating stock metadata\.\.\.",
        r"\[3/5\] Validating bidirectional relationships\.\.\.",
        r"Total relationships: \d+",
        "Forward errors: 0",
        "Reverse errors: 0",
        r"Integrity: 100\.00% \(✓ PASS\)",
        r"\[4/5\] Validating sectors\.\.\.",
        r"\[5/5\] Validating themes\.\.\.",
        "Overall Status: ✓ ALL PASSED",
    )


def test_the_doors_accept_the_flags_of_their_commands(
    script: Script, connection: Connection, tmp_path: Path
) -> None:
    before = dump(connection)
    check_lines(
        script("load_etf_holdings", "--dry-run", "--etf", "QQQ"),
        r"\[DRY-RUN\] Would insert QQQ: \d+ holdings .*",
    )
    check_lines(
        script("organize_sectors_industries", "--dry-run"),
        r"\[DRY-RUN\] Would create sector: energy",
    )
    check_lines(
        script("organize_universe", "--dry-run", "--preserve"),
        r"\[DRY-RUN\] Would create theme: crypto_miners \(9 symbols\)",
    )
    assert dump(connection) == before
    write_list(tmp_path / "files" / "MINE_2026-07-01.csv", {"IBM": 0.5, "GE": 0.5})
    check_lines(
        script("load_etf_holdings", "--etf", "MINE", "--holdings-dir", tmp_path / "files"),
        "✓ Inserted MINE: 2 holdings",
    )
    check_lines(script("build_stock_metadata", "--rebuild"), "Collected 2 unique stocks from ETFs")
    check_lines(script("query_relationships", "--etf", "MINE", "--json"), r'\{"etf_symbol".*\}')
    connection.execute("DELETE FROM group_memberships")
    failed = script("validate_relationships")
    assert failed.returncode == 1
    assert "Empty holdings: 1 (✗ FAIL)" in failed.stdout
    assert "Empty ETFs: ['MINE']" in failed.stdout
    assert read_one(connection, "SELECT count(*) FROM definition_groups") == 1


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_door_refuses_as_its_command_does(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    flags = ["--stats"] if name == "query_relationships" else []
    done = subprocess.run(
        [sys.executable, FOLDER / f"{name}.py", *flags], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("stockgroups: no database chosen; ")
    assert len(done.stderr.splitlines()) == 1


def test_every_script_is_a_door() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == {*SCRIPTS, "door"}


def test_where_this_python_lacks_the_program_the_projects_own_takes_over(tmp_path: Path) -> None:
    # -S and -I: no site-packages, so that the import fails as on a bare system.
    done = subprocess.run(
        [sys.executable, "-S", FOLDER / "query_relationships.py", "--help"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
    if (FOLDER.parents[1] / ".venv" / "bin" / "python").exists():
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("usage: stockgroups query ")
    else:
        assert "run `make install`" in done.stderr
