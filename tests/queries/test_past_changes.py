"""What changed between two days, with its source."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from samples import make_fund, make_snapshot
from stockgroups.errors import NotFoundError, UsageError
from stockgroups.model import Alias, GroupKey, GroupType, Snapshot
from stockgroups.queries.changes import Period, find_group_changes, find_stock_changes
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.store import Store

D1, D2, D3 = dt.date(2022, 6, 1), dt.date(2022, 7, 1), dt.date(2022, 8, 1)
LATE = dt.date(2022, 12, 31)


def file(day: dt.date, members: dict[str, tuple[float, float]], name: str) -> Snapshot:
    """A file of weights and shares."""
    snapshot = make_snapshot({s: w for s, (w, _) in members.items()}, day, file_name=name)
    return replace(snapshot, shares=tuple(shares for _, shares in members.values()))


@pytest.fixture
def changed(store: Store) -> Store:
    """Two funds: one stock is renamed, one splits ten to one, one is sold; the funds grow."""
    rest = {f"S{n}": (0.05, 100.0) for n in range(8)}
    grown = {s: (w, shares * 1.5) for s, (w, shares) in rest.items()}
    before = rest | {"FB": (0.2, 100.0), "GOOG": (0.2, 50.0), "OLD": (0.2, 10.0)}
    after = grown | {"META": (0.2, 150.0), "GOOG": (0.2, 750.0), "NEW": (0.2, 10.0)}
    apply(
        store,
        [
            make_fund("SPY", file(D1, before, "a.csv"), file(D2, after, "b.csv")),
            make_fund("IVV", file(D1, before, "c.csv"), file(D2, after, "d.csv")),
        ],
        aliases=[Alias("FB", dt.date(2022, 6, 9), "META", "test")],
    )
    later = after | {"GOOG": (0.21, 750.0)}
    apply(store, [make_fund("SPY", file(D3, later, "e.csv"))])
    return store


def test_a_step_tells_who_came_went_and_moved(changed: Store) -> None:
    answer = find_group_changes(changed, "spy", Period(D1, D2))
    (step,) = answer.to_dict()["steps"]
    assert (step["when"], step["file"]) == ("(after 2022-06-01, by 2022-07-01]", "b.csv")
    assert step["scale"] == 1.5
    assert [c["symbol"] for c in step["added"]] == ["NEW"]
    assert [c["symbol"] for c in step["removed"]] == ["OLD"]
    assert [(c["former_symbol"], c["symbol"]) for c in step["renamed"]] == [("FB", "META")]
    assert [(c["symbol"], c["factor"]) for c in step["split"]] == [("GOOG", 10.0)]
    assert (step["resized"], step["reweighted"]) == ([], [])


def test_without_a_beginning_the_last_step_is_told(changed: Store) -> None:
    answer = find_group_changes(changed, "SPY", Period(None, LATE))
    (step,) = answer.steps
    assert (step.before.as_of, step.after.as_of) == (D2, D3)
    assert [(c.kind.value, c.security) for c in step.changes] == [
        ("reweighted", step.changes[0].security)
    ]
    coarse = find_group_changes(changed, "SPY", Period(None, LATE, 0.02))
    assert coarse.steps[0].changes == []


def test_steps_and_what_they_come_to(changed: Store) -> None:
    answer = find_group_changes(changed, "SPY", Period(D1, LATE))
    assert [step.after.as_of for step in answer.steps] == [D2, D3]
    assert answer.total is not None
    kinds = [change.kind.value for change in answer.total.changes]
    assert kinds == ["added", "removed", "renamed", "split"]
    with pytest.raises(NotFoundError, match="its record begins on 2022-06-01"):
        find_group_changes(changed, "SPY", Period(None, dt.date(2020, 1, 1)))


def test_a_stock_in_all_groups(changed: Store) -> None:
    answer = find_stock_changes(changed, "FB", Period(D1, LATE))
    told = [
        (g.key, s.when, [c.kind.value for c in s.changes]) for g in answer.groups for s in g.steps
    ]
    when = "(after 2022-06-01, by 2022-07-01]"
    assert told == [("IVV", when, ["renamed"]), ("SPY", when, ["renamed"])]
    split = find_stock_changes(changed, "GOOG", Period(D1, LATE))
    assert [[c.kind.value for s in g.steps for c in s.changes] for g in split.groups] == [
        ["split"],
        ["split", "reweighted"],
    ]


def test_a_name_of_several_groups_wants_its_type(changed: Store) -> None:
    for kind in (GroupType.THEME, GroupType.UNIVERSE):
        key = GroupKey("TEST", kind, "gold")
        apply(changed, [DesiredGroup(key, snapshots=(make_snapshot({"GLD": None}, D1),))])
    with pytest.raises(UsageError, match="THEME, UNIVERSE"):
        find_group_changes(changed, "gold", Period(None, LATE))
    assert find_group_changes(changed, "gold", Period(None, LATE), GroupType.THEME)
