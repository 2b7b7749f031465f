"""Whether the server answers: what postmaster.pid says, and a knock at its socket.

The knock speaks PostgreSQL's protocol itself, version 3.0: a start-up message, then the answers
up to "ready for query" (PostgreSQL manual, "Message Flow"). It costs 1.5 ms and needs no driver.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
import stat
import struct
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.db.embedded.paths import DATABASE, HOME_VARIABLE, ROLE, socket_name
from stockgroups.errors import EmbeddedServerError

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT_SECONDS = 5.0
MAX_LOCK_FILE_BYTES = 8192
MAX_ANSWER_BYTES = 65536
MAX_ANSWERS = 200


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What postmaster.pid says. A standalone backend writes its pid with a minus sign there.

    `sockets` is None while the server has not opened its socket. `pid` is 0 when the file is not
    one that PostgreSQL completed.
    """

    pid: int
    started_at: dt.datetime | None = None
    sockets: Path | None = None


class Answer(Enum):
    """What came back from a knock."""

    SILENT = auto()  # no socket, or nobody behind it
    BUSY = auto()  # starting, stopping or recovering from a crash
    NO_DATABASE = auto()  # it runs, but our database is missing
    READY = auto()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and the server's version where it got as far as telling it."""

    answer: Answer
    version: str | None = None


def read_postmaster(data: Path) -> Postmaster | None:
    """Read postmaster.pid of a data directory; None when there is none.

    Its lines (PostgreSQL, pidfile.h): pid, data directory, start time, port, socket directory,
    listen address, shared memory key, status.
    """
    try:
        with (data / "postmaster.pid").open("rb") as file:
            lines = file.read(MAX_LOCK_FILE_BYTES).split(b"\n")
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        pid = int(lines[0])
        started_at = dt.datetime.fromtimestamp(int(lines[2]), dt.UTC)
    except (ValueError, IndexError, OverflowError, OSError):
        return Postmaster(0)
    sockets = Path(os.fsdecode(lines[4])) if len(lines) > 5 and lines[4] else None
    return Postmaster(pid, started_at, sockets)


def knock(data: Path, postmaster: Postmaster | None) -> Reply:
    """Ask the server of this data directory whether it takes our connections.

    Raises EmbeddedServerError when the socket's folder could hold another user's socket (a folder
    under /tmp may be gone since, and made anew by anybody), or when the server refuses us.
    """
    if postmaster is None or postmaster.sockets is None:
        return Reply(Answer.SILENT)
    try:
        folder = postmaster.sockets.lstat()
        owner = data.stat().st_uid
    except FileNotFoundError:
        return Reply(Answer.SILENT)
    if not stat.S_ISDIR(folder.st_mode) or folder.st_uid != owner or folder.st_mode & 0o022:
        raise EmbeddedServerError(
            "the socket's folder is not the server's own, so another server could answer there",
            where=str(postmaster.sockets),
            remedy=f"remove that folder, or set {HOME_VARIABLE} to another, short path",
        )
    try:
        return _ask(postmaster.sockets / socket_name())
    except OSError:
        # Whatever keeps the socket from answering, the process behind it decides what is done.
        return Reply(Answer.SILENT)


def _ask(address: Path) -> Reply:
    """Open a session and end it again. Raises OSError where nobody completes it."""
    parameters = f"user\0{ROLE}\0database\0{DATABASE}\0application_name\0stockgroups\0\0".encode()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(TIMEOUT_SECONDS)
        connection.connect(os.fsencode(address))
        connection.sendall(struct.pack("!II", len(parameters) + 8, 3 << 16) + parameters)
        version = None
        for kind, body in _answers(connection):
            if kind == b"S" and body.startswith(b"server_version\0"):
                version = body.split(b"\0")[1].decode("ascii", "replace").partition(" ")[0]
            elif kind == b"E":
                return _refusal(body, address)
            elif kind == b"Z":
                connection.sendall(b"X\0\0\0\4")
                return Reply(Answer.READY, version)
    raise ConnectionAbortedError


def _answers(connection: socket.socket) -> Iterator[tuple[bytes, bytes]]:
    """Yield the type and body of each message, until the server closes or says too much."""
    with connection.makefile("rb") as stream:
        for _ in range(MAX_ANSWERS):
            head = stream.read(5)
            if len(head) < 5:
                return
            (length,) = struct.unpack("!I", head[1:])
            if not 4 <= length <= MAX_ANSWER_BYTES:
                return
            yield head[:1], stream.read(length - 4)


def _refusal(body: bytes, address: Path) -> Reply:
    """Read an error message by its SQLSTATE (PostgreSQL manual, "Error and Notice Fields")."""
    fields = {part[:1]: part[1:] for part in body.split(b"\0") if part}
    match fields.get(b"C"):
        case b"57P03":  # cannot_connect_now
            return Reply(Answer.BUSY)
        case b"3D000":  # invalid_catalog_name
            return Reply(Answer.NO_DATABASE)
        case b"53300":  # too_many_connections: it runs; who connects next will be told
            return Reply(Answer.READY)
        case _:
            raise EmbeddedServerError(
                f"the embedded server refuses us: {fields.get(b'M', b'').decode(errors='replace')}",
                where=str(address),
            )
