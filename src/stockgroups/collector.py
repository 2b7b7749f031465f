"""Python's collector of cycles, which work that makes very many objects does without."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def pausing_collector() -> Iterator[None]:
    """Keep the collector of cycles from running inside, if it is on. Also a decorator.

    It would run at every 700th of the objects that are made, and look through most of them several
    times: a sixth of the time of a large file, a quarter of a load's. Refs and members hold texts
    and numbers and are in no cycle.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
