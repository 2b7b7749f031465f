"""An expression of three terms: on the index in process, and beside it what others would write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from benchmarks.data import ENVIRONMENT
from benchmarks.measure import Case, Row, alternate, at_most, repeat
from benchmarks.scratch import Scratch
from benchmarks.state import fill
from stockgroups.analytics.expressions.ask import find_members
from stockgroups.analytics.expressions.grammar import parse
from stockgroups.analytics.index.build import read_index
from stockgroups.catalog import Catalog
from stockgroups.store import Store

ROUNDS = 9
CALLS = {"index": 2_000, "parse": 2_000, "dict": 2_000, "pandas": 50, "SQL": 50, "database": 10}
TEXT = "SPY & QQQ - sector:energy"
_ONE = "SELECT m.symbol::text FROM public.group_memberships m JOIN public.definition_groups g"
_ONE += " ON g.id = m.group_id WHERE g.environment = 'TEST' AND g.type = '{}' AND g.name = '{}'"
_SQL = " ".join(
    [
        _ONE.format("ETF", "SPY"),
        "INTERSECT",
        _ONE.format("ETF", "QQQ"),
        "EXCEPT",
        _ONE.format("SECTOR", "energy"),
    ]
).encode()


def measure(scratch: Scratch, catalog: Catalog) -> Iterator[Row]:
    """Yield the rows about one expression; all ways must give the same stocks."""
    fill(scratch.ours, catalog)
    connection = scratch.ours
    store = Store(connection, ENVIRONMENT, catalog=catalog)
    index = read_index(store, lambda: catalog)
    groups = [("ETF", "SPY"), ("ETF", "QQQ"), ("SECTOR", "energy")]
    plain = {name: {*index.members(kind, name)} for kind, name in groups}
    frame = pd.DataFrame(
        [(name, symbol) for name, symbols in plain.items() for symbol in symbols],
        columns=["name", "symbol"],
    ).set_index("name")

    def ask_frame() -> list[str]:
        spy, qqq, energy = (pd.Index(frame.loc[name, "symbol"]) for _, name in groups)
        return list(spy.intersection(qqq).difference(energy))

    ways: Mapping[str, Callable[[], list[str]]] = {
        "index": lambda: list(index.members(TEXT).symbols),
        "dict": lambda: list(plain["SPY"] & plain["QQQ"] - plain["energy"]),
        "pandas": ask_frame,
        "SQL": lambda: [row[0] for row in connection.execute(_SQL)],
        "database": lambda: find_members(store, TEXT).symbols,
    }
    stocks = {way: frozenset(ask()) for way, ask in ways.items()}
    if len({*stocks.values()}) != 1 or not stocks["index"]:
        raise RuntimeError(f"not one answer: {stocks}")
    cases = {**ways, "parse": lambda: parse(TEXT)}
    times = alternate([Case(name, repeat(run, CALLS[name])) for name, run in cases.items()], ROUNDS)
    each = {name: 1e6 * times.median(name) / CALLS[name] for name in cases}
    yield Row(
        f"index: an expression of three terms, parsed before ({len(stocks['index'])} rows)",
        each["index"],
        "µs",
        at_most(50.0),
        " / ".join(ways) + ": " + " / ".join(f"{each[way]:,.3g}" for way in ways) + " µs",
    )
    yield Row("to parse it", each["parse"], "µs")
