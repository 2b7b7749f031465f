from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stockgroups.db.embedded.paths import socket_name
from stockgroups.db.embedded.probe import Answer, Postmaster, Reply, knock, read_postmaster
from stockgroups.db.embedded.processes import _ps, is_alive, serves
from stockgroups.errors import EmbeddedServerError

if TYPE_CHECKING:
    from collections.abc import Iterator

READY = b"R\0\0\0\x08\0\0\0\0" + b"Z\0\0\0\x05I"


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def _error(state: bytes) -> bytes:
    return _message(b"E", b"SFATAL\0C" + state + b"\0Mthe words\0\0")


@pytest.fixture
def sockets(place: Path) -> Path:
    folder = place / "run"
    folder.mkdir(0o700)
    return folder


def _knock_at(sockets: Path, answer: bytes) -> Reply:
    """Knock at a server that reads once, says its answer and has no more to say."""

    def serve() -> None:
        client, _ = listener.accept()
        with client, suppress(BrokenPipeError, ConnectionResetError):
            client.recv(4096)
            client.sendall(answer)
            client.shutdown(socket.SHUT_WR)
            client.recv(4096)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(sockets / socket_name()))
        listener.listen()
        server = threading.Thread(target=serve)
        server.start()
        try:
            return knock(sockets, Postmaster(1, None, sockets))
        finally:
            server.join()


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (READY, Answer.READY),
        (b"R\0\0\0\x08\0\0\0\0" + _error(b"3D000"), Answer.NO_DATABASE),
        (_error(b"57P03"), Answer.BUSY),
        (_error(b"53300"), Answer.READY),
        (b"", Answer.SILENT),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Answer.SILENT),
        (b"R\xff\xff\xff\xff", Answer.SILENT),
        (b"R\0\0\0\0", Answer.SILENT),
        (READY[:-3], Answer.SILENT),
        (_message(b"N", b"") * 1000 + READY, Answer.SILENT),
    ],
)
def test_each_answer_is_understood(sockets: Path, said: bytes, answer: Answer) -> None:
    assert _knock_at(sockets, said).answer is answer


def test_the_version_is_read_from_the_greeting(sockets: Path) -> None:
    greeting = _message(b"S", b"server_version\x0018.4 (Some Linux)\0")
    assert _knock_at(sockets, greeting + READY).version == "18.4"


def test_a_server_that_refuses_us_is_an_error(sockets: Path) -> None:
    with pytest.raises(EmbeddedServerError, match="refuses us: the words"):
        _knock_at(sockets, _error(b"28000"))


def test_no_socket_is_silence(sockets: Path) -> None:
    assert knock(sockets, Postmaster(1, None, sockets)).answer is Answer.SILENT
    assert knock(sockets, Postmaster(1, None, sockets / "gone")).answer is Answer.SILENT
    assert knock(sockets, Postmaster(1)).answer is Answer.SILENT
    assert knock(sockets, None).answer is Answer.SILENT


def test_a_folder_that_others_may_write_to_is_not_trusted(sockets: Path) -> None:
    sockets.chmod(0o777)
    with pytest.raises(EmbeddedServerError, match="another server could answer"):
        knock(sockets, Postmaster(1, None, sockets))


def test_a_link_to_a_folder_is_not_trusted(sockets: Path, place: Path) -> None:
    (place / "link").symlink_to(sockets)
    with pytest.raises(EmbeddedServerError, match="another server could answer"):
        knock(sockets, Postmaster(1, None, place / "link"))


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


@pytest.fixture
def zombie() -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", ""]) as program:
        os.waitid(os.P_PID, program.pid, os.WEXITED | os.WNOWAIT)
        yield program.pid


def test_a_zombie_is_dead(zombie: int, place: Path) -> None:
    os.kill(zombie, 0)
    assert not is_alive(zombie)
    assert not serves(zombie, place)
    assert is_alive(os.getpid())


def test_ps_tells_the_same_where_there_is_no_proc(zombie: int) -> None:
    try:
        command = _ps(os.getpid())
    except FileNotFoundError:
        pytest.skip("ps is not installed")
    assert command is not None
    assert "pytest" in command or "python" in command
    assert _ps(zombie) is None
