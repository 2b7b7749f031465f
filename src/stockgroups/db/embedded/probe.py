"""Whether the server answers: what postmaster.pid says, and what libpq hears at its socket."""

from __future__ import annotations

import datetime as dt
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from stockgroups.db.embedded.paths import HOME_VARIABLE, server_url, socket_name
from stockgroups.errors import EmbeddedServerError

MAX_LOCK_FILE_BYTES = 8192
CONNECT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What postmaster.pid says. A standalone backend writes its pid with a minus sign there.

    `sockets` is None while the server has not opened its socket. `pid` is 0 when the file is not
    one that PostgreSQL completed.
    """

    pid: int
    started_at: dt.datetime | None = None
    sockets: Path | None = None


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


def find_sockets(data: Path, postmaster: Postmaster | None) -> Path | None:
    """Return the folder of the server's socket, None where there is no socket.

    Raises EmbeddedServerError when the folder could hold another user's socket: one under /tmp
    may be gone since, and made anew by anybody.
    """
    if postmaster is None or postmaster.sockets is None:
        return None
    try:
        folder = postmaster.sockets.lstat()
        owner = data.stat().st_uid
    except FileNotFoundError:
        return None
    if not stat.S_ISDIR(folder.st_mode) or folder.st_uid != owner or folder.st_mode & 0o022:
        raise EmbeddedServerError(
            "the socket's folder is not the server's own, so another server could answer there",
            where=str(postmaster.sockets),
            remedy=f"remove that folder, or set {HOME_VARIABLE} to another, short path",
        )
    return postmaster.sockets if (postmaster.sockets / socket_name()).exists() else None


def knock(sockets: Path) -> str | None:
    """Open a session on our database, and return the server's version; None where that fails."""
    from psycopg import pq  # noqa: PLC0415 - `db url` and `db stop` need no driver

    connection = pq.PGconn.connect(_conninfo(sockets))
    try:
        version = connection.parameter_status(b"server_version") or b""
        is_open = connection.status == pq.ConnStatus.OK
        return version.decode().partition(" ")[0] if is_open else None
    finally:
        connection.finish()


def is_up(sockets: Path) -> bool:
    """Return whether a server takes connections there, as `pg_isready` does; it may refuse ours.

    Raises EmbeddedServerError where libpq does not ask, as a variable of the environment is wrong.
    """
    from psycopg import pq  # noqa: PLC0415 - as above

    answer = pq.PGconn.ping(_conninfo(sockets))
    if answer == pq.Ping.NO_ATTEMPT:
        from stockgroups.db.errors import advise_reach  # noqa: PLC0415 - as above

        connection = pq.PGconn.connect(_conninfo(sockets))
        message = connection.error_message.decode(errors="replace").strip()
        connection.finish()
        raise EmbeddedServerError(message, where=str(sockets), remedy=advise_reach(message))
    return answer == pq.Ping.OK


def _conninfo(sockets: Path) -> bytes:
    return f"{server_url(sockets)}&connect_timeout={CONNECT_SECONDS}".encode()
