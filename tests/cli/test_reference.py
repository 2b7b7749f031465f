"""The reference of the commands is what the commands are."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("command", COMMANDS)
def test_every_flag_that_help_shows_is_in_the_reference(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run([command, "--help"])
    assert ended.value.code == 0
    flags = set(re.findall(r"(?<!\S)--[a-z][a-z-]*", capsys.readouterr().out))
    assert {"--help", "--json", "--debug"} <= flags
    reference = REFERENCE.read_text(encoding="utf-8")
    general, _, rest = reference.partition("\n## ")
    own = next(part for part in rest.split("\n## ") if part.startswith(f"stockgroups {command}\n"))
    for flag in flags:
        assert f"`{flag}" in own or f"{flag}`" in general or f"`{flag} " in general, flag
