"""Building stock metadata: one statement, against a query and an insert for each stock."""

from __future__ import annotations

from collections.abc import Iterator

from psycopg.types.json import Jsonb

from benchmarks.data import ENVIRONMENT, STOCKS, make_desired
from benchmarks.measure import Case, Row, alternate, at_least
from benchmarks.scratch import Scratch, clear
from benchmarks.state import load
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.jobs.metadata import build_metadata

ROUNDS = 9

_LIST_STOCKS = b"""
SELECT DISTINCT m.symbol FROM public.group_memberships m
JOIN public.definition_groups g ON g.id = m.group_id
WHERE g.type = 'ETF' AND g.environment = 'TEST'
"""
_LIST_ETFS = b"""
SELECT g.name FROM public.definition_groups g
JOIN public.group_memberships m ON m.group_id = g.id
WHERE g.type = 'ETF' AND g.environment = 'TEST' AND m.symbol = %s
ORDER BY g.name
"""
_INSERT = b"""
INSERT INTO public.cache_entries (type, name, key, value, environment)
VALUES ('stock_metadata', %s, %s, %s, 'TEST')
ON CONFLICT (type, key, environment) DO UPDATE SET value = excluded.value, updated_at = now()
"""


def measure(scratch: Scratch, catalog: Catalog) -> Iterator[Row]:
    """Yield the row about stock metadata."""
    connection = scratch.ours
    clear(connection)
    load(connection, make_desired())

    def forget() -> None:
        connection.execute(b"TRUNCATE public.cache_entries")

    times = alternate(
        [
            Case("built", lambda: build_metadata(connection, ENVIRONMENT, catalog), forget),
            Case("row", lambda: build_by_row(connection), forget),
        ],
        ROUNDS,
    )
    yield Row(
        f"build stock metadata ({STOCKS:,} stocks)",
        times.ratio("row", "built"),
        "× faster than stock by stock",
        at_least(15.0),
        times.tell("row", "built"),
    )


def build_by_row(connection: Connection) -> None:
    """Write each stock's ETFs as a plain program does, in one transaction."""
    with connection.transaction():
        for (symbol,) in connection.execute(_LIST_STOCKS).fetchall():
            etfs = [row[0] for row in connection.execute(_LIST_ETFS, (symbol,))]
            value = Jsonb({"symbol": symbol, "member_of_etfs": etfs})
            connection.execute(_INSERT, (symbol, symbol, value))
