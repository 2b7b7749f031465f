"""The index answers as the database does, whatever was loaded and whatever other programs wrote."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Iterable, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samples import make_fund, make_snapshot
from stockgroups.analytics.index import Index, Place
from stockgroups.analytics.index_build import catch_up, read_index
from stockgroups.analytics.stock_sets import StockSet
from stockgroups.errors import NotFoundError, SymbolError
from stockgroups.model import Alias, GroupKey, GroupType
from stockgroups.queries import find_group, find_stock
from stockgroups.record.apply import apply
from stockgroups.store import Store

FUNDS = ("AAA", "BBB", "CCC")
OURS = ("AAPL", "BRK.B", "XOM", "7203.XTKS", "ABR.PRD", "DE000BAY0017")
THEIRS = (*OURS, "BRK/B", "brk-b", "ABR-PD", "aapl", "ABC W", "700 HK", "Foo bar", "FOO BAR")
weights = st.none() | st.sampled_from((0.0, 0.05, 0.25, 0.5))
snapshots = st.dictionaries(st.sampled_from(OURS), weights, min_size=1)
loads = st.lists(
    st.dictionaries(st.sampled_from(FUNDS), snapshots | st.none(), min_size=1), max_size=3
)
rows = st.dictionaries(
    st.tuples(st.sampled_from(("ETF AAA", "ETF XXX", "THEME Deep Sea")), st.sampled_from(THEIRS)),
    weights | st.just("gone"),
    max_size=8,
)


def read(store: Store) -> Index:
    return read_index(store, lambda: store.catalog)


def load(store: Store, funds: Mapping[str, Mapping[str, float | None] | None]) -> None:
    """Load funds; None deletes one."""
    wanted = [make_fund(name, make_snapshot(held)) for name, held in funds.items() if held]
    gone = [GroupKey("TEST", GroupType.ETF, name) for name, held in funds.items() if held is None]
    apply(store, wanted, delete=gone)


def write(store: Store, kind: str, name: str, symbol: str, weight: float | str | None) -> None:
    """Write a row as other programs do."""
    values = {"kind": kind, "name": name, "symbol": symbol, "weight": weight}
    store.connection.execute(
        "INSERT INTO definition_groups (type, name, environment)"
        " VALUES (%(kind)s, %(name)s, 'TEST') ON CONFLICT DO NOTHING",
        values,
    )
    store.connection.execute(
        "DELETE FROM group_memberships WHERE symbol = %(symbol)s AND group_id ="
        " (SELECT id FROM definition_groups WHERE type = %(kind)s AND name = %(name)s)",
        values,
    )
    if weight != "gone":
        store.connection.execute(
            "INSERT INTO group_memberships (group_id, symbol, weight) SELECT id, %(symbol)s,"
            " %(weight)s FROM definition_groups WHERE type = %(kind)s AND name = %(name)s",
            values,
        )


def check(index: Index, store: Store) -> None:
    """Hold every answer of the index against the database's."""
    for kind in GroupType:
        names = store.connection.execute(
            "SELECT name FROM definition_groups WHERE type = %s ORDER BY name", (kind,)
        ).fetchall()
        assert index.names(kind) == [name for (name,) in names]
        for (name,) in names:
            group = find_group(store, kind, name)
            members = [(holding.symbol, holding.weight) for holding in group.holdings]
            assert list(index.members(kind, name).items()) == members
            assert index.origin(kind, name) == group.origin
            assert set(index.stocks(kind, name)) == {
                index.numbers.symbols[index.numbers[symbol]] for symbol, _ in members
            }
    for text in (*THEIRS, " brk b ", "BRKB", "NYSE:XOM", "ZZZ"):
        places = answer(lambda: index.groups_of(text))  # noqa: B023 - called at once
        expected = answer(lambda: groups_of(store, text))  # noqa: B023
        assert places == expected, text
        assert all(index.holds(kind, name, text) for kind, name, _ in places)


def groups_of(store: Store, text: str) -> list[Place]:
    found = find_stock(store, text)
    return [(place.kind, place.group, place.weight) for place in found.places]


def answer(ask: Callable[[], Iterable[Place]]) -> list[Place]:
    """The groups, sorted; none of a stock that is not known, or of what is no stock."""
    try:
        return sorted(ask())
    except (NotFoundError, SymbolError):
        return []


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(loads, rows, loads)
def test_every_answer_is_the_databases(
    store: Store,
    first: list[dict[str, dict[str, float | None] | None]],
    written: dict[tuple[str, str], float | str | None],
    second: list[dict[str, dict[str, float | None] | None]],
) -> None:
    with store.connection.transaction(force_rollback=True):
        for funds in first:
            load(store, funds)
        for (label, symbol), weight in written.items():
            kind, name = label.split(" ", 1)
            write(store, kind, name, symbol, weight)
        index = read(store)
        check(index, store)
        for funds in second:
            load(store, funds)
            index = catch_up(store, index)
            check(index, store)
        assert index.version == read(store).version


def test_names_and_errors(store: Store) -> None:
    load(store, {"AAA": {"AAPL": 0.6, "BRK.B": 0.4}, "BBB": {"BRK.B": None}})
    write(store, "THEME", "Deep Sea", "BRK/B", None)
    write(store, "THEME", "Deep Sea", "BRK.B", 0.25)
    write(store, "UNIVERSE", "all", "aapl", 0.5)
    index = read(store)
    places = (("ETF", "AAA", 0.4), ("ETF", "BBB", None), ("THEME", "Deep Sea", 0.25))
    assert (
        index.groups_of("BRK.B") == index.groups_of(" brk b ") == index.groups_of("BRKB") == places
    )
    assert index.groups_of("BRK.B") is index.groups_of("BRK.B")
    assert index.members("THEME", "deep-sea") == {"BRK.B": 0.25, "BRK/B": None}
    assert index.members(GroupType.UNIVERSE, "All") == {"aapl": 0.5}
    assert index.holds("ETF", "aaa", "AAPL")
    assert not index.holds("ETF", "BBB", "AAPL")
    assert (index.groups_of("IBM"), index.stocks("ETF", "BBB").numbers) == ((), index.numbers)
    assert repr(index).startswith("Index(environment='TEST', version=1,")
    for ask, error, text in (
        (lambda: index.members("ETF", "AAB"), LookupError, "no ETF 'AAB'.*nearest: AAA"),
        (lambda: index.members("FUND", "AAA"), ValueError, "use one of ETF"),
        (lambda: index.groups_of("no symbol"), ValueError, "not a symbol"),
        (lambda: index.groups_of("US0378331005"), LookupError, "holds no identifiers"),
    ):
        with pytest.raises(error, match=text):
            ask()


def test_a_former_symbol_is_todays_stock(store: Store) -> None:
    renamed = Alias("FB", dt.date(2022, 6, 9), "META", "the company")
    fund = make_fund("AAA", make_snapshot({"FB": 1.0}, dt.date(2022, 3, 1)))
    before = read(store)
    apply(store, [fund], aliases=[renamed])
    for index in (read(store), catch_up(store, before)):
        assert index.groups_of("FB") == index.groups_of("META") == (("ETF", "AAA", 1.0),)


def test_what_no_load_accounts_for_is_read_anew(store: Store) -> None:
    load(store, {"AAA": {"AAPL": 1.0}, "BBB": {"XOM": 1.0}})
    index = read(store)
    assert catch_up(store, index) is index
    write(store, "ETF", "BBB", "IBM", 0.5)
    load(store, {"AAA": {"GE": 1.0}})
    index = catch_up(store, index)
    assert (len(index.groups_of("GE")), index.groups_of("IBM")) == (1, ())  # not loaded
    store.connection.execute("UPDATE stockgroups.env_state SET version = 1")
    index = catch_up(store, index)
    assert (index.version, len(index.groups_of("IBM"))) == (1, 1)
    assert index.origin("ETF", "BBB").is_drifted


def test_sets_of_an_index_are_pythons(store: Store) -> None:
    load(store, {"AAA": {"AAPL": 1.0, "XOM": 0.0}, "BBB": {"XOM": 1.0, "IBM": 0.0}})
    index = read(store)
    one, two = index.stocks("ETF", "AAA"), index.stocks("ETF", "BBB")
    plain, other = set(one), set(two)
    assert ("XOM" in one, "IBM" in one, "ZZZ" in one) == (True, False, False)
    for combine in (operator.and_, operator.or_, operator.xor, operator.sub):
        expected = combine(plain, other)
        assert isinstance(combine(one, two), StockSet)
        assert (
            combine(one, two)
            == expected
            == combine(one, other)
            == combine(one, read(store).stocks("ETF", "BBB"))
        )
        assert len(combine(one, two)) == len(expected)
    assert list(one - one) == []
    assert one > one & two
