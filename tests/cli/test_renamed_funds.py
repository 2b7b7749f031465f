"""A fund that took another ticker is one fund, whichever ticker its files carry."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from commands import Command, check_refusal
from holdings_files import write_list, write_ssga
from stockgroups.catalog import load_catalog
from stockgroups.db.connection import Connection
from tables import read_members, read_one

OLD_NAME = "SPDR Portfolio S&P 500 ETF"
NEW_NAME = "State Street SPDR Portfolio S&P 500 ETF"
BEFORE, AFTER = dt.date(2024, 7, 2), dt.date(2025, 12, 2)
WEIGHTS = {"AAPL": 0.6, "MSFT": 0.4}
FUNDS = "SELECT string_agg(name, ' ' ORDER BY name) FROM definition_groups WHERE type = 'ETF'"
TITLE = "SPYM · State Street® SPDR® Portfolio S&P 500® ETF"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    write_ssga(tmp_path / "a" / "holdings-daily-us-en-splg.xlsx", "SPLG", OLD_NAME, BEFORE, WEIGHTS)
    write_ssga(tmp_path / "b" / "holdings-daily-us-en-spym.xlsx", "SPYM", NEW_NAME, AFTER, WEIGHTS)
    return tmp_path / "a", tmp_path / "b"


def _load(command: Command, folder: Path, *words: object) -> list[str]:
    answer = command("load", "--no-proxies", "--holdings-dir", folder, *words)
    assert (answer.status, answer.err) == (0, "")
    return answer.lines


@pytest.mark.parametrize("is_reversed", [False, True])
def test_files_of_both_tickers_are_one_fund(
    command: Command, connection: Connection, folders: tuple[Path, Path], is_reversed: bool
) -> None:
    for folder in sorted(folders, reverse=is_reversed):
        _load(command, folder)
    assert read_one(connection, FUNDS) == "SPYM"
    told = command("query", "--stock", "AAPL").lines
    assert "in 1 ETF: SPYM" in told
    assert command("query", "--etf", "splg").lines[:2] == [
        TITLE,
        "SPLG has been SPYM since 2025-10-31",
    ]
    past = command("query", "--etf", "SPLG", "--as-of", "2024-08-01").lines
    assert past[:2] == [TITLE, "SPLG has been SPYM since 2025-10-31"]
    assert "as of 2024-07-02" in past[2]
    assert command("query", "--etf", "SPLG", "--json").json["former_ticker"] == "SPLG"
    assert "former_ticker" not in command("query", "--etf", "SPYM", "--json").json
    assert "ETF   SPYM   2024-07-02  now" in command("timeline", "AAPL").lines
    assert "SPLG has been SPYM since 2025-10-31; loading SPYM" in _load(
        command, folders[0], "--etf", "SPLG"
    )


@pytest.mark.parametrize("name", ["SPLG", "SPYM US Equity", "nysearca:spym"])
def test_every_question_understands_a_former_ticker_and_a_vendors_spelling(
    command: Command, folders: tuple[Path, Path], name: str
) -> None:
    for folder in folders:
        _load(command, folder)
    quoted = f'etf:"{name}"'
    for former, current in (
        (("query", "--etf", name), ("query", "--etf", "SPYM")),
        (("query", name), ("query", "SPYM")),
        (("members", quoted), ("members", "SPYM")),
        (("panel", quoted, "--since", "2024-07-31"), ("panel", "SPYM", "--since", "2024-07-31")),
        (("changes", name), ("changes", "SPYM")),
        (("source", name), ("source", "SPYM")),
        (("receipt", name), ("receipt", "SPYM")),
    ):
        told = command(*former, "--csv")
        assert (told.status, told.out) == (0, command(*current, "--csv").out), former
    if name == "SPLG":
        told = command("freshness", "--etf", name, "--csv")
        assert told.out == command("freshness", "--etf", "SPYM", "--csv").out


def _load_as_before(command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Load with a catalogue that does not know of the rename, as an earlier version."""
    catalog = load_catalog()
    with monkeypatch.context() as patched:
        patched.setattr(type(catalog), "renamed_fund", lambda *_: None)
        patched.setattr("stockgroups.jobs.load.rename_funds", lambda *_, **__: {})
        patched.setattr("stockgroups.readers.funds._ticker_today", lambda ticker, *_: ticker)
        _load(command, folder)


def test_a_fund_on_record_under_its_former_ticker_becomes_one(
    command: Command,
    connection: Connection,
    folders: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for folder in folders:
        _load_as_before(command, folder, monkeypatch)
    assert read_one(connection, FUNDS) == "SPLG SPYM"
    told = _load(command, folders[1], "--dry-run")
    assert "[DRY-RUN] Would move the record of SPLG to SPYM, its ticker today" in told
    assert read_one(connection, FUNDS) == "SPLG SPYM"
    assert "✓ Moved the record of SPLG to SPYM, its ticker today" in _load(command, folders[1])
    assert read_one(connection, FUNDS) == "SPYM"
    past = command("query", "--etf", "SPYM", "--as-of", "2024-08-01")
    assert "as of 2024-07-02" in past.lines[1]
    assert "  Intervals of history that differ: 0 (✓ PASS)" in command("validate").lines
    # The file of the former ticker is known: nothing is recorded twice.
    assert "Nothing changed: already up to date" in _load(command, folders[0])
    load = read_one(connection, "SELECT max(id) FROM stockgroups.loads WHERE kind = 'rename-funds'")
    assert command("rollback", load).status == 0
    assert read_one(connection, FUNDS) == "SPLG SPYM"
    assert read_members(connection, "SPLG") == WEIGHTS
    assert command("query", "--etf", "SPLG").lines[0].startswith("SPLG ·")
    _load(command, folders[1])
    assert read_one(connection, FUNDS) == "SPYM"


def test_a_fund_of_another_program_keeps_its_key(command: Command, connection: Connection) -> None:
    connection.execute(
        "INSERT INTO definition_groups (environment, type, name) VALUES ('TEST', 'ETF', 'SPLG')"
    )
    connection.execute(
        "INSERT INTO group_memberships (group_id, symbol) SELECT id, 'AAPL' FROM definition_groups"
    )
    assert command("load", "--no-proxies").status in (0, 1)
    assert read_one(connection, FUNDS) == "SPLG"
    assert command("query", "--etf", "SPLG").lines[0].startswith("SPLG")


def test_a_former_ticker_after_the_rename_is_not_guessed(command: Command, tmp_path: Path) -> None:
    write_list(tmp_path / "SPLG_2026-02-03.csv", {"AAPL": 0.6, "MSFT": 0.4})
    answer = command("load", "--no-proxies", "--holdings-dir", tmp_path)
    assert answer.status == 1
    assert "SPLG has been called SPYM since 2025-10-31, and the file is of 2026-02-03" in answer.err
    (tmp_path / "SPLG_2026-02-03.csv").rename(tmp_path / "SPYM_2026-02-03.csv")
    assert "✓ Inserted SPYM: 2 holdings" in _load(command, tmp_path)


def test_a_person_can_have_another_fund_of_that_ticker(command: Command, tmp_path: Path) -> None:
    catalog = tmp_path / "catalog"
    catalog.mkdir()
    (catalog / "etfs.toml").write_text(
        '[etfs.SPLG]\nname = "Splendid Growth"\nissuer = "Nobody"\nkind = "active"\n'
        'url = "https://example.org/splg"\n'
    )
    write_list(tmp_path / "files" / "SPLG_2026-02-03.csv", {"AAPL": 1.0})
    answer = command(
        "load", "--no-proxies", "--catalog", catalog, "--holdings-dir", tmp_path / "files"
    )
    assert "✓ Inserted SPLG: 1 holdings" in answer.lines


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('"SPLG 2025-10-31" = { fund = "NONE", source = "x" }', "NONE"),
        ('"SPYM 2025-10-31" = { fund = "SPYM", source = "x" }', "SPYM becomes itself"),
        ('"SPLG 2024-10-31" = { fund = "SPYM", source = "x" }', "SPLG is listed twice"),
        ('"SPLX 2024-13-31" = { fund = "SPYM", source = "x" }', "'2024-13-31' is not a date"),
    ],
)
def test_mistakes_in_the_table_are_refused(
    command: Command, tmp_path: Path, entry: str, fault: str
) -> None:
    (tmp_path / "etfs.toml").write_text(f"[former_tickers]\n{entry}\n")
    check_refusal(command("load", "--no-proxies", "--catalog", tmp_path), 2, fault)
