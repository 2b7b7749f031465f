"""Publishers on this machine: a server that simulates endpoints, and a clock without waiting."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Reply:
    """What the server answers.

    `length` lies about the length of the body; `drips` lets so many seconds pass between two bytes
    of it; `cut` closes the connection after so many bytes, without having told a length.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    drips: float | None = None
    cut: int | None = None


@dataclass(frozen=True)
class Asked:
    """One request, and when it came by the test's clock."""

    at: float
    host: str
    path: str
    headers: Mapping[str, str]


class Hands:
    """A clock that moves where somebody waits."""

    def __init__(self, start: dt.datetime) -> None:
        self.start = start
        self.seconds = 0.0

    def now(self) -> dt.datetime:
        return self.start + dt.timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.seconds += seconds

    def set(self, day: dt.date, hour: int = 12) -> None:
        """Go on to an hour of a day."""
        wanted = dt.datetime(day.year, day.month, day.day, hour, tzinfo=dt.UTC)
        self.seconds = (wanted - self.start).total_seconds()


Play = Callable[[Asked], Reply]


class Replay:
    """The server: `play` answers every request; `asked` has them all."""

    def __init__(self, clock: Hands) -> None:
        self.clock = clock
        self.asked: list[Asked] = []
        self.replies: dict[str, Reply] = {}
        self.url = ""

    def play(self, asked: Asked) -> Reply:
        """Return what is kept for the host and path, else that there is nothing."""
        return self.replies.get(f"{asked.host}{asked.path}", Reply(b"Not Found", 404))


@contextmanager
def serve(clock: Hands) -> Iterator[Replay]:
    """Serve on a port of this machine while the block runs."""
    replay = Replay(clock)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(clock.monotonic(), headers["host"], self.path, headers)
            replay.asked.append(asked)
            reply = replay.play(asked)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.cut is None and reply.status not in (204, 304):
                self.send_header("Content-Length", str(reply.length or len(reply.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self._write(reply)

        def _write(self, reply: Reply) -> None:
            if reply.drips is None:
                self.wfile.write(reply.body[: reply.cut])
                return
            for byte in reply.body:
                clock.seconds += reply.drips
                try:
                    self.wfile.write(bytes((byte,)))
                except OSError:  # the other side has had enough
                    return

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        replay.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield replay
        finally:
            server.shutdown()
            thread.join()
