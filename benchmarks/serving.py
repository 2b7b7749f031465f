"""Answers over HTTP, by one client that asks one request after the other.

A kept answer is held against a constant of the same bytes from the same kind of server, and against
`SELECT 1`; one that is not kept against the same question asked of the database in process.
"""

from __future__ import annotations

import itertools
import multiprocessing
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from benchmarks.data import ENVIRONMENT
from benchmarks.measure import Case, Row, alternate, at_least, at_most
from benchmarks.scratch import Scratch
from benchmarks.state import fill
from stockgroups.api import Database
from stockgroups.catalog import Catalog
from stockgroups.http.app import make_app
from stockgroups.http.log import Log
from stockgroups.http.server import listen, run
from stockgroups.settings import Settings

ROUNDS = 9
CALLS = 500
FEW_CALLS = 50
STOCK = "/v1/stocks/AAPL"
_NUMBERS = itertools.count()


def measure(scratch: Scratch, catalog: Catalog) -> Iterator[Row]:
    """Yield the rows about answers over HTTP."""
    fill(scratch.ours, catalog)
    settings = Settings(scratch.target.url, ENVIRONMENT, None, None, index_proxies=False)
    with run_server(serve_settings, settings) as (ours, _), Client(ours) as client:
        body = client.ask(STOCK)
        with (
            run_server(serve_constant, body) as (constant, _),
            Client(constant) as other,
            Database(settings) as db,
        ):
            times = alternate(
                [
                    Case("kept", lambda: client.repeat(lambda: STOCK, CALLS)),
                    Case("constant", lambda: other.repeat(lambda: "/", CALLS)),
                    Case("select", lambda: _select(db, CALLS)),
                    Case("asked", lambda: client.repeat(_vary, FEW_CALLS)),
                    Case("in process", lambda: _find(db, FEW_CALLS)),
                ],
                ROUNDS,
            )
    yield Row(
        "a kept answer beside a constant of the server",
        1 / times.ratio("kept", "constant"),
        "of its requests",
        at_least(0.7),
        times.tell("kept", "constant") + f" for {CALLS}",
    )
    yield Row(
        "a kept answer beside SELECT 1",
        times.ratio("kept", "select"),
        "times as long",
        None,
        times.tell("kept", "select") + f" for {CALLS}",
    )
    yield Row(
        "an answer that is not kept beside the same in process",
        times.ratio("asked", "in process"),
        "times as long",
        at_most(2.0),
        times.tell("asked", "in process") + f" for {FEW_CALLS}",
    )


class Client:
    """A connection that stays open."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def ask(self, path: str) -> bytes:
        """Return the body that is answered."""
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        told = b""
        while b"\r\n\r\n" not in told:
            told += self._receive()
        head, _, body = told.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0])
        while len(body) < length:
            body += self._receive()
        return body

    def repeat(self, choose: Callable[[], str], calls: int) -> None:
        """Ask so often."""
        for _ in range(calls):
            self.ask(choose())

    def _receive(self) -> bytes:
        part = self._socket.recv(1 << 20)
        if not part:
            raise RuntimeError("the server has ended")
        return part


def _vary() -> str:
    """Return an address that was not asked for before."""
    return f"{STOCK}?max_age={50_000 + next(_NUMBERS)}"


def _select(db: Database, calls: int) -> None:
    for _ in range(calls):
        db.connection.execute(b"SELECT 1").fetchone()


def _find(db: Database, calls: int) -> None:
    for _ in range(calls):
        db.stock("AAPL", max_age=50_000).to_dict()


@contextmanager
def run_server(serve: Callable[[Any, Any], None], what: Any) -> Iterator[tuple[int, int]]:
    """Run a server in a process of its own; yield its port and the number of the process."""
    processes = multiprocessing.get_context("spawn")
    told, tell = processes.Pipe(duplex=False)
    process = processes.Process(target=serve, args=(what, tell), daemon=True)
    process.start()
    try:
        assert process.pid is not None
        yield told.recv(), process.pid
    finally:
        process.terminate()
        process.join()


def serve_settings(settings: Settings, tell: Any) -> None:
    """Serve a database, with a log as the command writes it."""
    with open("/dev/null", "w", encoding="utf-8") as file:  # noqa: PTH123 - written as it comes
        listener = listen("127.0.0.1", 0)
        with (
            Log(lambda *lines: print(*lines, sep="\n", file=file, flush=True)) as log,
            make_app(settings, log=log) as service,
        ):
            service.watch.wait(0, 30.0)
            tell.send(listener.getsockname()[1])
            run(service.app, listener)


def serve_constant(body: bytes, tell: Any) -> None:
    """Serve the same bytes to whoever asks for anything."""
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
    ]

    async def answer(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    listener = listen("127.0.0.1", 0)
    tell.send(listener.getsockname()[1])
    run(answer, listener)
