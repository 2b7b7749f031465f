"""The log of requests. A separate thread writes it, so that answers do not wait for the disk."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

PAUSE_SECONDS = 0.02
"""The longest wait of a line for other lines."""


class Log:
    """A log that takes lines from any thread, and writes them in order, several at a time."""

    def __init__(self, write: Callable[..., None]) -> None:
        """Start the thread; `write` writes the lines."""
        self._write = write
        self._lines: deque[str] = deque()
        self._pending = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="stockgroups log", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Write the remaining lines, and end the thread."""
        self._ended = True
        self._pending.set()
        self._thread.join()

    def __call__(self, line: str) -> None:
        """Add a line."""
        self._lines.append(line)
        if not self._pending.is_set():
            self._pending.set()

    def _run(self) -> None:
        while True:
            self._pending.wait()
            if not self._ended:
                time.sleep(PAUSE_SECONDS)
            self._pending.clear()
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            if lines:
                self._write(*lines)
            elif self._ended:
                return
            if self._ended:
                self._pending.set()
