"""The bodies of answers, kept as long as they are what the database would answer."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

Key = Hashable
_OVERHEAD = 500
"""Bytes that an entry takes besides its body, roughly."""


@dataclass(slots=True)
class Reply:
    """What is sent for a request.

    Attributes:
        headers: The headers of its own, with names in lower case.
        etag: The strong entity tag, None where nothing is to be compared.
        is_cached: Whether it is told from memory.
    """

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    content: bytes
    etag: str | None = None
    is_cached: bool = False
    _zipped: bytes | None = field(default=None, repr=False)

    @property
    def is_zipped(self) -> bool:
        """Whether the body in gzip is made already."""
        return self._zipped is not None

    def zip(self) -> bytes:
        """Return the body in gzip, which is made when it is first asked for."""
        if self._zipped is None:
            self._zipped = gzip.compress(self.content, compresslevel=6, mtime=0)
        return self._zipped

    @property
    def size(self) -> int:
        """Bytes that it takes in memory, with its compressed form at the worst."""
        return 2 * len(self.content) + _OVERHEAD


def make_etag(content: bytes) -> str:
    """Return the entity tag of a body: the same body has the same, also after a restart."""
    return f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'


class Cache:
    """The replies of one epoch, the least recently used going first. Any thread may use it.

    An epoch is all that answers depend on besides the request. With the next one, all are dropped.
    """

    def __init__(self, limit: int) -> None:
        """Keep replies of so many bytes at most."""
        self._limit = limit
        self._epoch: Hashable = None
        self._size = 0
        self._replies: OrderedDict[Key, Reply] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._replies)

    @property
    def size(self) -> int:
        """Bytes that are taken."""
        return self._size

    def find(self, epoch: Hashable, key: Key) -> Reply | None:
        """Return the reply to a request in an epoch, None where it is not kept."""
        with self._lock:
            if epoch != self._epoch:
                return None
            reply = self._replies.get(key)
            if reply is not None:
                self._replies.move_to_end(key)
            return reply

    def keep(self, epoch: Hashable, key: Key, reply: Reply) -> None:
        """Keep a reply of the present epoch; one that is too large for all is not kept."""
        if reply.size > self._limit // 4:
            return
        with self._lock:
            if epoch != self._epoch:
                self._replies.clear()
                self._epoch, self._size = epoch, 0
            before = self._replies.pop(key, None)
            self._size += reply.size - (before.size if before else 0)
            self._replies[key] = reply
            while self._size > self._limit:
                _, gone = self._replies.popitem(last=False)
                self._size -= gone.size
