"""Settings: their sources, what is not read, and what stays secret."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from accounts import without_rights
from commands import Command, check_refusal
from servers import open_folder
from stockgroups.db.connection import Target
from stockgroups.settings import Settings

SECRET = "hunter2-do-not-tell"


def run(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a process of its own in a folder."""
    kept = {n: v for n, v in os.environ.items() if n in ("PATH", "HOME", "STOCKGROUPS_HOME")}
    return subprocess.run(
        [sys.executable, "-m", "stockgroups", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=kept | settings,
    )


def test_folder_of_files_is_that_of_the_settings_else_holdings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = Settings(None, "TEST", Path("mine"), None, index_proxies=True)
    unsaid = replace(said, holdings_dir=None)
    assert (said.find_holdings(), unsaid.find_holdings()) == (Path("mine"), None)
    assert unsaid.find_holdings(fetches=True) == Path("holdings")
    (tmp_path / "holdings").mkdir()
    assert (said.find_holdings(), unsaid.find_holdings()) == (Path("mine"), Path("holdings"))


def test_a_variable_in_an_env_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DATABASE_URL=postgresql://x@localhost:1/${MY_TOKEN}\n")
    done = run(tmp_path, "query", "--stats", MY_TOKEN=SECRET)
    assert done.returncode == 3
    assert SECRET not in done.stdout + done.stderr
    assert "localhost:1/${MY_TOKEN}" in done.stderr


def test_an_env_file_that_grows_by_replacement_stays_as_small_as_it_is(tmp_path: Path) -> None:
    lines = ["A=xxxxxxxxxx"]
    lines += [f"{chr(66 + n)}=" + f"${{{chr(65 + n)}}}" * 10 for n in range(12)]
    (tmp_path / ".env").write_text("\n".join([*lines, "ENVIRONMENT=${M}", ""]))
    done = run(tmp_path, "query", "--stats")
    assert done.returncode == 2
    assert "unknown environment '${M}'" in done.stderr


@pytest.mark.parametrize("content", [b"A=1\n" * 50_000, b"A=\0\n"], ids=["large", "zero bytes"])
def test_an_env_file_that_is_no_list_of_settings_is_refused(
    bare: Command, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / ".env").write_bytes(content)
    check_refusal(bare("query", "--stats"), 2, ".env", "not a settings file")


def test_an_env_file_as_windows_writes_it_is_read(bare: Command, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfENVIRONMENT=XX\r\n")
    check_refusal(bare("query", "--stats"), 2, "unknown environment 'XX'")


def test_it_is_told_that_the_current_folder_chooses_the_database(
    target: Target, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(f"DATABASE_URL={target.url}\n")
    told = f"The database is chosen by {tmp_path / '.env'}"
    assert told in run(tmp_path, "db", "status").stderr
    assert "chosen by" not in run(tmp_path, "db", "status", DATABASE_URL=target.url).stderr


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("HOLDINGS_DRI", "HOLDINGS_DIR"),
        ("HOLDING_DIR", "HOLDINGS_DIR"),
        ("holdings-dir", "HOLDINGS_DIR"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("DB_URL", "DATABASE_URL"),
        ("ENVIROMENT", "ENVIRONMENT"),
        ("CATALOGUE_DIR", "CATALOG_DIR"),
    ],
)
def test_a_name_that_is_not_read_is_reported_where_a_setting_was_meant(
    tmp_path: Path, name: str, meant: str
) -> None:
    (tmp_path / ".env").write_text(f"{name}={SECRET}\nSECRET_KEY=1\nDEBUG=1\n")
    done = run(tmp_path, "query", "--stats")
    assert f".env sets {name}, which is not read: is {meant} meant?" in done.stderr
    assert SECRET not in done.stderr
    assert "SECRET_KEY" not in done.stderr
    (tmp_path / ".env").write_text(f"{name}={SECRET}\n")
    assert "meant?" not in run(tmp_path, "query", "--stats", **{meant: "TEST"}).stderr


def test_a_slip_in_the_environment_is_reported_too(tmp_path: Path) -> None:
    done = run(tmp_path, "query", "--stats", DATABASE_URI=f"postgresql://u:{SECRET}@h/d")
    assert "sets DATABASE_URI, which is not read: is DATABASE_URL meant?" in done.stderr
    assert SECRET not in done.stderr


def test_the_old_name_of_the_default_environment_is_explained(
    bare: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "development")
    check_refusal(bare("query", "--stats"), 2, "old name of DEFAULT: set ENVIRONMENT=DEFAULT")


def test_a_url_with_a_drivers_name_is_understood(
    target: Target, bare: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for driver in ("+psycopg", "+psycopg2", "+asyncpg", ""):
        monkeypatch.setenv(
            "DATABASE_URL", target.url.replace("postgresql://", f"postgresql{driver}://")
        )
        answer = bare("db", "status", "--json")
        assert (answer.status, answer.json["schema"]) == (0, answer.json["schema_wanted"])


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://somebody:{}@localhost:1/stocks",
        "postgresql://localhost:1/stocks?user=somebody&password={}",
        "postgresql://somebody:{}@localhost:1/stocks?sslmode=require",
        "postgresql://somebody:{}@localhost:1/stocks?nonsense=1",
        "host=localhost port=1 user=somebody password={}",
        "postgresql+psycopg2://somebody:{}@localhost:1/stocks",
        "mysql://somebody:{}@localhost/stocks",
        "postgresql://somebody:{}@[::1/stocks",
    ],
)
def test_a_password_is_never_printed(
    bare: Command, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url.format(SECRET))
    for words in (("query", "--stats"), ("db", "status"), ("db", "upgrade"), ("db", "url")):
        for flags in ((), ("--json",)):
            answer = bare(*words, *flags)
            assert SECRET not in answer.out + answer.err


def test_the_current_folder_is_gone_or_shut(
    bare: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    check_refusal(bare("query", "--stats"), 2, "the current folder cannot be used", "with cd")
    with open_folder() as shut:
        monkeypatch.chdir(shut)
        shut.chmod(0)
        with without_rights():
            assert bare("query", "--stats").status == 3  # no server is there, which is all


def test_a_variable_of_libpq_that_is_at_fault_is_named(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("PGSERVICE", "nope"),
        ("PGOPTIONS", "-cfoo=bar"),
        ("PGOPTIONS", "--zzz"),
        ("PGSSLMODE", "wrong"),
        ("PGTZ", "nowhere"),
    ):
        with monkeypatch.context() as environment:
            environment.setenv("PGAPPNAME", "innocent")
            environment.setenv(name, value)
            answer = command("query", "--stats")
        check_refusal(answer, 3, f"check {name} in the environment, ")
