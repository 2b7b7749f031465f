"""The index answers as the database does, after any load and any write of other programs."""

from __future__ import annotations

import datetime as dt
import operator
import tracemalloc
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samples import make_fund, make_snapshot
from stockgroups.analytics.index.build import catch_up, find_suspects, read_index
from stockgroups.analytics.index.group import IndexedGroup
from stockgroups.analytics.index.index import Index, Place
from stockgroups.analytics.index.stock_sets import Numbers, StockSet
from stockgroups.errors import NotFoundError, StockgroupsError, SymbolError
from stockgroups.jobs.rebuild import rebuild
from stockgroups.jobs.reconcile import reconcile
from stockgroups.jobs.rollback import roll_back
from stockgroups.model import Alias, GroupKey, GroupType
from stockgroups.queries.groups import find_group
from stockgroups.queries.provenance import list_loads
from stockgroups.queries.stocks import find_stock
from stockgroups.record.apply import apply
from stockgroups.store import Store

FUNDS = ("AAA", "BBB", "CCC")
OURS = ("AAPL", "BRK.B", "XOM", "7203.XTKS", "ABR.PRD", "DE000BAY0017")
THEIRS = (
    *(*OURS, "BRK/B", "brk-b", "ABR-PD", "aapl", "ABC W", "700 HK", "Foo bar", "FOO BAR"),
    *("Ä", "ä", "日経", "ﬁ", "ſPY", "İ", "e\u0301", "\xe9"),
)
GROUPS = ("ETF AAA", "ETF XXX", "THEME Deep Sea", "THEME Größe", "CUSTOM İki  ßTE", "SEGMENT 日 経")
weights = st.none() | st.sampled_from((0.0, 0.05, 0.25, 0.5))
snapshots = st.dictionaries(st.sampled_from(OURS), weights, min_size=1)
fund_loads = st.dictionaries(st.sampled_from(FUNDS), snapshots | st.none(), min_size=1)
loads = st.lists(fund_loads, max_size=3)
rows = st.dictionaries(
    st.tuples(st.sampled_from(GROUPS), st.sampled_from(THEIRS)),
    weights | st.just("gone"),
    max_size=8,
)

_DELETE = "DELETE FROM definition_groups WHERE type || ' ' || name = %s"
_RENAME = "UPDATE definition_groups SET type = %s, name = %s WHERE type || ' ' || name = %s"
labels = st.sampled_from((*GROUPS, *(f"ETF {name}" for name in FUNDS)))
acts = st.lists(
    st.one_of(
        st.tuples(st.just("load"), fund_loads),
        st.tuples(st.just("write"), rows),
        st.tuples(st.just("rename"), st.tuples(labels, labels)),
        st.tuples(st.just("drop"), labels),
        st.tuples(st.just("roll back"), st.none()),
        st.tuples(st.just("reconcile"), st.booleans()),
        st.tuples(st.just("alias"), st.sampled_from(OURS[:3])),
        st.tuples(st.just("rebuild"), st.none()),
        st.tuples(st.just("empty"), st.none()),
    ),
    max_size=6,
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


def act(store: Store, what: str, how: Any) -> bool:
    """Change the database; return whether another program did it."""
    execute = store.connection.execute
    with suppress(StockgroupsError), store.connection.transaction():
        match what:
            case "load":
                load(store, how)
            case "write":
                for (label, symbol), weight in how.items():
                    kind, name = label.split(" ", 1)
                    write(store, kind, name, symbol, weight)
            case "rename":
                execute(_DELETE, (how[1],))
                execute(_RENAME, (*how[1].split(" ", 1), how[0]))
            case "drop":
                execute(_DELETE, (how,))
            case "roll back":
                newest = list_loads(store, limit=1)
                roll_back(store, newest[0].id if newest else 0)
            case "reconcile":
                reconcile(store, restore=how)
            case "alias":
                apply(store, [], aliases=[Alias(how, dt.date(2026, 1, 1), "NEW", "a test")])
            case "rebuild":
                rebuild(store)
            case "empty":
                execute("DELETE FROM definition_groups")
                execute("DELETE FROM stockgroups.env_state WHERE environment = 'TEST'")
                execute("INSERT INTO stockgroups.env_state (environment) VALUES ('TEST')")
    return what in ("write", "rename", "drop", "empty")


def tell(index: Index) -> dict[str, object]:
    """All that an index answers."""
    told: dict[str, object] = {text: answer(lambda: index.groups_of(text)) for text in THEIRS}  # noqa: B023
    for kind in GroupType:
        for name in index.names(kind):
            members = list(index.members(kind, name).items())
            stocks = set(index.stocks(kind, name))
            told[f"{kind} {name}"] = members, stocks, index.origin(kind, name)
    return told | {"version": index.version}


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
    max_examples=6,
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


@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts)
def test_an_index_catches_up_with_whatever_was_done(
    store: Store, done: list[tuple[str, Any]]
) -> None:
    """With loads by themselves, and with what other programs did by the groups that differ."""
    with store.connection.transaction(force_rollback=True):
        index = read(store)
        for what, how in done:
            is_others = act(store, what, how)
            alone = catch_up(store, index)
            if not is_others:
                assert not find_suspects(store, alone), what
            index = catch_up(store, index, find_suspects(store, index))
            assert tell(index) == tell(read(store)), what
            assert not find_suspects(store, index)
        check(index, store)


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


@pytest.mark.parametrize("text", ["S{:05}", "{:c}/B"], ids=["of no grammar", "respelled"])
def test_a_membership_takes_as_little_whatever_its_text(text: str) -> None:
    numbers = Numbers()
    origin = [False, None, None, False, None, None, None, "stamp"]

    def make(number: int) -> IndexedGroup:
        symbols = [text.format(ord("A") + stock) for stock in range(26)]
        return IndexedGroup(number, ["ETF", "F", symbols, [0.5] * 26, *origin], numbers)

    make(0)
    tracemalloc.start()
    groups = [make(number) for number in range(500)]
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken / (500 * 26) < 50, "a number, a weight, a word for the text, a share of the group"
    assert len(groups[-1].list_members(numbers)) == 26


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


def test_behind_a_pooler_rows_are_streamed_with_the_pinned_settings(store: Store) -> None:
    load(store, {"AAA": {"AAPL": 1.0}})
    store.connection.execute("SET TimeZone = 'Asia/Tokyo'")  # as another client leaves it
    store.connection.is_pooled = True
    with store.connection.cursor() as cursor:
        assert [*cursor.stream("SELECT current_setting('TimeZone')")] == [("UTC",)]
    assert tell(read(store))["AAPL"] == [("ETF", "AAA", 1.0)]
