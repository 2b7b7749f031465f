"""The connections of a client. They are closed when its time is up, whatever is still arriving."""

from __future__ import annotations

import socket
import threading
import weakref
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Connections:
    """The open connections of a client. A limit on silence alone lets answers drip in for weeks."""

    def __init__(self) -> None:
        self._is_late = threading.Event()
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()

    @property
    def are_broken(self) -> bool:
        """Whether the time ran out before the block of `open_for` ended."""
        return self._is_late.is_set()

    @contextmanager
    def open_for(self, seconds: float) -> Iterator[None]:
        """Close all connections if the block takes longer than the given seconds."""
        self._is_late.clear()
        timer = threading.Timer(max(0.0, seconds), self._break)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def note(self, event: str, details: Mapping[str, Any]) -> None:
        """Remember a connection that httpx reports through its extension `trace`."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            found = details["return_value"].get_extra_info("socket")
            if isinstance(found, socket.socket):
                self._sockets.add(found)
                if self._is_late.is_set():  # it was not there yet when time was up
                    self._break()

    def _break(self) -> None:
        self._is_late.set()
        for one in list(self._sockets):
            with suppress(OSError):  # of TLS too: it has nothing to say any more
                socket.socket.shutdown(one, socket.SHUT_RDWR)  # wakes who waits
            one.close()  # buffered data could otherwise be read for ever
