"""Packed arrays arrive unchanged."""

from __future__ import annotations

import uuid

import psycopg
import pytest

from stockgroups.db.arrays import pack_floats, pack_ints, pack_smallints, pack_uuids
from stockgroups.db.connection import Connection


@pytest.mark.parametrize("values", [[], [7, None, -(2**31), 2**31 - 1], [None]])
def test_ints(connection: Connection, values: list[int | None]) -> None:
    row = connection.execute("SELECT %b::int[]", (pack_ints(values),)).fetchone()
    assert row == (values,)


def test_smallints(connection: Connection) -> None:
    row = connection.execute("SELECT %b::smallint[]", (pack_smallints([0, 2**15 - 1]),)).fetchone()
    assert row == ([0, 2**15 - 1],)


def test_floats_and_whole_numbers(connection: Connection) -> None:
    values = [0.1, None, 1, -1e300]
    row = connection.execute("SELECT %b::float8[]", (pack_floats(values),)).fetchone()
    assert row == (values,)


def test_uuids(connection: Connection) -> None:
    value = uuid.UUID(int=2**127 + 1)
    row = connection.execute("SELECT %b::uuid[]", (pack_uuids([value.bytes]),)).fetchone()
    assert row == ([value],)


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["AAPL"],
        ["", " ", "NULL", "null", "{}", ",", '"', "\\", '\\"', "é\u2003", "a\nb", '{"k": "v, w"}'],
        ["of several", None],
    ],
)
def test_texts(connection: Connection, texts: list[str | None]) -> None:
    assert connection.execute("SELECT %s::text[]", (texts,)).fetchone() == (texts,)


@pytest.mark.parametrize("texts", [["\0"], ["a", "b\0c"]])
def test_no_text_has_the_character_that_the_server_refuses(
    connection: Connection, texts: list[str]
) -> None:
    with pytest.raises(psycopg.DataError):
        connection.execute("SELECT %s::text[]", (texts,))
