"""Looking up, in both directions, against the least that any answer of that size costs.

That least is a round trip (`SELECT 1`) and the transfer of the very rows, read from a table that
holds nothing else.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from benchmarks.data import ENVIRONMENT
from benchmarks.measure import Case, Row, alternate, at_most, repeat
from benchmarks.scratch import Scratch
from benchmarks.state import fill
from stockgroups import queries
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.model import GroupType
from stockgroups.store import Store

ROUNDS = 9
_NUMBERS = itertools.count(1)
CALLS = 50

_MEMBERS = b"""
SELECT m.symbol::text, m.weight::float8
FROM public.group_memberships m JOIN public.definition_groups g ON g.id = m.group_id
WHERE g.environment = 'TEST' AND g.type = %s AND g.name = %s
ORDER BY m.symbol
"""
_GROUPS = b"""
SELECT g.type::text, g.name::text, g.description, m.weight::float8
FROM public.group_memberships m JOIN public.definition_groups g ON g.id = m.group_id
WHERE g.environment = 'TEST' AND m.symbol = %s
ORDER BY g.name
"""


def measure(scratch: Scratch, catalog: Catalog) -> Iterator[Row]:
    """Yield the rows about look-ups from the database."""
    fill(scratch.ours, catalog)
    connection = scratch.ours
    store = Store(connection, ENVIRONMENT, catalog=catalog)
    theme = next(iter(catalog.themes))

    def find_fund(ticker: str) -> Callable[[], object]:
        return lambda: queries.find_group(store, GroupType.ETF, ticker)

    def find_stock() -> object:
        return queries.find_stock(store, "AAPL")

    def find_theme() -> object:
        return queries.find_group(store, GroupType.THEME, theme)

    yield _compare(connection, "ETF → 3,500 holdings", find_fund("VTI"), _MEMBERS, ("ETF", "VTI"))
    yield _compare(connection, "ETF → 102 holdings", find_fund("QQQ"), _MEMBERS, ("ETF", "QQQ"))
    yield _compare(connection, "stock → its 10 ETFs", find_stock, _GROUPS, ("AAPL",))
    yield _compare(connection, "theme → its members", find_theme, _MEMBERS, ("THEME", theme))


def _compare(
    connection: Connection,
    work: str,
    ask: Callable[[], object],
    rows: bytes,
    parameters: Sequence[str],
) -> Row:
    # A table of its own for each: the plan that is kept for one does not fit the next.
    table = b"answer_%d" % next(_NUMBERS)
    connection.execute(b"CREATE TEMP TABLE " + table + b" AS" + rows, parameters)

    def transfer() -> list[tuple[Any, ...]]:
        connection.execute(b"SELECT 1").fetchall()
        return connection.execute(b"SELECT * FROM " + table, binary=True).fetchall()

    times = alternate(
        [Case("asked", repeat(ask, CALLS)), Case("least", repeat(transfer, CALLS))], ROUNDS
    )
    milliseconds = [1e3 * times.median(case) / CALLS for case in ("asked", "least")]
    return Row(
        f"{work} ({len(transfer())} rows)",
        times.ratio("asked", "least"),
        "× round trip + transfer",
        at_most(3.0),
        f"{milliseconds[0]:.2f} / {milliseconds[1]:.2f} ms",
    )
