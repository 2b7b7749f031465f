"""Days without end: PostgreSQL's infinities are Python's first and last day, in both directions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from psycopg.types.datetime import DateBinaryLoader, DateDumper, DateLoader

if TYPE_CHECKING:
    import psycopg
    from psycopg.abc import AdaptContext, Buffer

# As the server sends them: as text, and as days since 2000 in four bytes.
_ENDS: dict[bytes, dt.date] = {
    b"infinity": dt.date.max,
    b"-infinity": dt.date.min,
    b"\x7f\xff\xff\xff": dt.date.max,
    b"\x80\x00\x00\x00": dt.date.min,
}
_TEXTS = {dt.date.max: b"infinity", dt.date.min: b"-infinity"}


class _TextLoader(DateLoader):
    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        self._known = dict(_ENDS)  # a result has few dates, each many times

    def load(self, data: Buffer) -> dt.date:
        text = bytes(data)
        return self._known.get(text) or self._known.setdefault(text, super().load(data))


class _BinaryLoader(DateBinaryLoader):
    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        self._known = dict(_ENDS)

    def load(self, data: Buffer) -> dt.date:
        days = bytes(data)
        return self._known.get(days) or self._known.setdefault(days, super().load(data))


class DayTexts(dict[dt.date, str]):
    """Days in the server's spelling, each converted to a text once."""

    def __missing__(self, day: dt.date) -> str:
        self[day] = text = _TEXTS[day].decode() if day in _TEXTS else day.isoformat()
        return text


class _Dumper(DateDumper):
    def dump(self, obj: dt.date) -> Buffer | None:
        return _TEXTS.get(obj) or super().dump(obj)


def register_dates(connection: psycopg.Connection[Any]) -> None:
    """Let the connection read and write `infinity` and `-infinity` as date.max and date.min."""
    connection.adapters.register_loader("date", _TextLoader)
    connection.adapters.register_loader("date", _BinaryLoader)
    connection.adapters.register_dumper(dt.date, _Dumper)
