"""The index in process, beside dictionaries, a data frame and SQL over the same memberships."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from benchmarks.data import ENVIRONMENT, make_desired
from benchmarks.measure import Case, Row, alternate, at_most, peak_memory, repeat
from benchmarks.scratch import Scratch, clear
from benchmarks.state import load
from stockgroups.analytics.index.build import catch_up, find_suspects, read_index
from stockgroups.analytics.index.index import Index
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.store import Store

ROUNDS = 9
CALLS = 2_000
FEW_CALLS = 50  # of what takes a tenth of a millisecond and more
WAYS = ("index", "dict", "pandas", "SQL")

_ALL = b"""
SELECT g.type::text, g.name::text, m.symbol::text, m.weight::float8
FROM public.group_memberships m JOIN public.definition_groups g ON g.id = m.group_id
WHERE g.environment = 'TEST'
"""
_BY_STOCK = _ALL + b"AND m.symbol = %s ORDER BY g.type, g.name"
_BY_GROUP = _ALL + b"AND g.type = 'ETF' AND g.name = %s ORDER BY m.weight DESC"
_COPY = b"COPY (SELECT group_id, symbol, weight FROM public.group_memberships) TO STDOUT"
_SHARED = b"""
SELECT m.symbol::text FROM public.group_memberships m
JOIN public.definition_groups g ON g.id = m.group_id
WHERE g.environment = 'TEST' AND g.type = 'ETF' AND g.name = 'SPY'
INTERSECT
SELECT m.symbol::text FROM public.group_memberships m
JOIN public.definition_groups g ON g.id = m.group_id
WHERE g.environment = 'TEST' AND g.type = 'ETF' AND g.name = 'QQQ'
"""
_THREE = (
    _SHARED
    + b"""
EXCEPT
SELECT m.symbol::text FROM public.group_memberships m
JOIN public.definition_groups g ON g.id = m.group_id
WHERE g.environment = 'TEST' AND g.type = 'ETF' AND g.name = 'XLK'
"""
)


def measure(scratch: Scratch, catalog: Catalog) -> Iterator[Row]:
    """Yield the rows about 12,184 memberships."""
    clear(scratch.ours)
    load(scratch.ours, make_desired())
    scratch.ours.execute(b"VACUUM ANALYZE")
    store = Store(scratch.ours, ENVIRONMENT, catalog=catalog)
    ways: dict[str, Callable[[], Any]] = {
        "index": lambda: read_index(store, lambda: catalog),
        "dict": lambda: _Dictionaries(scratch.ours),
        "pandas": lambda: _Frame(scratch.ours),
    }
    times = alternate([Case(name, make) for name, make in ways.items()], ROUNDS)
    index, plain, frame = (make() for make in ways.values())
    yield Row(
        f"index of {_count(index):,} memberships",
        1e3 * times.median("index"),
        "ms",
        at_most(50.0),
        f"index / dict / pandas: {times.tell(*ways)}",
    )
    yield from _measure_look_ups(scratch.ours, index, plain, frame)
    yield from _measure_change(store, index)


def measure_most(store: Store) -> Iterator[Row]:
    """Yield the rows about a database of very many memberships."""
    with peak_memory() as memory:
        begun = time.perf_counter()
        index = read_index(store, lambda: store.catalog)
        seconds = time.perf_counter() - begun
    copied = alternate([Case("copied", lambda: _copy_out(store.connection))], 1, warm_up=False)
    yield Row(
        f"index of {_count(index):,} memberships",
        seconds,
        "s",
        at_most(20.0),
        f"{seconds / copied.median('copied'):.1f} × COPY of them to the client",
    )
    yield Row("memory of it", memory.grown_by, "MB", at_most(1_000.0), "beyond the program's")
    fund = next(group.label for group in index.groups if group is not None)
    stock = index.numbers.symbols[0]
    for case, run, unit in (
        ("one fund of it read again and swapped", lambda: catch_up(store, index, [fund]), "ms"),
        ("all of its groups compared", lambda: find_suspects(store, index), "s"),
    ):
        times = alternate([Case(case, run)], 3)
        yield Row(case, (1e3 if unit == "ms" else 1) * times.median(case), unit)
    for case, bar in (("the first time", None), ("again", at_most(10.0))):
        begun = time.perf_counter()
        held = index.groups_of(stock)
        microseconds = 1e6 * (time.perf_counter() - begun)
        yield Row(f"index: stock → its {len(held):,} groups, {case}", microseconds, "µs", bar)


class _Dictionaries:
    """What a program would write by itself: dictionaries of dictionaries, from one query."""

    def __init__(self, connection: Connection) -> None:
        self.by_stock: defaultdict[str, dict[tuple[str, str], float]] = defaultdict(dict)
        self.by_group: defaultdict[tuple[str, str], dict[str, float]] = defaultdict(dict)
        for kind, name, symbol, weight in connection.execute(_ALL, binary=True):
            self.by_stock[symbol][kind, name] = weight
            self.by_group[kind, name][symbol] = weight

    def share(self, *names: str) -> Any:
        """Return the stocks of the first two funds that the third one does not hold."""
        one, two, *rest = (self.by_group["ETF", name].keys() for name in names)
        return (one & two).difference(*rest)


class _Frame:
    """The same as data frames that are sorted by what is looked up."""

    def __init__(self, connection: Connection) -> None:
        rows = connection.execute(_ALL, binary=True).fetchall()
        frame = pd.DataFrame(rows, columns=["type", "name", "symbol", "weight"])
        self.by_stock = frame.set_index("symbol").sort_index()
        self.by_group = frame.set_index(["type", "name"]).sort_index()

    def share(self, *names: str) -> Any:
        """Return the stocks of the first two funds that the third one does not hold."""
        one, two, *rest = (pd.Index(self.by_group.loc["ETF", name]["symbol"]) for name in names)
        both = one.intersection(two)
        return both.difference(rest[0]) if rest else both


def _measure_look_ups(
    connection: Connection, index: Index, plain: _Dictionaries, frame: _Frame
) -> Iterator[Row]:
    """Yield a row for each question: the index again and again, and beside it the other ways."""

    def ask(statement: bytes, *values: str) -> Callable[[], object]:
        return lambda: connection.execute(statement, values, binary=True).fetchall()

    def combine(*names: str) -> list[str]:
        one, two, *rest = (index.stocks("ETF", name) for name in names)
        both = one & two
        return list(both - rest[0] if rest else both)

    questions: Mapping[str, tuple[Callable[[], object], ...]] = {
        "stock → its groups": (
            lambda: index.groups_of("AAPL"),
            lambda: plain.by_stock["AAPL"],
            lambda: frame.by_stock.loc["AAPL"],
            ask(_BY_STOCK, "AAPL"),
        ),
        "ETF → its 503 stocks": (
            lambda: index.members("ETF", "SPY"),
            lambda: plain.by_group["ETF", "SPY"],
            lambda: frame.by_group.loc["ETF", "SPY"],
            ask(_BY_GROUP, "SPY"),
        ),
        "is a stock in an ETF?": (
            lambda: index.holds("ETF", "SPY", "AAPL"),
            lambda: "AAPL" in plain.by_group["ETF", "SPY"],
            lambda: "AAPL" in frame.by_group.loc["ETF", "SPY"]["symbol"].array,
            ask(_BY_STOCK, "AAPL"),
        ),
        "how many stocks do two ETFs share?": (
            lambda: len(index.stocks("ETF", "SPY") & index.stocks("ETF", "QQQ")),
            lambda: len(plain.share("SPY", "QQQ")),
            lambda: len(frame.share("SPY", "QQQ")),
            ask(_SHARED),
        ),
        "three terms: SPY & QQQ - XLK, as a list": (
            lambda: combine("SPY", "QQQ", "XLK"),
            lambda: list(plain.share("SPY", "QQQ", "XLK")),
            lambda: list(frame.share("SPY", "QQQ", "XLK")),
            ask(_THREE),
        ),
    }
    for question, (*local, remote) in questions.items():
        calls = dict(zip(WAYS, (CALLS, CALLS, FEW_CALLS, FEW_CALLS), strict=True))
        cases = [Case(way, repeat(run, calls[way])) for way, run in zip(WAYS, local, strict=False)]
        # Processor time, which counts no waiting; but what SQL takes is mostly waiting.
        times = alternate(cases, ROUNDS, clock=time.process_time)
        asked = alternate([Case("SQL", repeat(remote, FEW_CALLS))], ROUNDS)
        each = [1e6 * (asked if way == "SQL" else times).median(way) / calls[way] for way in WAYS]
        yield Row(
            f"index: {question}",
            each[0],
            "µs",
            at_most(50.0 if "three" in question else 10.0),
            " / ".join(WAYS) + ": " + " / ".join(map(_show, each)) + " µs",
        )


def _measure_change(store: Store, index: Index) -> Iterator[Row]:
    """Yield the rows about what an index costs when it is swapped."""
    stocks = index.numbers.symbols

    def ask_all() -> None:
        fresh = replace(index)  # no answer is kept in it
        for stock in stocks:
            fresh.groups_of(stock)

    cases = [
        Case("stock", ask_all),
        Case("fund", lambda: replace(index).members("ETF", "SPY")),
    ]
    times = alternate(cases, ROUNDS, clock=time.process_time)
    for case, work, each, bar in (
        ("stock", "stock → its groups", len(stocks), at_most(10.0)),
        ("fund", "ETF → its 503 stocks", 1, None),
    ):
        microseconds = 1e6 * times.median(case) / each
        yield Row(f"index: {work}, the first time after a swap", microseconds, "µs", bar)
    cases = [
        Case("swap", repeat(lambda: catch_up(store, index, ["ETF SPY"]), FEW_CALLS)),
        Case("compare", repeat(lambda: find_suspects(store, index), FEW_CALLS)),
    ]
    times = alternate(cases, ROUNDS)
    for case, work in (
        ("swap", "an ETF of 503 stocks read again and swapped"),
        ("compare", "all groups compared with the tables"),
    ):
        yield Row(f"index: {work}", 1e3 * times.median(case) / FEW_CALLS, "ms")


def _copy_out(connection: Connection) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for _ in copy:
            pass


def _show(microseconds: float) -> str:
    return f"{microseconds:,.0f}" if microseconds >= 10 else f"{microseconds:.2g}"


def _count(index: Index) -> int:
    return sum(len(group.stocks) for group in index.groups if group is not None)
