"""Overlap equals brute force in plain Python, and has its sources and warnings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samples import DAY, make_fund, make_printed, make_snapshot
from stockgroups.analytics.funds import Part
from stockgroups.analytics.members import GroupMembers
from stockgroups.analytics.portfolios import overlap_matrix as matrices
from stockgroups.analytics.portfolios.nearest import find_nearest_funds
from stockgroups.analytics.portfolios.overlap import find_overlap, share, sum_shared
from stockgroups.analytics.portfolios.overlap_matrix import find_overlap_matrix, make_matrix
from stockgroups.db.connection import Connection
from stockgroups.errors import NotFoundError, StaleError, UsageError
from stockgroups.model import GroupKey, GroupType, Ref
from stockgroups.queries.moments import Moment
from stockgroups.queries.origins import Origin
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.store import Store

A = {"AAPL": 0.5, "MSFT": 0.3, "XOM": 0.1}
B = {"AAPL": 0.2, "MSFT": 0.4, "JPM": 0.4}
C = {"AAPL": 1.2, "MSFT": -0.2}
LATER = DAY + dt.timedelta(days=30)
WEIGHTS = st.dictionaries(
    st.sampled_from([f"S{n}" for n in range(12)]),
    st.floats(-0.5, 1.5).map(lambda weight: round(weight, 4)),
)


@pytest.fixture
def store(connection: Connection) -> Store:
    """Three funds, A with a later report, and a theme."""
    theme = make_snapshot({"AAPL": None, "TSLA": None}, file_name="theme")
    groups = [
        make_fund("A", make_snapshot(A), make_snapshot({"AAPL": 0.9}, LATER)),
        make_fund("B", make_snapshot(B)),
        make_fund("C", make_snapshot(C)),
        DesiredGroup(GroupKey("TEST", GroupType.THEME, "phones"), "Phones", snapshots=(theme,)),
    ]
    store = Store(connection, "TEST")
    apply(store, groups)
    return store


def on(day: dt.date, max_age: int | None = None) -> Moment:
    return Moment(day, max_age=max_age)


def test_two_funds_share_names_and_the_smaller_weights(store: Store) -> None:
    answer = find_overlap(store, ["a", "B"], on(DAY))
    (pair,) = answer.pairs
    assert (pair.a, pair.b, pair.shared) == ("A", "B", 2)
    assert pair.overlap == pytest.approx(0.2 + 0.3) == answer.overlap
    assert pair.covered_a == pytest.approx(0.8)
    assert pair.covered_b == pytest.approx(0.6)
    assert [(row.symbol, row.overlap) for row in answer.common] == [("MSFT", 0.3), ("AAPL", 0.2)]
    assert [row.symbol for row in answer.only_in("A")] == ["XOM"]
    first, second = answer.groups
    assert (first.names, first.shared) == (3, 2)
    assert first.shared_names == pytest.approx(2 / 3)
    assert first.fund.beside == {Part.UNSTATED: pytest.approx(0.1)}
    assert second.fund.beside == {}
    assert answer.rows()[0] == {
        "symbol": "MSFT",
        "name": "MSFT CORP",
        "in": ["A", "B"],
        "overlap": 0.3,
        "A": 0.3,
        "B": 0.4,
    }


def test_each_fund_answers_by_its_own_report(store: Store) -> None:
    answer = find_overlap(store, ["A", "B"], on(LATER))
    assert answer.overlap == pytest.approx(0.2)
    told = answer.to_dict()
    assert [group["as_of"] for group in told["groups"]] == [str(LATER), str(DAY)]
    assert [group["age_days"] for group in told["groups"]] == [0, 30]
    assert any("30 days apart" in warning for warning in answer.warnings)
    assert find_overlap(store, ["A", "B"]).overlap == answer.overlap
    with pytest.raises(StaleError, match="of B"):
        find_overlap(store, ["A", "B"], on(LATER, max_age=29))


def test_a_short_and_a_long_share_nothing(store: Store) -> None:
    answer = find_overlap(store, ["B", "C"], on(DAY))
    assert answer.pairs[0].shared == 2
    assert answer.overlap == pytest.approx(0.2)
    assert [share(pair) for pair in ((0.2, 0.3), (-0.2, -0.3), (-0.2, 0.3))] == [0.2, 0.2, 0.0]


def test_without_weights_names_alone_are_compared(store: Store) -> None:
    answer = find_overlap(store, ["A", "B", "theme:phones"], on(DAY))
    assert [(pair.shared, pair.overlap) for pair in answer.pairs][1:] == [(1, None), (1, None)]
    assert answer.overlap is None
    assert [row.symbol for row in answer.common] == ["AAPL"]
    assert "theme:phones has no weights: only names are compared" in answer.warnings
    assert answer.groups[2].covered is None


def test_the_rest_of_a_fund_is_what_its_receipt_says(connection: Connection) -> None:
    unknown = Ref(None, name="UNKNOWN CO", cusip="00000000X")
    snapshot = make_printed(DAY, {Ref("AAPL", ticker="AAPL"): 0.9, unknown: 0.08})
    store = Store(connection, "TEST")
    apply(store, [make_fund("A", snapshot), make_fund("B", make_snapshot(B))])
    group = find_overlap(store, ["A", "B"]).groups[0]
    assert group.fund.beside == {
        Part.UNRESOLVED: pytest.approx(0.08),
        Part.UNSTATED: pytest.approx(0.02),
    }
    connection.execute(b"UPDATE public.group_memberships SET weight = 0.5 WHERE symbol = 'AAPL'")
    drifted = find_overlap(store, ["A", "B"])
    assert drifted.groups[0].fund.beside == {Part.UNSTATED: pytest.approx(0.5)}
    assert any("changed by another program" in warning for warning in drifted.warnings)
    assert find_overlap_matrix(store).origins[0].is_drifted


@pytest.mark.parametrize(
    ("names", "error", "words"),
    [
        (["A"], UsageError, "two or more"),
        (["A", "a"], UsageError, "different"),
        (["A", "ABC"], NotFoundError, "'ABC'"),
        (["A", "index:x"], UsageError, "unknown group type 'index'"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    store: Store, names: list[str], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        find_overlap(store, names)


def test_the_nearest_share_most_by_weight(store: Store) -> None:
    answer = find_nearest_funds(store, "B", on(DAY))
    assert [fund.label for fund, _ in answer.nearest] == ["A", "C"]
    assert [pair.overlap for _, pair in answer.nearest] == pytest.approx([0.5, 0.2])
    assert answer.rows()[0]["covered"] == pytest.approx(0.8)
    equal = find_nearest_funds(store, "B", limit=1)  # A and C by weight, and C has more names
    assert [fund.label for fund, _ in equal.nearest] == ["C"]
    named = find_nearest_funds(store, "theme:phones").rows()
    assert [(row["group"], row["shared"]) for row in named] == [("A", 1), ("B", 1), ("C", 1)]


def test_the_matrix_is_that_of_the_pairs(store: Store) -> None:
    matrix = find_overlap_matrix(store, moment=on(DAY))
    for row in matrix.rows():
        (pair,) = find_overlap(store, [row["a"], row["b"]], on(DAY)).pairs
        assert (row["overlap"], row["shared"]) == (pytest.approx(pair.overlap), pair.shared)
    named = find_overlap_matrix(store, ["B", "theme:phones", "B"])
    assert named.rows() == [{"a": "B", "b": "theme:phones", "overlap": None, "shared": 1}]
    fresh = find_overlap_matrix(store, moment=on(LATER, max_age=10))
    assert fresh.labels == ("A",)
    assert fresh.warnings == ("left out, as the source is too old: B, C",)
    wide = matrix.to_pandas(wide=True)
    assert wide.loc["A", "B"] == wide.loc["B", "A"] == pytest.approx(0.5)


@given(st.lists(WEIGHTS, min_size=2, max_size=6))
def test_both_ways_of_the_matrix_are_brute_force(funds: list[dict[str, float]]) -> None:
    pytest.importorskip("numpy")
    groups = [
        GroupMembers(f"F{n}", Origin(), list(w), list(w.values())) for n, w in enumerate(funds)
    ]
    for compute in (matrices._compute_plain, matrices._compute):
        overlap, shared = compute(groups)
        for i, mine in enumerate(funds):
            for j, theirs in enumerate(funds):
                assert overlap[i][j] == pytest.approx(_brute(mine, theirs), abs=1e-12)
                assert shared[i][j] == len(set(mine) & set(theirs))


@given(WEIGHTS, WEIGHTS)
def test_overlap_is_symmetric_and_no_larger_than_either(
    mine: dict[str, float], theirs: dict[str, float]
) -> None:
    overlap = sum_shared(mine, theirs)
    assert overlap == pytest.approx(sum_shared(theirs, mine))
    gross = min(sum(map(abs, mine.values())), sum(map(abs, theirs.values())))
    assert 0.0 <= overlap <= gross + 1e-12


def test_many_funds_without_numpy_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "numpy", None)
    few = [GroupMembers(f"F{n}", Origin(), ["X"], [1.0]) for n in range(matrices.MOST_PLAIN)]
    assert make_matrix(few).overlap[0][1] == 1.0
    with pytest.raises(UsageError, match=r"pip install 'stockgroups\[analytics\]'"):
        make_matrix([*few, few[0]])


@settings(
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.dictionaries(
        st.sampled_from(["F0", "F1", "F2", "F3"]),
        st.dictionaries(st.integers(0, 3), WEIGHTS.filter(bool), min_size=1),
        min_size=2,
    )
)
def test_overlap_matrix_and_nearest_of_a_day_are_brute_force(
    connection: Connection, records: dict[str, dict[int, dict[str, float]]]
) -> None:
    """Each fund answers by its newest report that is not after the day."""
    store = Store(connection, "TEST")
    with connection.transaction(force_rollback=True):
        days = [DAY + dt.timedelta(days=number) for number in range(4)]
        funds = [
            make_fund(name, *(make_snapshot(held, days[at]) for at, held in reports.items()))
            for name, reports in records.items()
        ]
        assert not any(group.error for group in apply(store, funds).groups)
        for number, day in [*enumerate(days), (3, None)]:
            moment = on(day) if day else None
            held = {
                name: reports[max(at for at in reports if at <= number)]
                for name, reports in sorted(records.items())
                if min(reports) <= number
            }
            pairs = list(combinations(held, 2))
            expected: Any = {
                (a, b): (
                    pytest.approx(_brute(held[a], held[b]), abs=1e-12),
                    len({*held[a]} & {*held[b]}),
                )
                for a, b in pairs
            }
            matrix = find_overlap_matrix(store, moment=moment)
            assert {(a, b): (value, shared) for a, b, value, shared in matrix.pairs()} == expected
            for a, b in pairs:
                answer = find_overlap(store, [a, b], moment)
                assert (answer.pairs[0].overlap, answer.pairs[0].shared) == expected[a, b]
                assert {row.symbol for row in answer.common} == {*held[a]} & {*held[b]}
            for name, own in held.items():
                shares = {
                    other: _brute(own, theirs)
                    for other, theirs in held.items()
                    if other != name and own.keys() & theirs.keys()
                }
                nearest = find_nearest_funds(store, name, moment).nearest
                assert {fund.label for fund, _ in nearest} == shares.keys()
                assert [pair.overlap for _, pair in nearest] == pytest.approx(
                    sorted(shares.values(), reverse=True), abs=1e-12
                )


def _brute(mine: Mapping[str, float], theirs: Mapping[str, float]) -> float:
    total = 0.0
    for symbol, weight in mine.items():
        other = theirs.get(symbol, 0.0)
        if weight > 0 and other > 0:
            total += min(other, weight)
        if weight < 0 and other < 0:
            total += -max(other, weight)
    return total
