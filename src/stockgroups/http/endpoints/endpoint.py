"""A question of the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path and the question behind it.

    Attributes:
        path: The path below `/v1`.
        ask: The function that asks a `Database`. Its other parameters are those of the request; a
            `**` parameter means all keys of its type. Its docstring is the documentation.
        tag: The heading in the documentation.
        method: GET or POST.
        is_rows: Whether the answer consists of rows, and is sent page by page.
        name: The name of the operation; None: the name of `ask`.
    """

    path: str
    ask: Callable[..., Any]
    tag: str
    method: str = "GET"
    is_rows: bool = False
    name: str | None = None
