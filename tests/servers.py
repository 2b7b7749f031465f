"""PostgreSQL servers for tests: the embedded one, and an installed one if there is one."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from stockgroups.db import embedded

MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 6 * 2**30
"""Free in memory, so that files lie there: two servers, or two attacks of the campaign, at once."""
MOST_LOG = "128MB"
"""Of a server's write-ahead log, which would grow to a gigabyte in memory."""


def _find_memory() -> Path | None:
    """Return a folder in memory that is large enough, where there is one.

    A database is hundreds of files. On a disk, the kernel passes over the inodes of all files that
    were removed within the last minute to find one for each new file.
    """
    is_large = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ENOUGH_BYTES
    return MEMORY if is_large else None


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that any user may enter, unlike pytest's own; in memory if there is enough of it.

    It is removed at the end.
    """
    folder = Path(tempfile.mkdtemp(prefix="stockgroups-test-", dir=_find_memory()))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def run_embedded() -> Iterator[str]:
    """The embedded server in a home of its own; yields its URL.

    As on the other one, nothing vacuums by itself: a database is emptied and used again, and what
    the server takes of a table in that moment would plan a later test for empty tables.
    """
    with open_folder() as folder:
        home = folder / "home"
        url = embedded.ensure_running(home=home)
        with psycopg.connect(url, autocommit=True) as connection:  # it is thrown away: no waiting
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET autovacuum = off")
            connection.execute(f"ALTER SYSTEM SET max_wal_size = '{MOST_LOG}'".encode())
            connection.execute("SELECT pg_reload_conf()")
        yield url
        embedded.stop(home=home)


def find_installed() -> Path | None:
    """The programs of the newest installed PostgreSQL from version 15, or None."""
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    named = shutil.which("pg_config")
    if named:
        text = subprocess.run([named, "--bindir"], capture_output=True, text=True, check=False)
        homes.append(Path(text.stdout.strip()))
    for binaries in reversed(homes):
        if not (binaries / "initdb").exists():
            continue
        version = subprocess.run(
            [binaries / "postgres", "--version"], capture_output=True, text=True, check=False
        ).stdout.split()
        if version and int(version[-1 if version[-1][0].isdigit() else 2].split(".")[0]) >= 15:
            return binaries
    return None


class InstalledServer:
    """An installed PostgreSQL on a private socket, which does not run yet.

    If it has Citus, it also listens on loopback, by which Citus connects to its own server.

    Attributes:
        url: The URL of its first database.
    """

    def __init__(self, folder: Path, binaries: Path) -> None:
        """Make its files in a folder that any user may enter."""
        user = unprivileged()
        port = _find_free_port() if has_citus(binaries) else 5432
        self._binaries = binaries
        self._data = folder / "data"
        self._data.mkdir(mode=0o700)
        if user is not None:
            os.chown(self._data, user.pw_uid, user.pw_gid)
        self._as_user = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid}
        self.url = f"postgresql://stockgroups@/postgres?host={self._data}&port={port}"
        self._run("initdb", "-U", "stockgroups", "-A", "trust", "--locale=C", "--encoding=UTF8",
                  "--no-sync")  # fmt: skip
        with (self._data / "postgresql.conf").open("a") as conf:
            conf.write(f"listen_addresses = ''\nunix_socket_directories = '{self._data}'\n")
            conf.write(f"fsync = off\nautovacuum = off\nport = {port}\n")
            conf.write(f"max_wal_size = {MOST_LOG}\n")
            if has_citus(binaries):
                conf.write("shared_preload_libraries = 'citus'\nwal_level = logical\n")
                conf.write("listen_addresses = 'localhost'\n")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._run("pg_ctl", "-l", self._data / "log", "-w", "start")

    def stop_at_once(self) -> None:
        """End all its processes without a word to the disk."""
        self._run("pg_ctl", "-m", "immediate", "stop")

    def _run(self, program: str, *words: object) -> None:
        subprocess.run(
            [str(word) for word in (self._binaries / program, "-D", self._data, *words)],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            **self._as_user,  # type: ignore[call-overload]
        )


@contextmanager
def run_installed(binaries: Path) -> Iterator[str]:
    """An installed PostgreSQL; yields the URL of its first database."""
    with open_folder() as folder:
        server = InstalledServer(folder, binaries)
        server.start()
        try:
            yield server.url
        finally:
            server.stop_at_once()


def _find_free_port() -> int:
    with socket.socket() as found:
        found.bind(("localhost", 0))
        port: int = found.getsockname()[1]
        return port


def has_citus(binaries: Path) -> bool:
    """Whether the server of these programs can load the extension Citus."""
    folders = [Path("/usr/share/postgresql", binaries.parent.name, "extension")]
    if (binaries / "pg_config").exists():
        text = subprocess.run(
            [binaries / "pg_config", "--sharedir"], capture_output=True, text=True, check=True
        ).stdout
        folders.append(Path(text.strip(), "extension"))
    return any((folder / "citus.control").exists() for folder in folders)


def unprivileged() -> pwd.struct_passwd | None:
    """Return the account for the server if the tests run as root; None: their own account."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None
