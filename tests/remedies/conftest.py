"""A scene for each remedy: an empty database, and a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Command, make_command
from remedies.scene import Scene
from stockgroups.db.connection import Connection, Target


@pytest.fixture
def scene(
    target: Target,
    connection: Connection,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Scene:
    """An empty database, environment TEST."""
    monkeypatch.setenv("DATABASE_URL", target.url)
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    return Scene(make_command(capsys), connection, tmp_path)


@pytest.fixture
def bare(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line, with nothing set."""
    return make_command(capsys)
