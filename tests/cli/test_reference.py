"""The reference of the commands matches the commands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from commands import Command
from holdings_files import write_list
from stockgroups.cli.main import COMMANDS, run

PROJECT = Path(__file__).parents[2]
REFERENCE = PROJECT / "docs" / "cli.md"


def test_the_reference_is_up_to_date() -> None:
    made = subprocess.run(
        [sys.executable, PROJECT / "scripts" / "cli_reference.py"],
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout
    assert REFERENCE.read_text(encoding="utf-8") == made, (
        "run: python scripts/cli_reference.py > docs/cli.md"
    )


def test_the_keys_of_answers_are_those_of_the_table(command: Command, tmp_path: Path) -> None:
    write_list(tmp_path / "SPYM_2026-07-01.csv", {"MARA": 0.5, "GE": 0.5})
    given = {
        "load": command("load", "--holdings-dir", tmp_path, "--json").json,
        "organize-universe": command("organize-universe", "--json").json,
        "query --theme": command("query", "--theme", "crypto_miners", "--json").json,
        "query --stock": command("query", "--stock", "MARA", "--json").json,
        "query --stats": command("query", "--stats", "--json").json,
        "query --etf": command("query", "--etf", "SPLG", "--json").json,
    }
    command("organize-sectors")
    given["query --sector"] = command("query", "--sector", "energy", "--json").json
    table = REFERENCE.read_text(encoding="utf-8").partition("## JSON")[2].partition("\n## ")[0]
    general = table.partition("\n|")[0]
    for question, answer in given.items():
        (row,) = [line for line in table.splitlines() if f"`{question}`" in line.split(" | ")[0]]
        named = set(re.findall(r"`(\w+)`", general + row))
        if "the origin" in row:
            named |= {"as_of", "as_of_used", "age_days", "source", "is_proxy", "is_drifted"}
            named |= {"file", "recorded_at", "published_on"}
        if "the members" in row:
            named |= {"members", "reported_symbols", "asked_as_of", "known_at"}
            named |= {"published_by", "asked_source"}
        assert answer.keys() <= named, question


@pytest.mark.parametrize("name", COMMANDS)
def test_every_flag_that_help_shows_is_in_the_reference(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([name, "--help"]) == 0
    flags = set(re.findall(r"(?<!\S)--[a-z][a-z-]*", capsys.readouterr().out))
    assert {"--help", "--json", "--debug"} <= flags
    reference = REFERENCE.read_text(encoding="utf-8")
    general, *commands = reference.split("\n## stockgroups ")
    (own,) = (part for part in commands if part.startswith(f"{name}\n"))
    for title in re.findall(r"\[(flags for \w+)\]", own):
        own += reference.partition(f"\n## {title.capitalize()}\n")[2].partition("\n## ")[0]
    general = general.partition("\n## Flags for ")[0]
    for flag in flags:
        assert (
            f"`{flag}" in own
            or f", {flag}`" in own
            or f"{flag}`" in general
            or f"`{flag} " in general
        ), flag
