"""`stockgroups serve` by command: a process with an address, a log and a clean end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from commands import make_command
from stockgroups.api import Database
from stockgroups.http import server as serving
from stockgroups.settings import read_settings

COMMAND = (sys.executable, "-m", "stockgroups", "serve", "--port", "0")


@contextmanager
def run_serve(*words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running command, and the address that it prints."""
    with subprocess.Popen([*COMMAND, *words], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            yield process, process.stderr.readline().split("/ serves ")[0]
        finally:
            process.kill()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.usefixtures("db")
def test_it_serves_until_it_is_told_to_end(end: int) -> None:
    with run_serve("--allow-host", "Here.Example") as (process, address):
        told = httpx.get(f"{address}/v1/etfs/SPY", headers={"x-request-id": "one"})
        assert told.json()["data"]["etf_symbol"] == "SPY"
        assert "server" not in told.headers
        assert httpx.get(f"{address}/v1/etfs", headers={"host": "here.example"}).status_code == 200
        assert httpx.get(f"{address}/v1/etfs", headers={"host": "x.example"}).status_code == 421
        os.kill(process.pid, end)
        _, rest = process.communicate(timeout=60)
        assert process.returncode == 0
    lines = rest.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("one GET /v1/etfs/SPY 200 ")
    assert os.environ["DATABASE_URL"] not in rest


def test_a_port_that_is_taken_is_told(db: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert db.version()
    with serving.listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        told = make_command(capsys)("serve", "--port", port)
    assert told.status == 1
    assert f"127.0.0.1:{port}: cannot listen there: Address already in use" in told.err
    assert make_command(capsys)("serve", "--port", "65536").status == 2


def test_a_database_that_is_not_there_is_told_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    told = make_command(capsys)("serve", "--port", "0")
    assert told.status == 3
    assert "check" in told.err
    assert read_settings().environment == "DEFAULT"
