"""The example of docs/identity.md, step by step: what it shows is what happens."""

from __future__ import annotations

import datetime as dt
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import make_command
from stockgroups.db.connection import Connection, Target

PAGE = Path(__file__).parents[2] / "docs" / "identity.md"
_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


# Days without end, as the server writes them.
_ENDS = {str(dt.date.min): "-infinity", str(dt.date.max): "infinity"}


def read_blocks() -> Iterator[tuple[str, str, str]]:
    """The kind, the name and the text of every block of the page."""
    yield from _BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def test_the_example_runs_as_it_is_told(
    target: Target,
    connection: Connection,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("DATABASE_URL", target.url)
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    monkeypatch.setenv("HOLDINGS_DIR", str(tmp_path))
    command = make_command(capsys)
    rows: list[str] = []
    steps = 0
    for kind, name, text in read_blocks():
        steps += 1
        if kind == "csv":
            (tmp_path / name).write_text(text, encoding="utf-8")
        elif kind == "sql":
            found = connection.execute(text.encode()).fetchall()
            rows = [" | ".join(_ENDS.get(str(cell), str(cell)) for cell in row) for row in found]
        elif kind == "text":
            assert text.splitlines() == rows
        else:
            said: list[str] = []
            for line in text.splitlines():
                if line.startswith("$ "):
                    said = command(*shlex.split(line)[2:]).lines
                else:
                    assert line in said, "\n".join(said)
    assert steps == 16
