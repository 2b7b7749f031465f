"""The public functions: is it running and where, start it, stop it.

While the server runs, a call costs a file read and a session (3 ms), without a lock.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stockgroups.db.embedded.paths import HOME_VARIABLE, find_layout, server_url
from stockgroups.db.embedded.probe import find_sockets, knock, read_postmaster
from stockgroups.errors import EmbeddedServerError
from stockgroups.json_values import Fields

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from stockgroups.db.embedded.paths import Layout


@dataclass(frozen=True, slots=True)
class ServerStatus(Fields):
    """The status of the embedded server; fields of a running server are None otherwise."""

    running: bool
    is_default: bool
    data_dir: Path
    log_dir: Path
    pid: int | None = None
    version: str | None = None
    socket_dir: Path | None = None
    url: str | None = None
    started_at: dt.datetime | None = None


@contextmanager
def _translate_os_errors() -> Iterator[None]:
    """Raise our error for the system's: a full disk, a folder that is closed to us."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in ("fcntl", "pwd"):
            raise
        raise EmbeddedServerError(
            "the embedded server runs on Linux and macOS only",
            remedy="set DATABASE_URL=postgresql://user:password@host/database",
        ) from error
    except OSError as error:
        raise EmbeddedServerError(
            f"the embedded server's files cannot be used: {error.strerror or error}",
            where=None if error.filename is None else str(error.filename),
            remedy=f"correct that, or set {HOME_VARIABLE} to another folder",
        ) from error


@_translate_os_errors()
def ensure_running(home: Path | None = None) -> str:
    """Return the server's connection string, after starting it if needed.

    `home` names the base folder, else STOCKGROUPS_HOME does, else it is the user's data folder.
    Raises EmbeddedServerError, as all functions here do, if the server cannot be started.
    """
    layout = find_layout(home)
    if (url := _find_url(layout)) is not None:
        return url
    from stockgroups.db.embedded import launch  # noqa: PLC0415 - not while the server runs

    launch.start_server(layout)
    url = _find_url(layout)
    if url is None:
        raise EmbeddedServerError(
            "the server was stopped again while it started",
            where=str(layout.data),
            remedy="try again",
        )
    return url


@_translate_os_errors()
def start(home: Path | None = None) -> ServerStatus:
    """Start the server unless it runs, and make it this user's default database."""
    ensure_running(home)
    find_layout(home).marker.touch()
    return status(home)


@_translate_os_errors()
def stop(home: Path | None = None) -> bool:
    """Stop the server; False if none ran. Its data stays, and it stays the default.

    Sessions are ended and their open transactions rolled back.
    """
    layout = find_layout(home)
    from stockgroups.db.embedded import launch  # noqa: PLC0415 - not while the server runs

    return launch.stop_server(layout)


@_translate_os_errors()
def status(home: Path | None = None) -> ServerStatus:
    """Return whether the server runs, and where. Starts and changes nothing.

    It runs if it answers; a server that is just starting or recovering does not yet.
    """
    layout = find_layout(home)
    stopped = ServerStatus(False, layout.marker.exists(), layout.data, layout.log)
    postmaster = read_postmaster(layout.data)
    sockets = find_sockets(layout.data, postmaster)
    if postmaster is None or sockets is None or (version := knock(sockets)) is None:
        return stopped
    return replace(
        stopped,
        running=True,
        pid=postmaster.pid,
        version=version,
        socket_dir=sockets,
        url=server_url(sockets),
        started_at=postmaster.started_at,
    )


@_translate_os_errors()
def is_default(home: Path | None = None) -> bool:
    """Return whether `start` has made the embedded server this user's default database."""
    return os.name == "posix" and find_layout(home).marker.exists()


def _find_url(layout: Layout) -> str | None:
    """Return the connection string of a server that is ready for us, None when there is none."""
    sockets = find_sockets(layout.data, read_postmaster(layout.data))
    return None if sockets is None or knock(sockets) is None else server_url(sockets)
