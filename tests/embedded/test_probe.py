from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stockgroups.db.embedded.paths import socket_name
from stockgroups.db.embedded.probe import (
    Postmaster,
    find_sockets,
    is_up,
    knock,
    read_postmaster,
)
from stockgroups.db.embedded.processes import serves
from stockgroups.errors import EmbeddedServerError


@pytest.fixture
def sockets(place: Path) -> Path:
    folder = place / "run"
    folder.mkdir(0o700)
    return folder


def test_a_socket_with_nobody_behind_it_is_silent(sockets: Path) -> None:
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(os.fspath(sockets / socket_name()))
    assert find_sockets(sockets, Postmaster(1, None, sockets)) == sockets
    assert knock(sockets) is None
    assert not is_up(sockets)


def test_a_variable_that_libpq_refuses_is_not_waited_for(
    sockets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSERVICE", "nope")
    with pytest.raises(EmbeddedServerError, match='"nope" not found; check PGSERVICE'):
        is_up(sockets)


def test_no_socket_is_no_server(sockets: Path) -> None:
    assert find_sockets(sockets, Postmaster(1, None, sockets)) is None
    assert find_sockets(sockets, Postmaster(1, None, sockets / "gone")) is None
    assert find_sockets(sockets, Postmaster(1)) is None
    assert find_sockets(sockets, None) is None


def test_a_folder_that_others_may_write_to_is_not_trusted(sockets: Path) -> None:
    sockets.chmod(0o777)
    with pytest.raises(EmbeddedServerError, match="another server could answer"):
        find_sockets(sockets, Postmaster(1, None, sockets))


def test_a_link_to_a_folder_is_not_trusted(sockets: Path, place: Path) -> None:
    (place / "link").symlink_to(sockets)
    with pytest.raises(EmbeddedServerError, match="another server could answer"):
        find_sockets(sockets, Postmaster(1, None, place / "link"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.from_regex(rb"-?[0-9]{1,30}\n/d\n-?[0-9]{1,30}\n.*"))
def test_any_pid_file_can_be_read(place: Path, content: bytes) -> None:
    (place / "postmaster.pid").write_bytes(content)
    assert read_postmaster(place) is not None


def test_a_pid_file_is_read_line_by_line(place: Path) -> None:
    assert read_postmaster(place) is None
    lines = ("42", "/data", "1700000000", "5432", "/sockets", "", "  1  2", "ready   ", "")
    (place / "postmaster.pid").write_text("\n".join(lines))
    found = read_postmaster(place)
    assert found is not None
    assert (found.pid, found.sockets) == (42, Path("/sockets"))
    assert found.started_at is not None
    assert found.started_at.isoformat() == "2023-11-14T22:13:20+00:00"


def test_other_programs_serve_nothing(place: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as program:
        os.waitid(os.P_PID, program.pid, os.WEXITED | os.WNOWAIT)  # now it is a zombie
        assert not serves(program.pid, place)
    for pid in (os.getpid(), 0, -1, 10**30):
        assert not serves(pid, Path.cwd())
