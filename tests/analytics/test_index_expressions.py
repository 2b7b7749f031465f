"""Expressions on an index: the answers of the database, and the laws of sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samples import make_fund, make_snapshot
from stockgroups.analytics.expressions.ask import find_members
from stockgroups.analytics.index.build import read_index
from stockgroups.analytics.index.index import Index
from stockgroups.errors import NotFoundError, StockgroupsError, UsageError
from stockgroups.model import GroupKey, GroupType
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.store import Store

STOCKS = ["AAPL", "BRK.B", "XOM", "7203.XTKS", "DE000BAY0017"]
GROUPS = {
    "ONE": GroupType.ETF,
    "TWO": GroupType.ETF,
    "new_things": GroupType.THEME,
    "energy": GroupType.SECTOR,
    "materials": GroupType.SECTOR,
}
WEIGHTS = st.none() | st.sampled_from((0.0, 0.05, 0.25, 0.5))
HOLDINGS = st.fixed_dictionaries(
    {
        name: st.dictionaries(
            st.sampled_from(STOCKS), WEIGHTS if kind is GroupType.ETF else st.none(), min_size=1
        )
        for name, kind in GROUPS.items()
    }
)
TERMS = st.sampled_from(
    [
        *GROUPS,
        *(f"{kind.lower()}:{name}" for name, kind in GROUPS.items()),
        *("one", "XOM", "stock:brk/b", "stock:IBM", "nothing", "industry:Tea", "(ONE @ 30d)"),
    ]
)


def filter_of(part: str, condition: str) -> str:
    return f"({part})[{condition}]"


EXPRESSIONS = st.recursive(
    TERMS,
    lambda parts: st.one_of(
        st.builds("({} {} {})".format, parts, st.sampled_from(["|", "&", "-", "^"]), parts),
        st.builds(
            filter_of,
            parts,
            st.sampled_from(
                [
                    "weight > 5%",
                    "groups >= 2",
                    "etfs = 1",
                    "sector = energy",
                    "sector != energy",
                    "country = US",
                ]
            ),
        ),
        st.builds("top({}, {})".format, parts, st.integers(1, 3)),
    ),
    max_leaves=6,
)
ON_THE_DATABASE = settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
NOT_HELD = ("industry:", "@", "country")
"""What an expression has that an index refuses."""
Told = tuple[list[tuple[str, float | None]], tuple[str, ...]]
Holdings = Mapping[str, Mapping[str, float | None]]


def fill(store: Store, holdings: Holdings) -> Index:
    apply(
        store,
        [
            make_fund(name, make_snapshot(members))
            if GROUPS[name] is GroupType.ETF
            else DesiredGroup(
                GroupKey("TEST", GroupType(GROUPS[name]), name),
                snapshots=(make_snapshot(members, None),),
            )
            for name, members in holdings.items()
        ],
    )
    return read_index(store, lambda: store.catalog)


def answer(ask: Callable[[], Told]) -> Told | tuple[str, int | None]:
    """The members in their order with the warnings; of an error the class and the column."""
    try:
        return ask()
    except StockgroupsError as error:
        return type(error).__name__, error.column


def is_refused(told: Told | tuple[str, int | None]) -> bool:
    return isinstance(told[0], str)


@ON_THE_DATABASE
@given(HOLDINGS, st.lists(EXPRESSIONS, min_size=8, max_size=8))
def test_an_index_answers_as_the_database_does(
    store: Store, holdings: Holdings, texts: list[str]
) -> None:
    with store.connection.transaction(force_rollback=True):
        index = fill(store, holdings)
        for text in texts:

            def ask_database(text: str = text) -> Told:
                found = find_members(store, text)
                return [(one.symbol, one.weight) for one in found.members], found.warnings

            def ask_index(text: str = text) -> Told:
                members = index.members(text)
                assert len(members) == len(list(members)) == len(members.symbols)
                assert all(symbol in members.symbols for symbol in members)
                return list(members.items()), members.warnings

            by_index = answer(ask_index)
            if not (is_refused(by_index) and any(word in text for word in NOT_HELD)):
                assert by_index == answer(ask_database), text


def test_what_no_index_holds_is_refused_at_its_column(store: Store) -> None:
    index = fill(store, {name: {"XOM": None} for name in GROUPS})
    for text, column, words in (
        ("ONE | (TWO @ 30d)", 8, "only the current state, not @ 30d.*Database.members"),
        ("ONE & industry:Tea", 7, "no industries"),
        ("ONE[country = US]", 5, "has no country"),
        ("ONE | stock:US0378331005", 7, "holds no identifiers"),
    ):
        with pytest.raises(StockgroupsError, match=words) as caught:
            index.members(text)
        assert caught.value.column == column
    with pytest.raises(NotFoundError, match="nearest: energy"):
        index.members("enrgy")
    with pytest.raises(UsageError, match="expected an operator"):
        index.members("ONE TWO")


def test_names_and_weights(store: Store) -> None:
    index = fill(store, {name: {"XOM": 0.2, "BRK.B": 0.5, "AAPL": None} for name in GROUPS})
    found = index.members("one - stock:Brk/B")
    assert dict(found) == {"XOM": 0.2, "AAPL": None}
    assert list(found) == ["XOM", "AAPL"]
    assert ("XOM" in found, "BRK.B" in found, len(found)) == (True, False, 2)
    assert repr(found) == "IndexedMembers({'XOM': 0.2, 'AAPL': None})"
    with pytest.raises(KeyError):
        found["BRK.B"]
    assert index.members("top(ONE, 1)").symbols == {"BRK.B"}
    assert index.members("top(ONE, 9)").warnings == ("1 stock of ONE without a known weight",)


SETS = st.frozensets(st.sampled_from(STOCKS))
LAWS = [
    ("A | A", "A"),
    ("A & A", "A"),
    ("A | B", "B | A"),
    ("A & B", "B & A"),
    ("A ^ B", "B ^ A"),
    ("A ^ B", "(A | B) - (A & B)"),
    ("A ^ B ^ C", "A ^ (B ^ C)"),
    ("A - (B | C)", "(A - B) & (A - C)"),
    ("A - (B & C)", "(A - B) | (A - C)"),
    ("A - B - C", "A - (B | C)"),
    ("A & (B | C)", "(A & B) | (A & C)"),
    ("A | B & C", "(A | B) & (A | C)"),
    ("A | A & B", "A"),
    ("A & (A | B)", "A"),
    ("A & B - C", "(A - C) & B"),
    ("(A - B) & B", "A - A"),
    ("(A - B) | (A & B)", "A"),
    ("A[weight > 5%, etfs >= 1]", "A[etfs >= 1][weight > 5%]"),
    ("A[weight > 5%][sector = energy]", "A[sector = energy][weight > 5%]"),
    ("A[sector = energy] - B", "(A - B)[sector = energy]"),
    ("A[weight > 5%] & A[etfs >= 1]", "A[weight > 5%, etfs >= 1]"),
    ("(A | B)[sector = energy]", "A[sector = energy] | B[sector = energy]"),
    ("A[sector = energy]", "A & sector:energy"),
    ("A[weight > 5%] | A[weight <= 5%]", "A"),
    ("top(top(A, 3), 2)", "top(A, 2)"),
    ("bottom(bottom(A, 3), 2)", "bottom(A, 2)"),
]


@ON_THE_DATABASE
@given(
    st.fixed_dictionaries(
        {
            name: st.dictionaries(
                st.sampled_from(STOCKS), st.sampled_from((0.02, 0.05, 0.25, 0.5)), min_size=1
            )
            for name in ("ONE", "TWO", "new_things", "energy")
        }
    )
)
def test_the_laws_of_sets_hold(store: Store, holdings: Holdings) -> None:
    names = {"A": "etf:ONE", "B": "etf:TWO", "C": "theme:new_things"}

    def write(law: str) -> str:
        return "".join(
            names[sign] if sign in names and law[place - 1 : place] in ("", " ", "(") else sign
            for place, sign in enumerate(law)
        )

    with store.connection.transaction(force_rollback=True):
        index = fill(store, holdings)
        for one, other in LAWS:
            found = [find_members(store, write(side)).symbols for side in (one, other)]
            assert found[0] == found[1], (one, other)
            assert [sorted(index.members(write(side))) for side in (one, other)] == found
