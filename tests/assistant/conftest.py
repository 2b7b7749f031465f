"""The real server in a separate process, asked by the SDK's client."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from psycopg.conninfo import make_conninfo

from assistant.facts import fill
from databases import Databases
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Target, connect
from stockgroups.store import Store


class Asked(NamedTuple):
    """A question, and what of its answer is known: by `Reply.pick`."""

    tool: str
    arguments: dict[str, Any]
    known: dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What a tool answered."""

    text: str
    is_error: bool

    @property
    def body(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.text)
        return told

    def pick(self, what: str) -> Any:
        """A value by its path, or columns of the rows: `coverage.weight`, `each symbol weight`."""
        told: Any = self.body
        if what.startswith("each "):
            return [tuple(map(row.get, what.split()[1:])) for row in read_rows(told)]
        for part in what.split("."):
            told = told[int(part)] if isinstance(told, list) else told[part]
            told = read_rows(told) if isinstance(told, dict) and "columns" in told else told
        return told


def read_rows(table: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


class Assistant:
    """A client with one server, for tests that are not asynchronous."""

    def __init__(self, portal: BlockingPortal, client: Client) -> None:
        self._portal = portal
        self.client = client

    def ask(self, tool: str, /, **arguments: Any) -> Reply:
        result = self._portal.call(self.client.call_tool, tool, arguments)
        (part,) = result.content
        assert result.structured_content is None
        return Reply(part.text, result.is_error)

    def list_tools(self) -> list[Any]:
        return list(self._portal.call(self.client.list_tools).tools)


@contextmanager
def run_assistant(folder: Path, url: str, mode: str = "auto") -> Iterator[Assistant]:
    """A server in a folder, with a log beside it, and a client."""
    settings = {"ENVIRONMENT": "TEST", "STOCKGROUPS_HOME": str(folder / "no-server-here")}
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "stockgroups", "mcp"],
        env=settings | {"DATABASE_URL": url},
        cwd=folder,
    )
    with (
        (folder / "log").open("a", encoding="utf-8") as log,
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(
            Client(stdio_client(command, log), mode=mode, read_timeout_seconds=60)
        ) as client,
    ):
        yield Assistant(portal, client)


@pytest.fixture(scope="session")
def filled(server: str, databases: Databases, catalog: Catalog) -> Iterator[Target]:
    """A database with the facts, for all questions."""
    with databases.lend() as name:
        target = Target(make_conninfo(server, dbname=name), "test server", name, "TEST")
        with connect(target) as connection:
            fill(Store(connection, "TEST", catalog=catalog))
        yield target


@pytest.fixture(scope="session")
def assistant(filled: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """One server for all questions."""
    with run_assistant(tmp_path_factory.mktemp("assistant"), filled.url) as running:
        yield running
