"""The server's protocol, with bounds for the size and the time of a request's head."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from stockgroups.http.limits import HEAD_SECONDS, LONGEST_HEAD

if TYPE_CHECKING:
    import asyncio

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class BoundedProtocol(HttpToolsProtocol):
    """The HTTP/1.1 protocol of uvicorn, with bounds; uvicorn itself waits for a head without limit.

    If a request does not begin, or its head does not end, the connection is closed after some
    seconds. If the head is too long, the connection is closed at once.
    """

    _head_since: float | None = None
    _head_size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for the first head."""
        super().connection_made(transport)
        self._head_since = time.monotonic()
        self.loop.call_later(HEAD_SECONDS, self._check)

    def data_received(self, data: bytes) -> None:
        """Parse the data, unless the head is too long."""
        if self._head_since is not None:
            self._head_size += len(data)
        super().data_received(data)
        if self._head_since is not None and self._head_size > LONGEST_HEAD:
            self._head_since = None
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Start a head."""
        super().on_message_begin()
        self._head_since, self._head_size = time.monotonic(), 0

    def on_headers_complete(self) -> None:
        """End a head. A host in the request target takes precedence over the header (RFC 9112)."""
        self._head_since = None
        if b"://" in self.url and not self.url.startswith(b"/"):
            host = self.url.partition(b"://")[2].partition(b"/")[0]
            self.headers[:] = [pair for pair in self.headers if pair[0] != b"host"]
            self.headers.append((b"host", host))
        super().on_headers_complete()

    def _check(self) -> None:
        if self.transport.is_closing():
            return
        since: Any = self._head_since
        if since is not None and time.monotonic() - since >= HEAD_SECONDS:
            self.transport.close()
            return
        self.loop.call_later(HEAD_SECONDS, self._check)
