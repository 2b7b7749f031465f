"""The wheel holds all that the program needs: it works where it is installed alone."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
NO_REGISTRY = ("No matching distribution found for hatchling", "Failed to establish")


def run(*words: object) -> str:
    """Run a program in an empty folder, and return what it printed."""
    done = subprocess.run(
        list(map(str, words)), capture_output=True, encoding="utf-8", check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_works_where_it_is_installed(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--no-cache-dir"]
    built = subprocess.run(
        [*pip, "wheel", "--no-deps", "--retries", "0", "--wheel-dir", tmp_path, PROJECT],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if any(words in built.stderr for words in NO_REGISTRY):
        pytest.skip("pip reaches no registry that has hatchling, which builds the wheel")
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("stockgroups-*.whl")

    fresh = tmp_path / "fresh"
    venv.create(fresh, symlinks=True)
    python = fresh / "bin" / "python"
    run(*pip, "--python", python, "install", "--no-deps", "--no-index", wheel)
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    # Its dependencies are those of this environment, whose own stockgroups stays out.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")

    told = run(python, "-c", "import stockgroups as s; s.connect; print(s.__file__)")
    assert Path(told.strip()).is_relative_to(fresh)
    command = fresh / "bin" / "stockgroups"
    assert run(command, "--version").startswith("stockgroups ")
    assert "ishares_us" in run(command, "formats")
    assert "CREATE TABLE" in run(command, "db", "upgrade", "--sql")  # revisions and statements
    run(python, "-c", "from stockgroups.catalog import load_catalog; load_catalog()")
