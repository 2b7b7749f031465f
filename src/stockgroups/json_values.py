"""JSON forms of objects: which of their attributes, under which keys, in which order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from stockgroups.model import GroupKey

if TYPE_CHECKING:
    from collections.abc import Callable

_PLAIN = frozenset({str, int, float, bool, type(None)})


class Fields:
    """A mixin that gives a dataclass its JSON form.

    Attributes:
        KEYS: The keys, as `pick` takes them; empty: all fields under their own names.
    """

    __slots__ = ()
    KEYS: ClassVar[str] = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return pick(self, self.KEYS or " ".join(one.name for one in fields(cast("Any", self))))


def pick(value: object, keys: str) -> dict[str, Any]:
    """Return attributes of an object as JSON values.

    Dates become ISO texts, enumerations their values, errors their messages, groups their names,
    named tuples objects, and what has a JSON form that form.

    Args:
        value: The object.
        keys: The names of the attributes, with spaces between, in the order of the answer.
            `name=title` gives the attribute `title` the key `name`; `day=header.as_of` takes an
            attribute of an attribute, `day=header?.as_of` nothing if the first is None;
            `members=rows()` calls a method, `total=len(symbols)` counts. `*origin` takes all keys
            of an attribute that has keys itself.
    """
    picked: dict[str, Any] = {}
    for key, read in _read_keys(keys):
        found = to_json(read(value))
        if key is None:
            picked |= found
        else:
            picked[key] = found
    return picked


@cache
def _read_keys(keys: str) -> tuple[tuple[str | None, Callable[[object], Any]], ...]:
    return tuple(map(_read_key, keys.split()))


def _read_key(text: str) -> tuple[str | None, Callable[[object], Any]]:
    if text.startswith("*"):
        return None, _read_path(text[1:])
    key, _, path = text.partition("=")
    return key, _read_path(path or key)


def _read_path(path: str) -> Callable[[object], Any]:
    """Return what reads a path from an object; see `pick`."""
    if path.startswith("len("):
        counted = attrgetter(path[4:-1])
        return lambda value: len(counted(value))
    if path.endswith("()"):
        method = attrgetter(path[:-2])
        return lambda value: method(value)()
    first, _, rest = path.partition("?.")
    read = attrgetter(first)
    if not rest:
        return read
    go_on = attrgetter(rest)
    return lambda value: None if (found := read(value)) is None else go_on(found)


def to_json(value: Any) -> Any:
    """Return a value as a JSON value."""
    if type(value) in _PLAIN:
        return value
    match value:
        case Exception() | Path() | GroupKey():
            return str(value)
        case Enum():
            return value.value
        case dt.date():
            return value.isoformat()
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if hasattr(value, "_asdict"):
        return write_tuple(value)
    match value:
        case tuple() | list():
            return [to_json(one) for one in value]
        case Mapping():
            return {str(to_json(key)): to_json(one) for key, one in value.items()}
    return value


def write_tuple(value: Any) -> dict[str, Any]:
    """Return the JSON form of a named tuple: its fields under their own names."""
    return {name: to_json(one) for name, one in value._asdict().items()}
