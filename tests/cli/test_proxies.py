"""Proxies of funds: when they are used, and how they are removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Command, check_refusal
from holdings_files import write_ishares
from samples import DAY
from stockgroups.db.connection import Connection
from stockgroups.readers.lists import index_package
from tables import read_members, read_one

IVV = "iShares Core S&P 500 ETF"
ETFS = "SELECT count(*) FROM definition_groups WHERE type = 'ETF'"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_ishares(tmp_path / "files" / "IVV_a.csv", IVV, DAY, {"AAPL": 600.0, "BRKB": 400.0})
    return tmp_path / "files"


def test_without_proxies_files_alone_are_loaded(
    command: Command, connection: Connection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = command("load", "--no-proxies", "--holdings-dir", folder)
    assert (answer.status, read_one(connection, ETFS)) == (0, 1)
    assert not any("prox" in line.casefold() for line in answer.lines if "Neither file" not in line)
    monkeypatch.setenv("INDEX_PROXIES", "off")
    command("load", "--holdings-dir", folder)
    assert read_one(connection, ETFS) == 1
    answer = command("load", "--proxies", "--holdings-dir", folder)
    assert "Proxies (index members in place of a file): 15" in answer.lines
    assert read_one(connection, ETFS) == 16
    monkeypatch.setenv("INDEX_PROXIES", "maybe")
    check_refusal(command("load"), 2, "INDEX_PROXIES: 'maybe' is neither on nor off")


def test_without_the_index_package_the_rest_works_and_says_so(
    command: Command, connection: Connection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_package, "PACKAGE", "no_package_of_index_lists")
    advice = "pip install 'stockgroups[universes]'"
    answer = command("load", "--holdings-dir", folder)
    assert (answer.status, read_one(connection, ETFS)) == (0, 1)
    assert "Funds without a file get no proxy" in answer.err
    assert advice in answer.err
    check_refusal(command("load", "--etf", "SPY"), 1, advice)
    answer = command("organize-universe")
    assert (answer.status, answer.lines[-1]) == (0, "Created 0 universe entries")
    assert "Universes are unchanged" in answer.err
    assert advice in answer.err
    (folder.parent / "mine_2026-07.csv").write_text("Symbol,Name\nAAPL,Apple Inc.\n")
    listed = command("load-universe", folder.parent / "mine_2026-07.csv", "--universe", "mine")
    assert listed.status == 0, listed.err
    command("load", "--no-proxies", "--holdings-dir", folder)


def test_production_takes_no_proxy_that_nobody_asked_for(
    command: Command, connection: Connection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "PROD")
    answer = command("load")
    assert answer.status == 1
    assert "no holdings file" in answer.err
    answer = command("load", "--holdings-dir", folder)
    assert (answer.status, answer.err) == (0, "")
    assert read_one(connection, ETFS) == 1
    monkeypatch.setenv("INDEX_PROXIES", "on")
    assert command("load", "--holdings-dir", folder).status == 0
    assert read_one(connection, ETFS) == 16


def test_without_files_and_without_proxies_there_is_nothing_to_load(
    command: Command, connection: Connection
) -> None:
    answer = command("load", "--no-proxies")
    assert answer.status == 1
    assert "no holdings file (HOLDINGS_DIR is not set" in answer.err
    assert read_one(connection, ETFS) == 0


def test_proxies_are_taken_off_and_come_back(
    command: Command, connection: Connection, folder: Path
) -> None:
    assert command("load").status == 0
    assert command("load", "--holdings-dir", folder).status == 0
    spy = read_members(connection, "SPY")
    answer = command("load", "--remove-proxies", "--dry-run")
    assert answer.status == 0
    assert "[DRY-RUN] Would remove the proxy of SPY" in answer.lines
    assert read_members(connection, "SPY") == spy
    answer = command("load", "--remove-proxies", "--etf", "SPY")
    assert answer.lines[1:2] == ["✓ Removed the proxy of SPY: it has no holdings now"]
    assert read_one(connection, ETFS) == 15
    answer = command("load", "--remove-proxies")
    assert (answer.status, answer.err) == (0, "")
    assert read_one(connection, ETFS) == 1
    assert read_members(connection, "IVV") == {"AAPL": 0.6, "BRK.B": 0.4}
    assert read_one(connection, "SELECT count(*) FROM stockgroups.group_registry") == 16
    (told,) = [line for line in answer.lines if "restores them" in line]
    assert command("validate").status == 1  # metadata was never built
    assert command("load", "--remove-proxies").lines[-1] == "There are no proxies to remove"
    assert command(*told.split("`")[1].split()[1:]).status == 0
    assert read_one(connection, ETFS) == 15
    # SPY was taken off before, and stays off until that load is rolled back as well.
    answer = command("load", "--proxies", "--holdings-dir", folder)
    assert (answer.status, answer.err, read_one(connection, ETFS)) == (0, "", 15)
    answer = command("load", "--etf", "SPY")
    check_refusal(answer, 1, "its proxy was removed", "load a file for it", "`stockgroups loads`")
    (first,) = [
        load["load"] for load in command("loads", "--json").json if "etf" in load["arguments"]
    ]
    assert command("rollback", first).status == 0
    assert read_members(connection, "SPY") == spy


def test_a_fund_without_a_proxy_has_none_to_take_off(command: Command, folder: Path) -> None:
    command("load", "--holdings-dir", folder)
    answer = command("load", "--remove-proxies", "--etf", "IVV")
    assert (answer.status, answer.lines[-1]) == (0, "There are no proxies to remove")
