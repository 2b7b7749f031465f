"""`stockgroups demo` runs every step, can run again, and keeps a user's own groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Command
from holdings_files import HTML_PAGE, write_ishares, write_text
from samples import DAY
from stockgroups.cli.serve import ADDRESS
from stockgroups.db.connection import Connection
from tables import dump, read_members

MAKEFILE = Path(__file__).parents[2] / "Makefile"
IVV = "iShares Core S&P 500 ETF"
OWN = "INSERT INTO definition_groups (name, type, environment) VALUES ('pets', 'THEME', 'TEST')"
PETS = dict.fromkeys(("CHWY", "ELAN", "FRPT", "IDXX", "PETS", "TRUP", "WOOF", "ZTS"))
MEMBERS = (
    "INSERT INTO group_memberships (group_id, symbol)"
    " SELECT id, unnest(%s::text[]) FROM definition_groups WHERE name = 'pets'"
)


def test_without_files_twice_and_with_a_theme_of_ones_own(
    command: Command, connection: Connection
) -> None:
    answer = command("demo")
    assert (answer.status, answer.err) == (0, "")
    assert "Overall Status: ✓ ALL PASSED" in answer.lines
    assert answer.lines[-1] == f"In a browser: stockgroups serve, then open {ADDRESS}"
    assert f"stockgroups serve, then open {ADDRESS}'" in MAKEFILE.read_text(encoding="utf-8")
    connection.execute(OWN)
    connection.execute(MEMBERS, (list(PETS),))
    answer = command("demo")
    assert (answer.status, answer.err) == (0, "")
    assert read_members(connection, "pets", "THEME") == PETS
    before = dump(connection)
    answer = command("demo")
    assert (answer.status, answer.err) == (0, "")
    assert "Nothing changed: already up to date" in answer.lines
    assert dump(connection) == before
    assert read_members(connection, "pets", "THEME") == PETS


def test_a_folder_is_given(command: Command, connection: Connection, tmp_path: Path) -> None:
    folder = tmp_path / "my files"
    write_ishares(folder / "IVV_a.csv", IVV, DAY, {"AAPL": 600.0, "BRKB": 400.0})
    answer = command("demo", "--holdings-dir", folder)
    assert "✓ Inserted IVV: 2 holdings" in answer.lines
    assert answer.status == 0, answer.err
    write_text(folder / "SPY.csv", HTML_PAGE)
    answer = command("demo", "--holdings-dir", folder)
    assert answer.status == 1
    assert "✗ SPY.csv: refused: " in answer.err
    # All steps ran all the same.
    assert "$ stockgroups query --theme crypto_miners" in answer.lines
    assert read_members(connection, "IVV") == {"AAPL": 0.6, "BRK.B": 0.4}


def test_a_folder_that_is_missing_is_refused(command: Command) -> None:
    answer = command("demo", "--holdings-dir", "missing")
    assert answer.status == 2
    assert "missing: no such folder" in answer.err


def test_json_tells_that_a_file_was_refused(command: Command, tmp_path: Path) -> None:
    write_ishares(tmp_path / "f" / "IVV_a.csv", IVV, DAY, {"AAPL": 600.0, "BRKB": 400.0})
    write_text(tmp_path / "f" / "SPY.csv", HTML_PAGE)
    answer = command("demo", "--json", "--holdings-dir", tmp_path / "f")
    assert answer.status == 1
    assert answer.json["passed"] is False


@pytest.mark.parametrize("words", [["load"], ["organize-universe", "--preserve"]])
def test_no_step_of_a_pipeline_deletes_a_theme(
    command: Command, connection: Connection, words: list[str]
) -> None:
    connection.execute(OWN)
    connection.execute(MEMBERS, (list(PETS),))
    assert command(*words).status == 0
    assert read_members(connection, "pets", "THEME") == PETS
