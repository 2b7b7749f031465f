"""Two databases for one topic: the program's, and one of the same tables for what stands beside it.

They live on an embedded server of the topic's own, or on a server that is named, and are gone at
the end of it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from benchmarks.data import ENVIRONMENT
from benchmarks.measure import read_peak
from stockgroups.db import embedded, schema
from stockgroups.db.connection import EMBEDDED, Connection, Target, connect
from stockgroups.db.embedded.paths import HOME_VARIABLE

_CLEAR = b"""
TRUNCATE public.definition_groups, public.group_memberships, public.cache_entries,
         stockgroups.group_registry, stockgroups.refs, stockgroups.snapshots, stockgroups.loads,
         stockgroups.securities, stockgroups.security_symbols, stockgroups.security_refs,
         stockgroups.membership_history, stockgroups.ref_runs, stockgroups.replaced_entries
         RESTART IDENTITY;
UPDATE stockgroups.env_state SET identity = NULL
"""


@dataclass(frozen=True, slots=True)
class Scratch:
    """Open connections to both databases, and how a command and another process find ours."""

    ours: Connection
    raw: Connection
    settings: Mapping[str, str]
    target: Target


@contextmanager
def open_scratch(url: str | None) -> Iterator[Scratch]:
    """Make both databases, on the server that `url` names or on one of the topic's own."""
    if url is not None:
        with (
            _new_database(url) as ours,
            _new_database(url) as raw,
            _connected(ours) as first,
            _connected(raw) as second,
        ):
            yield Scratch(first, second, {"DATABASE_URL": ours}, _target(ours))
        return
    # Open to all: when root runs this, the server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="stockgroups-bench-"))
    folder.chmod(0o755)
    home = folder / "home"
    try:
        ours = embedded.ensure_running(home=home)
        schema.upgrade(_target(ours))
        with _new_database(ours) as raw, _connected(ours) as first, _connected(raw) as second:
            settings = {"DATABASE_URL": EMBEDDED, HOME_VARIABLE: os.fspath(home)}
            yield Scratch(first, second, settings, _target(ours))
    finally:
        embedded.stop(home=home)
        shutil.rmtree(folder)


def clear(connection: Connection) -> None:
    """Empty every table, as it was when it was made."""
    connection.execute(_CLEAR)


def run_program(
    scratch: Scratch, environment: str, *words: str, statuses: Collection[int] = (0,)
) -> tuple[float, float]:
    """Run the program; return its seconds, and the most megabytes that its process had.

    Raises:
        RuntimeError: Its exit status is none of `statuses`.
    """
    program = Path(sys.executable).with_name("stockgroups")
    settings = {**os.environ, **scratch.settings, "ENVIRONMENT": environment}
    begun = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as folder,  # without a .env
        subprocess.Popen(
            [program, *words], env=settings, cwd=folder, stdout=subprocess.DEVNULL
        ) as process,
    ):
        megabytes = 0.0
        while process.poll() is None:
            megabytes = max(megabytes, read_peak(process.pid))
            time.sleep(0.05)
    if process.returncode not in statuses:
        raise RuntimeError(f"stockgroups {' '.join(words)} ended with {process.returncode}")
    return time.perf_counter() - begun, megabytes


@contextmanager
def _new_database(server: str) -> Iterator[str]:
    """A database with the program's tables and nothing in them; yields its URL."""
    name = f"stockgroups_bench_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        try:
            url = make_conninfo(server, dbname=name)
            schema.upgrade(_target(url))
            yield url
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    with connect(_target(url)) as connection:
        # Autovacuum would fall into one measurement and not into the other beside it.
        for table in ("public.group_memberships", "public.cache_entries", "stockgroups.refs"):
            connection.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)".encode())
        yield connection


def _target(url: str) -> Target:
    return Target(url, "benchmark server", "benchmark", ENVIRONMENT)
