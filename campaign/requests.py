"""Requests that nobody should make, to `stockgroups serve`: refused, and others are answered.

Odd addresses, parameters, headers and bodies; requests that are damaged, halved, slow, or several
at once; connections in which nothing comes. None may end in an error of the server or without an
end, and between them the right answer comes as before, from a process that does not grow.
"""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
from benchmarks.busy import read_size

from campaign.attack import Attack, Fault, Step, Tally
from campaign.damage import TOKENS, damage
from campaign.server import ENVIRONMENT, Server, open_server
from sound import make_sound
from stockgroups.catalog import load_catalog
from stockgroups.db.connection import connect
from stockgroups.http.limits import ANSWER_SECONDS, BODY_SECONDS, CACHE_BYTES, HEAD_SECONDS
from stockgroups.settings import NAMES
from stockgroups.store import Store

PATIENCE = HEAD_SECONDS + BODY_SECONDS + ANSWER_SECONDS
"""Seconds until an answer must have come, or the connection be closed."""
SOON = 0.5
"""Seconds for which one request is waited for; what comes later is looked at later."""
MOST_OPEN = 60
CHECKED_EACH = 100
MOST_GROWTH = CACHE_BYTES / 2**20 + 64
"""Megabytes: the answers that are kept, and what an allocator does not give back."""
WARM = 1_000
"""Requests before the size is taken."""
RIGHT = "/v1/etfs/SPY"

PAGES = (
    "/",
    "/etfs",
    "/etfs/{name}",
    "/stocks/{name}",
    "/compare",
    "/members",
    "/loads",
    "/static",
)
METHODS = ("GET", "GET", "GET", "GET", "GET", "HEAD", "POST", "POST", "PUT", "DELETE", "OPTIONS",
           "TRACE", "CONNECT", "get", "X" * 300, "")  # fmt: skip
TEXTS = (
    *("SPY", "XOM", "AAPL", "energy", "sp500", "BRK/B", "XLE", "spy", "US0378331005"),
    *("..", "../../etc/passwd", "%", "%zz", "%00", "a\0b", "\r\nX: y", "' OR 1=1", "<script>"),
    *("{{7*7}}", "${HOME}", "A" * 201, "A" * 5_000, "é", "😀", "\u202e", "0", "-1", "1e999"),
    *("9" * 100, "null", "true", "[]", "{}", "2026-02-31", "2026-07-01", "9999-12-31"),
    *("SPY & XLE", "(" * 500, "SPY|" * 300, "SPY @ 2020-01-01", "sector:energy", "!", ""),
)  # fmt: skip
HEADERS = (
    *("Host: evil.example", "Host:", "Host: localhost\r\nHost: evil.example", "Host: [::1"),
    *("Content-Length: -1", "Content-Length: 5", "Content-Length: 99999999999999999999"),
    *("Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "Content-Encoding: gzip"),
    *("Expect: 100-continue", "Upgrade: websocket\r\nConnection: upgrade", "Range: bytes=0-1"),
    *("If-None-Match: *", 'If-None-Match: "' + "x" * 5_000, "Accept-Encoding: br;q=x, gzip;;"),
    *("Origin: https://evil.example", "Origin: null", "X-Request-ID: " + "a" * 3_000),
    *("Accept: \xff\xfe", "Cookie: " + "a=b; " * 500, "X: " + "a" * 30_000, " folded: x"),
    *("Authorization: Bearer x", "Authorization: Basic ===", "X-Forwarded-Host: evil.example"),
    *("Content-Type: text/xml", "Content-Type: multipart/form-data", "Accept-Language: x"),
)  # fmt: skip
BODIES = (
    *(b"", b"{", b"[" * 5_000, b"{}", b"null", b"\xff\xfe", b'{"positions": {"SPY": 1e999}}'),
    *(b'{"positions": {"SPY": 1}}', b'{"positions": {"SPY": -1, "XLE": 0}, "by": "sector"}'),
    *(b'{"texts": ["\\ud800"]}', b'{"texts": ["XOM", 1, null]}', b'{"texts": ["XOM"]}'),
    *(b'{"a":' * 5_000, b"a=b&c=d", b"0\r\n\r\n", b"ZZ\r\nx\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
    b" " * 1_000_001,
)


class Route(NamedTuple):
    """An address that is answered, and its parameters."""

    path: str
    parameters: tuple[str, ...]


class Waiting(NamedTuple):
    """A connection of which no answer has come yet."""

    link: socket.socket
    until: float
    description: str


def make_request(dice: random.Random, routes: list[Route]) -> bytes:
    """Return the bytes of one request."""
    route = dice.choice(routes)
    path = route.path
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + _encode(dice.choice(TEXTS), dice) + rest.partition("}")[2]
    names = [*route.parameters, "limit", "cursor", "x", "as_of", "\0"]
    pairs = [
        f"{_encode(dice.choice(names), dice)}={_encode(dice.choice(TEXTS), dice)}"
        for _ in range(dice.choice((0, 0, 1, 1, 2, 5)))
    ]
    query = ("?" + "&".join(pairs)) if pairs else ""
    method = dice.choice(METHODS)
    body = dice.choice(BODIES) if method == "POST" or dice.random() < 0.1 else b""
    headers = ["Host: localhost"] if dice.random() < 0.9 else []
    headers += dice.sample(HEADERS, dice.choice((0, 0, 0, 1, 1, 2, 4)))
    if body and dice.random() < 0.8:
        headers += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    if dice.random() < 0.7:
        headers.append("Connection: close")
    line = f"{method} {path}{query} {dice.choice(('HTTP/1.1',) * 8 + ('HTTP/1.0', 'HTTP/9.9', ''))}"
    head = "\r\n".join([line, *headers, "", ""])
    request = head.encode("utf-8", "surrogatepass") + body
    return damage(request, b"", dice) if dice.random() < 0.25 else request


def _encode(text: str, dice: random.Random) -> str:
    if dice.random() < 0.1:
        text += dice.choice(TOKENS).decode("utf-8", "surrogatepass")
    return quote(text, safe="", errors="surrogatepass") if dice.random() < 0.9 else text


def look(waiting: Waiting, tally: Tally) -> bool:
    """Judge what has come; return False where that is nothing, and may still come."""
    try:
        answer = waiting.link.recv(65536)
    except TimeoutError:
        if time.monotonic() <= waiting.until:
            return False
        tally.add("without an end")
        tally.violate(Fault.UNTYPED, f"no end, {waiting.description}")
        waiting.link.close()
        return True
    except ConnectionError:
        answer = b""
    waiting.link.close()
    status = answer[9:12]
    if not answer:
        tally.add("closed")
    elif status.isdigit() and status < b"500":
        tally.add(f"{status[:1].decode()}xx")
    else:
        tally.add("a server's error")
        tally.violate(Fault.UNTYPED, f"{answer[:200]!r} to {waiting.description}")
    return True


class Scene:
    """A running service, and connections to it in which an answer is still to come."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self._port = port
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE)
        described: dict[str, Any] = self._client.get("/v1/openapi.json").json()
        self.routes = [Route(page, ()) for page in PAGES]
        for path, methods in described["paths"].items():
            lists = (method.get("parameters", ()) for method in methods.values())
            self.routes.append(Route(path, tuple(one["name"] for some in lists for one in some)))
        self._right = self._client.get(RIGHT).json()["data"]
        self._waiting: deque[Waiting] = deque()
        self._base: float | None = None

    def step(self, dice: random.Random, tally: Tally) -> None:
        """Make one request that nobody should make."""
        request = make_request(dice, self.routes)
        way = dice.choice(
            ("at once",) * 10 + ("half", "half and closed", "slow", "thrice", "never")
        )
        link = socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE)
        with suppress(ConnectionError):  # refused before all was sent
            self._send(link, request, way, dice)
        description = f"{way}: {request[:300]!r}"
        if way == "half and closed":
            link.close()
            tally.add("closed by us")
        else:
            link.settimeout(0.01 if way in ("half", "never") else SOON)
            self._wait_for(Waiting(link, time.monotonic() + PATIENCE, description), tally)
        self._look_again(tally)
        if tally.tries % CHECKED_EACH == 0:
            self._check(tally)

    def _send(self, link: socket.socket, request: bytes, way: str, dice: random.Random) -> None:
        if way.startswith("half"):
            link.sendall(request[: dice.randrange(len(request) + 1)])
        elif way == "slow":
            at = dice.randrange(len(request) + 1)
            for part in (request[:at], *(request[at + n : at + n + 1] for n in range(5))):
                link.sendall(part)
                time.sleep(0.02)
            link.sendall(request[at + 5 :])
        elif way != "never":
            link.sendall(request * (3 if way == "thrice" else 1))

    def _wait_for(self, waiting: Waiting, tally: Tally) -> None:
        if not look(waiting, tally):
            self._waiting.append(waiting)

    def _look_again(self, tally: Tally) -> None:
        now = time.monotonic()
        while self._waiting and (len(self._waiting) > MOST_OPEN or self._waiting[0].until < now):
            waiting = self._waiting.popleft()
            waiting.link.settimeout(max(0.01, waiting.until - now))
            self._wait_for(waiting, tally)

    def _check(self, tally: Tally) -> None:
        """Ask as a program asks; look at the process."""
        answer = self._client.get(RIGHT)
        if answer.status_code != 200 or answer.json()["data"] != self._right:
            tally.violate(
                Fault.SILENT, f"{answer.status_code} to a right question: {answer.text[:200]}"
            )
        if self._process.poll() is not None:
            tally.violate(Fault.UNTYPED, f"the service has ended: {self._process.returncode}")
        size = read_size(self._process.pid)
        if tally.tries < WARM:
            return
        self._base = size if self._base is None else self._base
        if size > self._base + MOST_GROWTH:
            tally.violate(Fault.UNTYPED, f"the service grew from {self._base:.0f} to {size:.0f} MB")


@contextmanager
def _serve(server: Server, url: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run the command; yield it, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    variables = {name: value for name, value in os.environ.items() if name not in NAMES}
    variables |= {"DATABASE_URL": url, "ENVIRONMENT": ENVIRONMENT}
    command = (sys.executable, "-m", "stockgroups", "serve", "--port", str(port))
    with (
        (server.folder / "log").open("wb") as log,
        subprocess.Popen(command, env=variables, cwd=server.folder, stderr=log) as process,
    ):
        try:
            while process.poll() is None:
                with suppress(httpx.TransportError):
                    if httpx.get(f"http://127.0.0.1:{port}/v1/readyz").status_code == 200:
                        break
                time.sleep(0.1)
            yield process, port
        finally:
            process.terminate()


@contextmanager
def prepare() -> Iterator[Step]:
    """Yield what makes one request to a service of its own."""
    with open_server() as server:
        target = server.upgraded()
        with connect(target) as connection:
            make_sound(Store(connection, ENVIRONMENT, catalog=load_catalog()))
        with _serve(server, target.url) as (process, port):
            yield Scene(process, port).step


ATTACK = Attack("http", "requests", 20_000, 600, prepare)
