"""Building stock metadata and sectors, against queries and inserts for each stock.

The other side finds each stock's ETFs, writes its entry, and puts it into a sector; which sector it
is, nobody asks there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from psycopg.types.json import Jsonb

from benchmarks.data import DAY, ENVIRONMENT, STOCKS, make_desired
from benchmarks.measure import Case, Row, alternate, at_least, at_most
from benchmarks.scratch import Scratch, clear
from benchmarks.state import load
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.jobs.metadata import build_metadata
from stockgroups.sectors import Kind, Vote, classify
from stockgroups.store import Store

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
ON CONFLICT (type, name, key, environment) DO UPDATE SET value = excluded.value, updated_at = now()
"""
_PLACE = b"""
INSERT INTO public.group_memberships (group_id, symbol)
SELECT id, %s FROM public.definition_groups
WHERE environment = 'TEST' AND type = 'SECTOR' AND name = 'raw'
ON CONFLICT (group_id, symbol) DO NOTHING
"""
_MAKE_SECTOR = b"""
INSERT INTO public.definition_groups (name, type, environment) VALUES ('raw', 'SECTOR', 'TEST')
"""
_CLASSIFIED = 100_000


def measure(scratch: Scratch, catalog: Catalog) -> Iterator[Row]:
    """Yield the rows about stock metadata and about the vote."""
    connection = scratch.ours
    store = Store(connection, ENVIRONMENT, catalog=catalog)
    clear(connection)
    load(connection, make_desired())

    clear(scratch.raw)
    load(scratch.raw, make_desired())
    scratch.raw.execute(_MAKE_SECTOR)

    def forget(side: Connection) -> None:
        side.execute(b"TRUNCATE public.cache_entries")

    # Once the first round has made them, both sides find the places in the sectors there.
    ours = Case("built", lambda: build_metadata(store), lambda: forget(connection))
    by_row = Case("row", lambda: build_by_row(scratch.raw), lambda: forget(scratch.raw))
    times = alternate([ours, by_row], ROUNDS)
    yield Row(
        f"build stock metadata and sectors ({STOCKS:,} stocks)",
        times.ratio("row", "built"),
        "× faster than stock by stock",
        at_least(15.0),
        times.tell("row", "built"),
    )
    votes = make_votes(catalog)
    taxonomy = catalog.taxonomy
    seconds = alternate(
        [Case("votes", lambda: [classify(said, taxonomy) for said in votes])], 1
    ).median("votes")
    yield Row(
        f"classify {_CLASSIFIED:,} stocks, each with votes of its own",
        seconds,
        "s",
        at_most(15.0),
        f"{len(votes[0])} votes each",
    )


def make_votes(catalog: Catalog) -> list[list[Vote]]:
    """Return votes of four sources for each stock, no two stocks alike."""
    labels = [sector.name for sector in catalog.sectors.values()]
    return [
        [
            Vote(
                source,
                Kind.SCREENER if source == "screener" else Kind.ISSUER,
                DAY - dt.timedelta(days=(stock + place) % 900),
                labels[(stock * 7 + place // 2) % len(labels)],
                f"Industry {stock}",
                source,
            )
            for place, source in enumerate(("one", "two", "three", "screener"))
        ]
        for stock in range(_CLASSIFIED)
    ]


def build_by_row(connection: Connection) -> None:
    """Write each stock's ETFs and its place as a plain program does, in one transaction."""
    with connection.transaction():
        for (symbol,) in connection.execute(_LIST_STOCKS).fetchall():
            etfs = [row[0] for row in connection.execute(_LIST_ETFS, (symbol,))]
            value = Jsonb({"symbol": symbol, "member_of_etfs": etfs})
            connection.execute(_INSERT, (symbol, symbol, value))
            connection.execute(_PLACE, (symbol,))
