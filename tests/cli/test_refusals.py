"""Refusals: one line with the reason, the exit status of its kind, and nothing written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from commands import Command, check_refusal
from holdings_files import write_text
from stockgroups.cli.main import COMMANDS, COMMANDS_BY_TASK
from stockgroups.db.connection import Connection, Target
from tables import dump, read_one

OF_THE_DATABASE = (
    ("load",),
    ("load", "--dry-run"),
    ("build-metadata",),
    ("organize-sectors",),
    ("organize-universe",),
    ("query", "--etf", "SPY"),
    ("validate",),
    ("db", "url"),
    ("db", "upgrade"),
)


@pytest.mark.parametrize("words", OF_THE_DATABASE, ids=" ".join)
def test_no_database_chosen(bare: Command, words: tuple[str, ...]) -> None:
    answer = bare(*words)
    check_refusal(
        answer, 3, "no database chosen", "DATABASE_URL=postgresql", "stockgroups db start"
    )
    assert answer.out == ""


@pytest.mark.parametrize("name", ["development", "test", "PRODUCTION"])
def test_an_environment_that_does_not_exist(
    bare: Command, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("ENVIRONMENT", name)
    for words in OF_THE_DATABASE:
        check_refusal(bare(*words), 2, f"ENVIRONMENT: unknown environment '{name}'", "DEFAULT, ")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("garbage", "DATABASE_URL: not a connection string"),
        ("mysql://host/name", "DATABASE_URL: not a connection string"),
        ("postgresql://user@localhost:1/name", "localhost:1/name"),
        ("postgresql://user@/name?host=/nowhere", "/nowhere/name"),
        ("postgresql://user@localhost:none/name", "localhost:none/name"),
    ],
)
def test_a_server_that_cannot_be_reached(
    bare: Command, monkeypatch: pytest.MonkeyPatch, url: str, words: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    for command in (("validate",), ("db", "upgrade"), ("load",)):
        check_refusal(bare(*command), 3, words, "; ")


def test_a_database_that_is_not_there(
    bare: Command, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", target.url.replace(target.database, "no_such_database"))
    check_refusal(bare("validate"), 3, "no_such_database", "check DATABASE_URL")


def test_production_is_not_for_the_embedded_server(
    bare: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "embedded")
    monkeypatch.setenv("ENVIRONMENT", "PROD")
    for words in OF_THE_DATABASE:
        check_refusal(bare(*words), 3, "does not serve PROD", "set DATABASE_URL")


def test_tables_that_are_missing(
    bare: Command, empty_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_target.url)
    for words in OF_THE_DATABASE[:7]:
        check_refusal(bare(*words), 3, "tables are missing", "run `stockgroups db upgrade`")


@pytest.mark.parametrize(
    ("version", "remedy"),
    [("0000", "run `stockgroups db upgrade`"), ("9999", "install the newer stockgroups")],
)
def test_tables_of_another_version(
    command: Command, connection: Connection, version: str, remedy: str
) -> None:
    connection.execute("UPDATE stockgroups.alembic_version SET version_num = %s", (version,))
    for words in OF_THE_DATABASE[:7]:
        check_refusal(command(*words), 3, f"the schema has version {version}", remedy)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["laod"], "unknown command 'laod'; nearest: load"),
        (["load", "--mode", "quick"], "--mode: unknown value 'quick'"),
        (["load", "--accept", "any"], "--accept: unknown guard 'any'; use one of truncated, "),
        (
            ["load", "--as-of", "07/02/2026"],
            "--as-of: '07/02/2026' is not a date; write it as 2026-",
        ),
        (["load", "--as-of", "2026-02-30"], "--as-of: '2026-02-30' is not a date"),
        (["load", "--etf"], "--etf needs a value"),
        (["load", "--etf", ""], "an argument is empty"),
        (["load", "--holdings-dir="], "an argument is empty"),
        (
            ["load", "--dry"],
            "unknown argument: --dry; did you mean --dry-run? see `stockgroups load --help`",
        ),
        (["--dry-run", "load"], "unknown command '--dry-run'; name the command first"),
        (["frobnicate"], "unknown command 'frobnicate'; see `stockgroups --help`"),
        (["query", "--eft", "SPY"], "unknown argument: --eft; did you mean --etf?"),
        (["query", "-etf", "SPY"], "unknown argument: -etf; did you mean --etf?"),
        (["load", "--xyzzy=1"], "unknown argument: --xyzzy; see `stockgroups load --help`"),
        (["load", "SPY.csv"], "unknown argument: SPY.csv; name a fund with --etf, a folder with"),
        (["query"], "missing: one of --etf --stock"),
        (["query", "--stock", ""], "an argument is empty"),
        (["query", "--etf", "SPY", "--stats"], "--stats and --etf cannot be combined"),
        (["query", "--etf", "SPY", "--symbols", "odd"], "--symbols: unknown value 'odd'"),
        (["list"], "missing: WHAT; use one of etfs, universes"),
        (["db"], "missing: ACTION; use one of start, stop, status"),
        (["db", "restart"], "ACTION: unknown value 'restart'; nearest: start"),
        (["db", "status", "--sq"], "unknown argument: --sq; see `stockgroups db status"),
        (["help", "laod"], "unknown command 'laod'; nearest: load"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_words_that_mean_nothing(
    command: Command, connection: Connection, words: list[str], told: str
) -> None:
    before = dump(connection)
    answer = command(*words)
    check_refusal(answer, 2, told)
    assert answer.out == ""
    assert dump(connection) == before


def test_no_command_at_all_shows_them(bare: Command) -> None:
    answer = bare()
    assert answer.status == 2
    headings = [
        line for line in answer.out.splitlines() if line.endswith(":") and line[0].islower()
    ]
    assert headings == ["options:", *(f"{task}:" for task in COMMANDS_BY_TASK)]
    for name in COMMANDS:
        assert f"\n  {name} " in answer.out
    assert bare("--help").status == 0
    assert bare("help").out == bare("--help").out
    assert bare("help", "db", "start").out == bare("db", "start", "--help").out
    for word in ("--version", "-V", "-v", "version"):
        assert bare(word).out.startswith("stockgroups ")


def test_a_holdings_folder_that_is_missing(command: Command, connection: Connection) -> None:
    before = dump(connection)
    answer = command("load", "--holdings-dir", "missing")
    check_refusal(answer, 2, "missing: no such folder", "HOLDINGS_DIR")
    assert dump(connection) == before


def test_a_fund_of_which_nothing_is_known(command: Command, connection: Connection) -> None:
    before = dump(connection)
    check_refusal(command("load", "--etf", "ARK"), 1, "unknown ETF 'ARK'", "nearest: ARK")
    check_refusal(command("load", "--etf", "ARKK"), 1, "no holdings file for ARKK", "download it")
    assert dump(connection) == before


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("themes.toml", "[themes.x", "themes.toml: not a TOML file"),
        ("themes.toml", "[themes.x]\nname = 1\n", "themes.toml"),
        ("sectors.toml", "[sectors.energy]\nindustries = 1\n", "sectors.toml"),
        ("theme.toml", "", "theme.toml"),
    ],
)
def test_a_catalogue_with_a_mistake(
    command: Command, connection: Connection, tmp_path: Path, file: str, content: str, told: str
) -> None:
    folder = tmp_path / "mine"
    write_text(folder / file, content)
    before = dump(connection)
    for name in ("organize-universe", "organize-sectors", "load"):
        check_refusal(command(name, "--catalog", folder), 2, told)
    check_refusal(command("organize-universe", "--catalog", "missing"), 2, "missing: ")
    assert dump(connection) == before


def test_a_catalogue_that_cannot_be_taken_in_is_refused(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    for number in ("9" * 5000, "9" * 400, "inf", "nan"):
        write_text(folder / "etfs.toml", f"[etfs.SPY]\nmarket_cap_threshold = {number}\n")
        check_refusal(command("organize-sectors", "--catalog", folder), 2, "etfs.toml")
    (folder / "etfs.toml").unlink()
    os.mkfifo(folder / "themes.toml")  # nobody ever writes into it
    answer = command("organize-universe", "--catalog", folder)
    check_refusal(answer, 2, "themes.toml: it is not a file")


def test_settings_are_read_from_the_current_folder(
    bare: Command, target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text(tmp_path / ".env", f"DATABASE_URL={target.url}\nENVIRONMENT=UAT\n")
    check_refusal(bare("query", "--stats"), 1, "nothing in environment UAT")
    # What the environment says comes first.
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    check_refusal(bare("query", "--stats"), 1, "nothing in environment TEST")
    write_text(tmp_path / ".env", "ENVIRONMENT=development\n")
    monkeypatch.delenv("ENVIRONMENT")
    check_refusal(bare("validate"), 2, "unknown environment 'development'")


def test_an_env_file_that_is_no_text_is_refused(bare: Command, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe")
    check_refusal(bare("query", "--stats"), 2, ".env", "UTF-8")


def test_debug_shows_where_an_error_comes_from() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stockgroups", "validate", "--debug"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" in done.stderr
    assert "DatabaseNotChosenError" in done.stderr


def test_a_terminal_that_knows_ascii_only(
    command: Command, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = subprocess.run(
        [sys.executable, "-m", "stockgroups", "organize-sectors"], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\n? Created sector: energy\n" in done.stdout
    assert read_one(connection, "SELECT count(*) FROM definition_groups") == 11


def test_a_reader_that_has_seen_enough(command: Command) -> None:
    # The pipe is closed before the first line: as with `| head`, nothing is said about it.
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m stockgroups validate | :"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


@pytest.mark.parametrize("words", ["rollback {}", "loads {}", "loads --limit {}"])
def test_a_number_that_no_database_holds_is_wrong_usage(bare: Command, words: str) -> None:
    check_refusal(bare(*words.format(10**20).split()), 2, f"'{10**20}' is not a whole number")
