"""Joins equal requests that arrive at once into one reading, and caches its answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.http.asgi import give_body
from stockgroups.http.cache import Reply, make_etag
from stockgroups.http.routes import VERSION_HEADER
from stockgroups.http.sending import complete

if TYPE_CHECKING:
    from collections.abc import Hashable

    from stockgroups.http.asgi import Asgi, Message, Receive, Scope
    from stockgroups.http.cache import Cache
    from stockgroups.http.watch import Epoch, Watch

_VERSION = VERSION_HEADER.encode()


@dataclass(slots=True)
class Flight:
    """A request in progress, and its answer for all who wait, once there is one."""

    ended: asyncio.Event
    reply: Reply | None = None


class Readings:
    """Asks an application, and caches its answers."""

    def __init__(self, app: Asgi, watch: Watch, cache: Cache) -> None:
        """Ask `app`; store in `cache` the answers of the epoch that `watch` gives."""
        self._app = app
        self._watch = watch
        self._cache = cache
        self._flying: dict[Hashable, Flight] = {}

    async def find(self, key: Hashable, scope: Scope, body: bytes) -> tuple[Reply, bool]:
        """Return the reply to a request, and whether it may be cached under the key.

        While no epoch is certain, nothing is cached.
        """
        epoch = self._watch.epoch
        if epoch is None:
            return await self.ask(scope, give_body(body)), False
        kept = self._cache.find(epoch, key)
        return kept or await self._fetch(epoch, key, scope, body), True

    async def _fetch(self, epoch: Epoch, key: Hashable, scope: Scope, body: bytes) -> Reply:
        """Ask for an answer that is not cached; of several equal requests at once, only one asks.

        All of them get its answer, even if a load came meanwhile and the answer is not cached: it
        is not older than the epoch in which they asked. An error names its request and is not
        shared.
        """
        flight = (epoch, key)
        other = self._flying.get(flight)
        if other is not None:
            await other.ended.wait()
            if other.reply is not None:
                return other.reply
        own = Flight(asyncio.Event())
        mine = self._flying.setdefault(flight, own) is own
        try:
            reply = await self.ask(scope, give_body(body))
            version = int(dict(reply.headers).get(_VERSION, -1))
            if reply.status == 200 and version >= epoch.version:
                own.reply = reply
            # An answer of another version, or one begun before other programs wrote, is sent and
            # not cached.
            is_present = version == epoch.version and self._watch.epoch == epoch
            if reply.status == 200 and is_present:
                kept = Reply(200, reply.headers, reply.content, reply.etag, is_cached=True)
                self._cache.keep(epoch, key, kept)
            return reply
        finally:
            if mine:
                del self._flying[flight]
            own.ended.set()

    async def ask(self, scope: Scope, receive: Receive) -> Reply:
        """Return the application's reply."""
        status, headers, parts = 500, [], []

        async def send(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [pair for pair in message["headers"] if pair[0] != b"content-length"]
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        await self._app(scope, receive, send)
        content = b"".join(parts)
        etag = make_etag(content) if status == 200 and scope["method"] == "GET" else None
        return complete(Reply(status, tuple(headers), content, etag))
