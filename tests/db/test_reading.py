"""Reading transactions: their properties, and that the connection is unchanged afterwards."""

from __future__ import annotations

import psycopg
import pytest

from stockgroups.db.connection import Connection
from stockgroups.db.transactions import reading
from tables import read_one

_LEVEL = "SELECT current_setting('transaction_isolation')"
_SETTINGS = (
    "SELECT current_setting('random_page_cost') = '1.1',"
    " current_setting('plan_cache_mode') = 'force_generic_plan'"
)


def test_all_that_is_read_is_of_one_state_and_nothing_is_written(connection: Connection) -> None:
    with reading(connection):
        assert read_one(connection, _LEVEL) == "repeatable read"
        with reading(connection, by_index=True):
            assert connection.execute(_SETTINGS).fetchone() == (False, False)
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), reading(connection):
        connection.execute("DELETE FROM public.cache_entries")
    with connection.transaction():
        assert read_one(connection, _LEVEL) == "read committed"
        connection.execute("DELETE FROM public.cache_entries")


def test_look_ups_are_planned_for_indexes_until_their_end(connection: Connection) -> None:
    with reading(connection, by_index=True, keeps_plans=True):
        assert connection.execute(_SETTINGS).fetchone() == (True, True)
    assert connection.execute(_SETTINGS).fetchone() == (False, False)
