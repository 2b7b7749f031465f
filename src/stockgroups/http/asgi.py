"""Types and helpers of ASGI, the interface of an application and its server."""

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
    """Return a `receive` function that gives the application a body that was already read."""
    given = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Message:
        for message in given:
            return message
        await asyncio.Event().wait()  # until the client has its answer
        raise AssertionError("nothing comes after the body")

    return receive
