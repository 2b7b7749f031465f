"""What an application and its server give each other by ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

REQUEST_KEY = "stockgroups.request_id"
"""Where the scope has the name of the request."""


def give_body(body: bytes) -> Receive:
    """Return what an application gets a body from that has come already."""
    given = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Message:
        for message in given:
            return message
        await asyncio.Event().wait()  # until who asks has its answer
        raise AssertionError("nothing comes after the body")

    return receive
