"""Looking up, in both directions, against the least that any answer of that size costs.

That least is a round trip (`SELECT 1`) and the transfer of the very rows, read from a table that
holds nothing else.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from math import isclose
from typing import Any

import pandas as pd

from benchmarks.data import ENVIRONMENT, make_funds
from benchmarks.measure import Case, Row, alternate, at_most, repeat
from benchmarks.scratch import Scratch
from benchmarks.state import fill
from stockgroups.analytics.portfolios.exposure import find_exposure
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.model import GroupType
from stockgroups.queries import stocks
from stockgroups.queries.groups import find_group
from stockgroups.readers.lists.portfolios import read_amounts
from stockgroups.store import Store

ROUNDS = 9
_NUMBERS = itertools.count(1)
CALLS = 50
FEW_CALLS = 3
FUNDS = 10

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
_SUM = b"""
SELECT m.symbol::text, sum(m.weight * 0.1)::float8 AS weight
FROM public.group_memberships m JOIN public.definition_groups g ON g.id = m.group_id
WHERE g.environment = 'TEST' AND g.type = 'ETF' AND g.name = ANY (%s)
GROUP BY m.symbol
ORDER BY weight DESC
"""
_WEIGHTS = b"""
SELECT m.symbol::text, m.weight::float8
FROM public.group_memberships m JOIN public.definition_groups g ON g.id = m.group_id
WHERE g.environment = 'TEST' AND g.type = 'ETF' AND g.name = ANY (%s)
"""


def measure(scratch: Scratch, catalog: Catalog) -> Iterator[Row]:
    """Yield the rows about look-ups from the database."""
    fill(scratch.ours, catalog)
    connection = scratch.ours
    store = Store(connection, ENVIRONMENT, catalog=catalog)
    theme = next(iter(catalog.themes))

    def find_fund(ticker: str) -> Callable[[], object]:
        return lambda: find_group(store, GroupType.ETF, ticker)

    def find_stock() -> object:
        return stocks.find_stock(store, "AAPL")

    def find_theme() -> object:
        return find_group(store, GroupType.THEME, theme)

    yield _compare(connection, "ETF → 3,500 holdings", find_fund("VTI"), _MEMBERS, ("ETF", "VTI"))
    yield _compare(connection, "ETF → 102 holdings", find_fund("QQQ"), _MEMBERS, ("ETF", "QQQ"))
    yield _compare(connection, "stock → its 10 ETFs", find_stock, _GROUPS, ("AAPL",))
    yield _compare(connection, "theme → its members", find_theme, _MEMBERS, ("THEME", theme))
    yield _look_through(store)


def _look_through(store: Store) -> Row:
    """Return the row about the exposure of the ten largest funds, beside the sums alone."""
    counts = [(-len(fund.members), fund.ticker) for fund in make_funds()]
    funds = [name for _, name in sorted(counts)[:FUNDS]]
    portfolio = read_amounts(dict.fromkeys(funds, 10.0), store.catalog)

    def sum_up() -> list[tuple[Any, ...]]:
        return store.connection.execute(_SUM, [funds], binary=True).fetchall()

    def sum_frame() -> pd.Series:
        rows = store.connection.execute(_WEIGHTS, [funds], binary=True).fetchall()
        frame = pd.DataFrame(rows, columns=["symbol", "weight"])
        summed: pd.Series = frame.groupby("symbol")["weight"].sum() * (1 / FUNDS)
        return summed.sort_values(ascending=False)

    # Some of the made-up tickers are those of funds, which are no stocks here, or looked through.
    found = find_exposure(store, portfolio).weights
    heaviest, weight = sum_up()[0]
    assert isclose(sum_frame()[heaviest], weight)
    assert isclose(found[heaviest], weight, rel_tol=0.01)
    times = alternate(
        [
            Case("asked", repeat(lambda: find_exposure(store, portfolio), FEW_CALLS)),
            Case("SQL", repeat(sum_up, FEW_CALLS)),
            Case("pandas", repeat(sum_frame, FEW_CALLS)),
        ],
        ROUNDS,
    )
    asked, plain, frames = (1e3 * times.median(c) / FEW_CALLS for c in ("asked", "SQL", "pandas"))
    return Row(
        f"exposure of {FUNDS} funds ({len(found):,} stocks)",
        times.ratio("asked", "SQL"),
        "× the sums alone in SQL",
        None,
        f"{asked:.0f} / {plain:.1f} ms; in pandas {frames:.1f} ms",
    )


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
