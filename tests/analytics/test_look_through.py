"""Looking through random funds of funds equals brute force in plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples import make_fund, make_snapshot
from stockgroups.analytics.funds import Part
from stockgroups.analytics.portfolios.exposure import find_exposure
from stockgroups.analytics.portfolios.look_through import Contents, Leaf, look_through
from stockgroups.readers.lists.portfolios import read_amounts
from stockgroups.record.apply import apply
from stockgroups.store import Store

NAMES = [f"F{n}" for n in range(6)]
WEIGHTS = st.floats(-0.5, 1.2).map(lambda weight: round(weight, 3))
CONTENTS = st.tuples(
    st.dictionaries(st.sampled_from([f"S{n}" for n in range(8)]), WEIGHTS, max_size=5),
    st.dictionaries(st.sampled_from(NAMES), WEIGHTS, max_size=3),
)


@pytest.mark.parametrize("seed", range(4))
def test_random_portfolios_are_brute_force(store: Store, seed: int) -> None:
    random = Random(seed)
    stocks = [f"S{chr(65 + n)}Q" for n in range(9)]
    held: dict[str, dict[str, float]] = {}
    for at, name in enumerate(NAMES):
        inside = random.sample(stocks, 4) + random.sample(NAMES[at + 1 :] or stocks, 1)
        if seed == 3:
            inside.append(random.choice(NAMES))
        held[name] = {one: round(random.uniform(-0.1, 0.4), 4) for one in inside}
    apply(store, [make_fund(name, make_snapshot(members)) for name, members in held.items()])
    amounts = {one: random.randint(1, 50) for one in random.sample(NAMES + stocks, 5)}
    amounts[NAMES[0]] = 40
    answer = find_exposure(store, read_amounts(amounts, store.catalog))
    total = sum(amounts.values())
    expected: dict[str, float] = {}
    for name, amount in amounts.items():
        _brute(name, amount / total, held, (), expected)
    found = {row.key or "rest": row.weight for row in answer.items}
    assert found == pytest.approx({k: w for k, w in expected.items() if abs(w) > 1e-9}, abs=1e-9)
    assert sum(answer.parts.values()) == pytest.approx(1)


@given(
    st.dictionaries(st.sampled_from(NAMES), CONTENTS),
    st.dictionaries(st.sampled_from([*NAMES, "S1", "S9"]), WEIGHTS, min_size=1),
)
def test_look_through_is_brute_force(
    drawn: dict[str, tuple[dict[str, float], dict[str, float]]], portfolio: dict[str, float]
) -> None:
    held = {
        name: {**stocks, **{one: w for one, w in inner.items() if one in drawn}}
        for name, (stocks, inner) in drawn.items()
    }
    funds = {name: _make_contents(members, held) for name, members in held.items()}
    found = look_through(
        {name: _make_contents({name: weight}, held) for name, weight in portfolio.items()}, funds
    )
    expected: dict[str, float] = {}
    for name, weight in portfolio.items():
        _brute(name, weight, held, (), expected)
    expected.pop("rest", None)
    weights = {leaf.symbol: one.weight for leaf, one in found.items()}
    assert weights == pytest.approx(expected, abs=1e-9)
    for one in found.values():
        assert one.long >= 0 >= one.short
        assert one.long + one.short == pytest.approx(one.weight, abs=1e-9)


def _make_contents(members: Mapping[str, float], held: Mapping[str, object]) -> Contents:
    return Contents(
        {Leaf(Part.STOCKS, one): weight for one, weight in members.items() if one not in held},
        {one: weight for one, weight in members.items() if one in held},
    )


def _brute(
    name: str,
    weight: float,
    held: Mapping[str, Mapping[str, float]],
    above: tuple[str, ...],
    found: dict[str, float],
) -> None:
    """Walk every path; a fund in one that it holds itself, directly or not, ends its path."""
    if name not in held or (above and _reaches(name, above[-1], held)):
        found[name] = found.get(name, 0.0) + weight
        return
    for one, share in held[name].items():
        _brute(one, weight * share, held, (*above, name), found)
    rest = 1 - sum(held[name].values())
    found["rest"] = found.get("rest", 0.0) + weight * rest


def _reaches(start: str, end: str, held: Mapping[str, Mapping[str, float]]) -> bool:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        for one in held.get(ahead.pop(), {}):
            if one not in seen:
                seen.add(one)
                ahead.append(one)
    return end in seen or start == end
