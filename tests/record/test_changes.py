"""What changed between two snapshots: set differences, renames, splits told from purchases."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from stockgroups.queries.steps import (
    Change,
    ChangeKind,
    Position,
    Positions,
    Scaling,
    compare,
    scale_shares,
)

MONTH = 30


def fund(shares: Mapping[int, float | None], **weights: float) -> Positions:
    """Positions of equal weights but for those given as `s1=0.3`."""
    return {
        number: Position(f"S{number}", weights.get(f"s{number}", 1 / len(shares)), count)
        for number, count in shares.items()
    }


def kinds(changes: list[Change]) -> list[tuple[str, int]]:
    return [(change.kind.value, change.security) for change in changes]


EVEN = {n: 100.0 * n for n in range(1, 11)}
GROWN = {n: count * 1.25 for n, count in EVEN.items()}


def test_a_fund_that_grows_as_a_whole_changed_nothing() -> None:
    assert compare(fund(EVEN), fund(GROWN), MONTH) == []
    assert scale_shares(fund(EVEN), fund(GROWN), MONTH).scale == 1.25


def test_who_came_who_went_and_who_is_called_otherwise() -> None:
    before, after = dict(fund(EVEN)), dict(fund(GROWN))
    del before[3], after[4]
    after[5] = after[5]._replace(symbol="NEW")
    assert kinds(compare(before, after, MONTH)) == [
        ("added", 3),
        ("removed", 4),
        ("renamed", 5),
    ]


def test_a_split_leaves_the_weight_and_a_purchase_does_not() -> None:
    for factor in (10.0, 3.0, 1.5, 0.1):
        jumped = GROWN | {1: 125 * factor}
        (split,) = compare(fund(EVEN), fund(jumped), MONTH)
        assert (split.kind, split.security, split.factor) == (ChangeKind.SPLIT, 1, factor)
        (bought,) = compare(fund(EVEN), fund(jumped, s1=0.1 * factor), MONTH)
        assert bought.kind is ChangeKind.RESIZED


def test_no_split_has_an_odd_factor() -> None:
    (change,) = compare(fund(EVEN), fund(GROWN | {1: 125 * 2.3}), MONTH)
    assert (change.kind, round(change.factor or 0, 9)) == (ChangeKind.RESIZED, 2.3)


def test_over_years_a_split_is_one_where_the_others_stayed_even() -> None:
    years = 3 * 365
    jumped = {n: count * (1 + n / 500) for n, count in GROWN.items()} | {1: 125 * 9.4}
    (split,) = compare(fund(EVEN), fund(jumped, s1=0.5), years)
    assert (split.kind, split.factor) == (ChangeKind.SPLIT, 10)
    uneven = {n: count * n for n, count in jumped.items()} | {1: 125 * 9.4 * 6}
    assert {c.kind for c in compare(fund(EVEN), fund(uneven), years)} == {ChangeKind.RESIZED}


def test_other_funds_decide() -> None:
    jumped = fund(GROWN | {1: 250})
    for factor, kind in ((2.0, ChangeKind.SPLIT), (1.0, ChangeKind.RESIZED)):
        witness = Scaling(1.0, {1: factor, 2: 1.0}, even=True)
        for weight in (0.1, 0.2):
            after = {**jumped, 1: jumped[1]._replace(weight=weight)}
            assert [c.kind for c in compare(fund(EVEN), after, MONTH, witnesses=[witness])] == [
                kind
            ]


def test_weights_alone_from_the_threshold() -> None:
    nothing = dict.fromkeys(range(1, 4))
    before, after = fund(nothing, s1=0.3, s2=0.1), fund(nothing, s1=0.3005, s2=0.1004)
    assert kinds(compare(before, after, MONTH)) == [("reweighted", 1)]
    assert kinds(compare(before, after, MONTH, threshold=0.0004)) == [
        ("reweighted", 1),
        ("reweighted", 2),
    ]
    unknown = {n: Position(f"S{n}", None) for n in nothing}
    assert compare(before, unknown, MONTH) == compare(unknown, after, MONTH) == []


positions = st.dictionaries(
    st.integers(1, 12),
    st.builds(
        Position,
        st.sampled_from(["A", "B", "C"]),
        st.none() | st.floats(-0.1, 1),
        st.none() | st.floats(-10, 1e9),
    ),
)


@given(positions, positions, st.integers(0, 4000))
def test_members_are_the_set_difference_whatever_the_numbers(
    before: Positions, after: Positions, days: int
) -> None:
    changes = compare(before, after, days)
    of = {
        kind: {change.security for change in changes if change.kind is kind} for kind in ChangeKind
    }
    assert of[ChangeKind.ADDED] == after.keys() - before.keys()
    assert of[ChangeKind.REMOVED] == before.keys() - after.keys()
    both = before.keys() & after.keys()
    assert of[ChangeKind.RENAMED] == {s for s in both if before[s].symbol != after[s].symbol}
    assert compare(before, before, days) == []
