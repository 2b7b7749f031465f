"""A question as HTTP asks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path and the question behind it.

    Attributes:
        path: The path below `/v1`.
        ask: Asks it of a `Database`; its other parameters are those of the request, one of two
            stars stands for all keys of its type, and its docstring is what the documentation says.
        tag: The heading in the documentation.
        method: GET or POST.
        is_rows: Whether the answer is rows by itself, and is told page by page.
        name: The name of the operation, None: that of `ask`.
    """

    path: str
    ask: Callable[..., Any]
    tag: str
    method: str = "GET"
    is_rows: bool = False
    name: str | None = None
