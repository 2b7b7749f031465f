"""What people compute from memberships.

A module is imported when one of its names is asked for, as in `stockgroups.queries`.
"""

from importlib import import_module
from typing import Any

__all__: list[str] = []
_HOMES: dict[str, str] = {}


def __getattr__(name: str) -> Any:
    """Return a name of `__all__` from its module, which is imported now."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
