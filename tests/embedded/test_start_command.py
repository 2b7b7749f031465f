"""`stockgroups db start` by command: the place of its files, and its other effects."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the environment of a person with this home."""
    return subprocess.run(
        [sys.executable, "-m", "stockgroups", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=home.parent,
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
    )


def test_the_home_that_is_named_wins_and_memberships_are_adopted(place: Path) -> None:
    home = place / "somebody"
    home.mkdir(0o700)
    started = run(home, "db", "start")
    if os.geteuid() == 0:
        # Root's server runs as another account, which has to pass.
        assert started.returncode == 3
        assert f"chmod a+x {home}" in started.stderr
        home.chmod(0o711)
        started = run(home, "db", "start")
    assert (started.returncode, started.stderr) == (0, "")
    try:
        assert str(home) in started.stdout
        url = run(home, "db", "url").stdout.strip()
        with psycopg.connect(url) as theirs:
            theirs.execute(
                "INSERT INTO definition_groups (name, type) VALUES ('SPY', 'ETF');"
                "INSERT INTO group_memberships (group_id, symbol)"
                " SELECT id, 'XOM' FROM definition_groups"
            )
        assert "Adopted the memberships of 1 groups" in run(home, "db", "start").stdout
        assert "Adopted" not in run(home, "db", "start").stdout
        assert "XOM" in run(home, "query", "--etf", "SPY").stdout
    finally:
        assert run(home, "db", "stop").returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is another folder")
def test_the_data_folder_that_is_named_comes_before_the_home(place: Path) -> None:
    code = "from stockgroups.db.embedded.paths import find_layout; print(find_layout().base)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"HOME": str(place / "home"), "XDG_DATA_HOME": str(place / "data")},
    )
    assert done.stdout.strip() == str(place / "data" / "stockgroups")
