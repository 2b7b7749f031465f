"""Lists of holdings that a command has loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Command
from holdings_files import write_list


@pytest.fixture
def loaded(command: Command, tmp_path: Path, request: pytest.FixtureRequest) -> Command:
    """`command`, which has loaded the lists `FUNDS` of the test's module."""
    folder = tmp_path / "holdings"
    for name, members in request.module.FUNDS.items():
        write_list(folder / name, members)
    loading = command("load", "--holdings-dir", folder, "--no-proxies", "--accept", "all")
    assert loading.status == 0
    return command
