"""Arrays of thousands of numbers as parameters, in the binary form that the server reads.

The driver's own dumper makes an object for each element: three times the work.
"""

from __future__ import annotations

from itertools import islice
from struct import Struct
from typing import TYPE_CHECKING, Any

from psycopg.adapt import Dumper
from psycopg.pq import Format

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg

_HEADER = Struct(">iiIii")  # dimensions, whether any is null, type, length, lower bound
_EMPTY = Struct(">iiI")
_NULL = b"\xff\xff\xff\xff"
_AT_ONCE = 10_000
"""Elements that are objects at the same time."""


class PackedArray(bytes):
    """An array in binary. In the statement, its placeholder is cast to the array's type."""

    __slots__ = ()


def pack_ints(values: Iterable[int | None]) -> PackedArray:
    """Return an `int[]`."""
    return _pack(23, Struct(">ii"), values)


def pack_smallints(values: Iterable[int | None]) -> PackedArray:
    """Return a `smallint[]`."""
    return _pack(21, Struct(">ih"), values)


def pack_floats(values: Iterable[float | None]) -> PackedArray:
    """Return a `float8[]`."""
    return _pack(701, Struct(">id"), values)


def pack_uuids(values: Iterable[bytes]) -> PackedArray:
    """Return a `uuid[]` of values of 16 bytes."""
    return _pack(2950, Struct(">i16s"), values)


def register_arrays(connection: psycopg.Connection[Any]) -> None:
    """Let the connection send packed arrays."""
    connection.adapters.register_dumper(PackedArray, _Dumper)


class _Dumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: PackedArray) -> PackedArray:
        return obj


def _pack(oid: int, element: Struct, values: Iterable[object]) -> PackedArray:
    pack, length = element.pack, element.size - len(_NULL)
    count, has_null, body, left = 0, False, bytearray(), iter(values)
    # A join takes 80 bytes for each element besides the elements.
    while some := [
        _NULL if value is None else pack(length, value) for value in islice(left, _AT_ONCE)
    ]:
        count += len(some)
        has_null = has_null or _NULL in some
        body += b"".join(some)
    if not count:
        return PackedArray(_EMPTY.pack(0, 0, oid))
    body[:0] = _HEADER.pack(1, has_null, oid, count, 1)
    return PackedArray(body)
