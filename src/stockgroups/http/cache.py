"""The cache of answers, which keeps them as long as the database would answer the same."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

Key = Hashable
_OVERHEAD = 500
"""The approximate bytes that an entry takes besides its body."""


@dataclass(slots=True)
class Reply:
    """The reply to a request.

    Attributes:
        headers: Its own headers, with names in lower case.
        etag: The strong entity tag; None if the reply has none.
        is_cached: Whether it comes from memory.
    """

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    content: bytes
    etag: str | None = None
    is_cached: bool = False
    _zipped: bytes | None = field(default=None, repr=False)

    @property
    def is_zipped(self) -> bool:
        """Whether the compressed body exists already."""
        return self._zipped is not None

    def zip(self) -> bytes:
        """Return the body compressed with gzip; the first call compresses it."""
        if self._zipped is None:
            self._zipped = gzip.compress(self.content, compresslevel=6, mtime=0)
        return self._zipped

    @property
    def size(self) -> int:
        """The most bytes that it takes in memory, including its compressed body."""
        return 2 * len(self.content) + _OVERHEAD


def make_etag(content: bytes) -> str:
    """Return the entity tag of a body; equal bodies have equal tags, also after a restart."""
    return f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'


class Cache:
    """The replies of one epoch; the least recently used is dropped first. Thread-safe.

    An epoch is everything that answers depend on besides the request. The next epoch drops all.
    """

    def __init__(self, limit: int) -> None:
        """Set the limit of all replies together, in bytes."""
        self._limit = limit
        self._epoch: Hashable = None
        self._size = 0
        self._replies: OrderedDict[Key, Reply] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._replies)

    @property
    def size(self) -> int:
        """The bytes in use."""
        return self._size

    def find(self, epoch: Hashable, key: Key) -> Reply | None:
        """Return the reply to a request in an epoch; None if it is not cached."""
        with self._lock:
            if epoch != self._epoch:
                return None
            reply = self._replies.get(key)
            if reply is not None:
                self._replies.move_to_end(key)
            return reply

    def keep(self, epoch: Hashable, key: Key, reply: Reply) -> None:
        """Cache a reply of the present epoch, unless it is larger than the whole cache."""
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
                _, evicted = self._replies.popitem(last=False)
                self._size -= evicted.size
