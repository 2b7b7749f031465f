"""The paths of the embedded server, and the address that follows from them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from stockgroups.errors import EmbeddedServerError
from stockgroups.settings import HOME_SETTING, find_home

MAJOR = 18
ROLE = "stockgroups"
DATABASE = "stockgroups"
PORT = 5432
HOME_VARIABLE = HOME_SETTING

MAX_SOCKET_BYTES = 103
"""A socket's path with its final NUL has 104 bytes on macOS and the BSDs, 108 on Linux."""

MAX_DATA_BYTES = 900
"""PostgreSQL cuts paths at 1,024 bytes (MAXPGPATH) without a word; this leaves it room."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders and files below one base folder.

    `cluster`, the lock, the marker and a copied installation belong to the caller; `data`, `log`
    and `sockets` to the account that the server runs as. For root these differ, and then root
    never writes by name into a folder that the other account could swap for a link.
    """

    base: Path

    @property
    def marker(self) -> Path:
        """Present when the embedded server is this user's default database."""
        return self.base / "default"

    @property
    def cluster(self) -> Path:
        """Everything of one major version."""
        return self.base / f"postgresql-{MAJOR}"

    @property
    def lock(self) -> Path:
        """Locked (flock) while somebody starts or stops the server."""
        return self.cluster / "lock"

    @property
    def data(self) -> Path:
        """The data directory; it exists only when initdb has finished it."""
        return self.cluster / "data"

    @property
    def new_data(self) -> Path:
        """A data directory in the making; without the lock held, a left-over."""
        return self.cluster / "data.new"

    @property
    def log(self) -> Path:
        """The server's log files."""
        return self.cluster / "log"

    def sockets(self, uid: int) -> Path:
        """Return the folder for the socket of a server that runs as `uid`.

        It lies beside the data, unless a socket's path would be too long there or a client could
        not name it: libpq reads a comma as the end of a host, and a URL must be UTF-8. Then it is
        a folder under /tmp that the data's path and this uid decide, so every caller finds the
        same one.
        """
        folder = self.cluster / "run"
        name = os.fsencode(folder / socket_name())
        if len(name) <= MAX_SOCKET_BYTES and b"," not in name and _is_utf8(name):
            return folder
        import hashlib  # noqa: PLC0415 - seldom needed

        digest = hashlib.blake2b(os.fsencode(self.data), digest_size=8).hexdigest()
        return Path(f"/tmp/stockgroups-{uid}-{digest}")  # noqa: S108 - made 0700, owner checked


def find_layout(home: Path | None = None) -> Layout:
    """Return the layout below `home`, else STOCKGROUPS_HOME, else the user's data folder.

    Raises EmbeddedServerError for a path that PostgreSQL cannot use, and on Windows, where the
    server cannot tell users apart by their socket.
    """
    if os.name != "posix":
        raise EmbeddedServerError(
            "the embedded server runs on Linux and macOS only",
            remedy="set DATABASE_URL=postgresql://user:password@host/database",
        )
    layout = Layout((home or find_home()).expanduser().absolute())
    data = os.fsencode(layout.new_data)
    if len(data) > MAX_DATA_BYTES:
        raise EmbeddedServerError(
            f"the path is too long for PostgreSQL ({len(data)} bytes, at most {MAX_DATA_BYTES})",
            where=str(layout.base),
            remedy=f"set {HOME_VARIABLE} to a shorter path",
        )
    if any(byte < 0x20 for byte in data):
        raise EmbeddedServerError(
            "PostgreSQL cannot use a path with a control character in it",
            where=repr(str(layout.base)),
            remedy=f"set {HOME_VARIABLE} to another path",
        )
    return layout


def socket_name() -> str:
    """Return the name that PostgreSQL gives its socket."""
    return f".s.PGSQL.{PORT}"


def server_url(sockets: Path, database: str = DATABASE) -> str:
    """Return the connection string of the server whose socket lies in `sockets`.

    The port is named because PGPORT would otherwise choose another socket.
    """
    return (
        f"postgresql://{ROLE}@/{database}?host={quote(os.fsencode(sockets), safe='')}&port={PORT}"
    )


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True
