"""Pauses Python's collector of cycles during work that makes very many objects."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def pausing_collector() -> Iterator[None]:
    """Pause the collector of cycles inside the block, if it is on. Also works as a decorator.

    Otherwise it runs for every 700 new objects and examines most objects several times. This takes
    a sixth of the time of reading a large file, and a quarter of the time of a load. Refs and
    members hold texts and numbers, so they form no cycles.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
