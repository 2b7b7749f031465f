"""A reader with an unexpected exception: its file is refused, and the others are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commands import Command, check_refusal
from directory_files import make_listed
from holdings_files import write_list, write_text
from stockgroups.readers import read as holdings
from stockgroups.readers.directories import read as directories
from stockgroups.readers.lists import histories

BUG = "the reader failed on it (ZeroDivisionError); this is a bug in stockgroups"


@pytest.fixture(autouse=True)
def _failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every reader fails on files that are called BAD."""
    for module, name in (
        (holdings, "open_document"),
        (histories, "read_document"),
        (directories, "_open"),
    ):
        monkeypatch.setattr(module, name, _fail_on_bad(getattr(module, name)))


def _fail_on_bad(function: Callable[..., Any]) -> Callable[..., Any]:
    def fail(data: bytes, file_name: str, *more: Any) -> Any:
        if file_name.startswith("BAD"):
            raise ZeroDivisionError("nobody thought of it")
        return function(data, file_name, *more)

    return fail


def test_the_other_funds_load(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    bad = write_list(folder / "BAD_2026-07-01.csv", {"IBM": 1.0})
    write_list(folder / "GOOD_2026-07-01.csv", {"IBM": 1.0})
    answer = command("load", "--holdings-dir", folder)
    assert answer.status == 1
    assert answer.err.startswith(f"✗ {bad.name}: refused: {BUG}")
    assert "✓ Inserted GOOD: 1 holdings" in answer.lines
    check_refusal(command("receipt", bad), 1, bad.name, BUG)


def test_the_other_directories_load(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for name in ("BAD.txt", "GOOD.txt"):
        (folder / name).write_bytes(make_listed(["AAPL"]))
    answer = command("load-directory", "--dir", folder, "--as-of", "2026-01-02")
    assert answer.status == 1
    assert answer.err.startswith(f"✗ {folder}/BAD.txt: refused: {BUG}")
    assert any(line.startswith(f"✓ {folder}/GOOD.txt · new") for line in answer.lines)


def test_a_history_is_refused(command: Command, tmp_path: Path) -> None:
    bad = write_text(tmp_path / "BAD.csv", "date,tickers\n2026-01-02,IBM\n")
    check_refusal(command("load-history", bad, "--universe", "sp500"), 1, "BAD.csv", BUG)
