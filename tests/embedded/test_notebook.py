"""The notebook runs in an empty folder, and prints what is stored in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs" / "from_files_to_a_backtest.ipynb"


def test_the_notebook_runs_in_an_empty_folder(place: Path) -> None:
    pytest.importorskip("vl_convert")
    place.chmod(0o711)  # root's server runs as another account
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "run_notebook.py"), str(NOTEBOOK), "--check"],
        capture_output=True,
        text=True,
        check=False,
        cwd=place,
        env={"PATH": os.environ["PATH"], "HOME": str(place), "TMPDIR": str(place)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Stopped the embedded server" in done.stdout
