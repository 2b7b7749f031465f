"""Days without end survive the way to the database and back."""

from __future__ import annotations

import datetime as dt

import pytest

from stockgroups.db.connection import Connection


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("day", [dt.date.min, dt.date.max, dt.date(2024, 2, 29)])
def test_a_day_comes_back_as_it_went(connection: Connection, day: dt.date, binary: bool) -> None:
    row = connection.execute("SELECT %s::date, ARRAY[%s::date]", (day, day), binary=binary)
    assert row.fetchone() == (day, [day])


def test_the_ends_are_the_servers_infinities(connection: Connection) -> None:
    row = connection.execute(
        "SELECT %s::date = 'infinity', %s::date = '-infinity'", (dt.date.max, dt.date.min)
    )
    assert row.fetchone() == (True, True)
