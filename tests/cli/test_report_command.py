"""`stockgroups report`: formats, files, and what is said where there is nothing to report."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from commands import Command
from holdings_files import write_list
from samples import make_fund, make_snapshot
from sound import make_sound
from stockgroups.db.connection import Connection
from stockgroups.record.apply import apply
from stockgroups.store import Store


def test_the_command_writes_every_format(
    command: Command, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_sound(store)
    shown = command("report")
    assert (shown.status, shown.err) == (0, "")
    assert shown.out.startswith("# Stock groups in TEST\n")
    assert command("report", "--format", "html").out.startswith("<!DOCTYPE html>")
    told = command("report", "--format", "json").json
    assert told["statistics"]["types"]["ETF"]["groups"] == 2
    assert command("report", "--json").json.keys() == told.keys()
    path = tmp_path / "new.html"
    path.write_text("old", encoding="utf-8")
    assert command("report", "--detail", "--output", path).out == f"✓ {path}\n"
    assert "<svg " in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o444 == 0o444
    command("report", "--output", tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")).keys() == told.keys()
    for module in [one for one in sys.modules if one.startswith("stockgroups.charts")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "altair", None)
    command("report", "--output", path)
    assert "Charts are left out" in path.read_text(encoding="utf-8")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.json", "new.html"]


def test_findings_do_not_change_the_exit_status(
    command: Command, store: Store, connection: Connection
) -> None:
    make_sound(store)
    members = {f"AA{a}{b}": 0.002 for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for b in "ABCDEFGH"}
    apply(store, [make_fund("WIDE", make_snapshot(members))])
    connection.execute("DELETE FROM group_memberships WHERE symbol = 'BRK.B'")
    assert command("validate").status == 1
    answer = command("report")
    assert answer.status == 0
    assert "findings more: `stockgroups validate --verbose`" in answer.out.replace("\\", "")
    assert "AAZH" in command("validate", "--verbose").out


def test_what_the_command_cannot_do_is_refused(command: Command, tmp_path: Path) -> None:
    empty = command("report")
    assert (empty.status, empty.out) == (1, "")
    assert "nothing in environment TEST" in empty.err
    assert command("report", "--json", "--format", "html").status == 2
    assert command("report", "--format", "pdf").status == 2
    absent = command("report", "--output", tmp_path / "none" / "a.md")
    assert (absent.status, absent.out) == (2, "")


def test_an_environment_without_sectors_or_funds_says_what_to_run(
    command: Command,
    connection: Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection.execute(
        "INSERT INTO definition_groups (name, type, environment) VALUES ('mine', 'THEME', 'TEST')"
    )
    told = command("report", "--detail", "--json").json
    assert (told["funds"], told["coverage"], told["sectors"]) == ([], None, [])
    text = command("report", "--detail").out.replace("\\", "")
    assert "`stockgroups load`" in text
    assert "`stockgroups organize-sectors`" in text
    write_list(tmp_path / "IVV_2026-07-01.csv", {"AAPL": 0.5, "XOM": 0.5})
    monkeypatch.setenv("HOLDINGS_DIR", str(tmp_path))
    for words in (("load",), ("organize-sectors",), ("build-metadata",)):
        assert command(*words).status == 0
    text = command("report").out
    assert "There are no" not in text
    assert "| IVV | " in text
