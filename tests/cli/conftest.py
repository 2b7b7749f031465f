"""Commands as a person runs them, in this process."""

from __future__ import annotations

import pytest

from commands import Command, make_command
from stockgroups.db.connection import Target


@pytest.fixture
def bare(capsys: pytest.CaptureFixture[str]) -> Command:
    """`stockgroups` where nothing is set: no database, no environment."""
    return make_command(capsys)


@pytest.fixture
def command(target: Target, bare: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`stockgroups` on the test's database, environment TEST."""
    monkeypatch.setenv("DATABASE_URL", target.url)
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    return bare
