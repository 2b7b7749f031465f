"""Base folders for servers that tests start, and the end of those servers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from servers import open_folder
from stockgroups.db import embedded
from stockgroups.db.embedded.binaries import INSTALL
from stockgroups.db.embedded.paths import Layout
from stockgroups.db.embedded.privileges import find_account
from stockgroups.db.embedded.processes import find_servers
from stockgroups.errors import EmbeddedServerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Caller = Callable[[Path], subprocess.Popen[str]]

CALL = """\
import sys
from pathlib import Path
from stockgroups.db.embedded import ensure_running, launch, status
print("ready", flush=True)
ensure_running(Path(sys.argv[1]))
print(status(Path(sys.argv[1])).pid, flush=True)
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not find_spec(INSTALL.parts[0]):
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip("the extra `embedded` is not installed"))


@contextmanager
def open_place() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder
        for marker in folder.rglob("postgresql-18"):
            end_servers(Layout(marker.parent))


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every account can pass through; what runs below it is ended afterwards."""
    with open_place() as folder:
        yield folder


@pytest.fixture(scope="session")
def shared_place() -> Iterator[Path]:
    with open_place() as folder:
        yield folder


@pytest.fixture
def used(shared_place: Path) -> Path:
    """A home that has been used before, its server running; tests leave the cluster sound."""
    embedded.ensure_running(shared_place / "home")
    return shared_place / "home"


@pytest.fixture
def home(place: Path) -> Path:
    return place / "home"


@pytest.fixture
def layout(home: Path) -> Layout:
    return Layout(home)


@pytest.fixture
def caller() -> Iterator[Caller]:
    """Start programs of their own that call ensure_running; each says "ready" just before."""
    started: list[subprocess.Popen[str]] = []

    def start(home: Path) -> subprocess.Popen[str]:
        program = subprocess.Popen(
            [sys.executable, "-c", CALL, os.fspath(home)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(program)
        return program

    yield start
    for program in started:
        program.kill()
        program.communicate()


def end_servers(layout: Layout) -> None:
    with suppress(EmbeddedServerError):
        embedded.stop(layout.base)
    for pid in find_servers(layout.data):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with suppress(EmbeddedServerError):
        sockets = layout.sockets(find_account(layout).uid)
        if layout.cluster not in sockets.parents:
            shutil.rmtree(sockets, ignore_errors=True)
