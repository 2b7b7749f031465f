"""An embedded server of an attack's own, and the databases in it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from databases import drop_database
from servers import InstalledServer, find_installed, has_citus, open_folder
from stockgroups.db import embedded, schema
from stockgroups.db.connection import Target
from stockgroups.db.embedded import binaries
from stockgroups.db.embedded.paths import Layout
from stockgroups.db.embedded.privileges import find_account

ENVIRONMENT = "TEST"
_CONFIGURED = (
    "ALTER SYSTEM SET fsync = off",  # it is thrown away: no waiting
    "ALTER SYSTEM SET autovacuum = off",
    "SELECT pg_reload_conf()",
)


class Server:
    """A running server, which can be stopped as if the power had failed.

    Attributes:
        url: of its first database.
        folder: for files, which every account may enter.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._home = folder / "home"
        self._numbers = itertools.count(1)
        self.url = embedded.ensure_running(self._home)

    def execute(self, statement: str) -> None:
        """Run a statement in the first database."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def target(self, name: str) -> Target:
        """Return how a database is reached."""
        url = make_conninfo(self.url, dbname=name)
        return Target(url, "campaign server", name, ENVIRONMENT)

    def clone(self, template: str, more: str = "") -> Target:
        """Make a database as another one is."""
        name = f"campaign_{next(self._numbers)}"
        copied = f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY {more}"
        self.execute(copied)
        return self.target(name)

    @contextmanager
    def cloned(self, template: str, more: str = "") -> Iterator[Target]:
        """Yield a database as another one is, which is gone afterwards."""
        target = self.clone(template, more)
        try:
            yield target
        finally:
            drop_database(self.url, target.database)

    def upgraded(self) -> Target:
        """Make a database with the program's tables and nothing in them."""
        target = self.clone("template1")
        schema.upgrade(target)
        return target

    def stop_at_once(self) -> None:
        """End all processes of the server without a word to the disk."""
        layout = Layout(self._home)
        account = find_account(layout)
        programs = binaries.find_programs(layout, account)
        command = (programs / "pg_ctl", "stop", "--mode=immediate", "--pgdata=.")
        account.run(command, folder=layout.data)

    def own(self, folder: Path) -> None:
        """Give the server's account a folder."""
        account = find_account(Layout(self._home))
        os.chown(folder, account.uid, account.gid)

    def start(self) -> None:
        """Start it again where it does not run."""
        embedded.ensure_running(self._home)

    def close(self) -> None:
        """Stop it."""
        embedded.stop(self._home)


class CitusServer(Server):
    """A server with Citus of the machine's own."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count(1)
        self._installed = InstalledServer(folder, binaries)
        self._is_running = False
        self.start()
        self.url = self._installed.url

    def stop_at_once(self) -> None:
        self._installed.stop_at_once()
        self._is_running = False

    def start(self) -> None:
        if not self._is_running:
            self._installed.start()
            self._is_running = True

    def close(self) -> None:
        if self._is_running:
            self.stop_at_once()


@contextmanager
def open_server(make: Callable[[Path], Server] = Server) -> Iterator[Server]:
    """Yield a server whose files are gone afterwards."""
    with open_folder() as folder:
        server = make(folder)
        try:
            for statement in _CONFIGURED:
                server.execute(statement)
            yield server
        finally:
            server.close()


@contextmanager
def open_coordinator() -> Iterator[tuple[Server, Server | None]]:
    """Yield a server with Citus, where the machine has one; else a server, and one for workers."""
    binaries = find_installed()
    if binaries is not None and has_citus(binaries):
        with open_server(lambda folder: CitusServer(folder, binaries)) as server:
            yield server, None
    else:
        with open_server() as server, open_server() as far:
            yield server, far
