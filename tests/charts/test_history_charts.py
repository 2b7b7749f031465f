"""The past of a stock and of a group as pictures."""

from __future__ import annotations

import datetime as dt

import pytest
import vl_convert

from charts.pictures import is_empty, read_layer, read_rows, read_words
from samples import DAY, make_fund, make_snapshot
from stockgroups import charts
from stockgroups.charts.changes import MOST_CHANGES
from stockgroups.charts.timeline import MOST_GROUPS
from stockgroups.model import GroupKey, GroupType
from stockgroups.queries.changes import Period, find_group_changes
from stockgroups.queries.timelines import MembershipInterval, StockTimeline, find_timeline
from stockgroups.ranges import SymbolInterval
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.store import Store
from stockgroups.times import today_utc

LATER, LAST = DAY + dt.timedelta(days=30), DAY + dt.timedelta(days=60)
EVER = Period(dt.date(2000, 1, 1), LAST, 0.0005)


def make_theme(*members: dict[str, float | None]) -> DesiredGroup:
    days = (DAY, LATER, LAST)
    snapshots = tuple(make_snapshot(one, day) for one, day in zip(members, days, strict=False))
    return DesiredGroup(GroupKey("TEST", GroupType.THEME, "metals"), "Metals", snapshots=snapshots)


def test_each_interval_is_a_bar_and_what_lasts_ends_today(store: Store) -> None:
    apply(
        store,
        [
            make_fund(
                "AA",
                make_snapshot({"XOM": 0.5, "CVX": 0.5}),
                make_snapshot({"CVX": 1.0}, LATER),
                make_snapshot({"XOM": 0.5, "CVX": 0.5}, LAST),
            ),
            make_theme({"XOM": None}),
        ],
    )
    chart = charts.draw_timeline(find_timeline(store, "XOM", None))
    found = [(row["group"], row["from"], row["to"], row["lasts"]) for row in read_rows(chart)]
    now = str(today_utc())
    assert found == [
        ("AA", str(DAY), str(LATER), False),
        ("AA", str(LAST), now, True),
        ("theme:metals", str(DAY), now, True),
    ]
    bars = read_layer(chart, 0)
    assert bars["x"]["scale"]["type"] == "utc"
    assert bars["y"]["sort"] == ["AA", "theme:metals"]
    assert bars["color"]["scale"]["domain"] == ["ETF", "THEME"]
    title, facts, _ = read_words(chart)
    assert title == "When XOM was in which groups"
    assert "XOM CORP · in 2 groups from the first source" in facts
    assert f"today is {now}" in facts


def make_timeline(*intervals: MembershipInterval) -> StockTimeline:
    days = [dt.date.min, dt.date(2022, 6, 9), dt.date(2022, 7, 1), dt.date.max]
    names = [
        SymbolInterval(*one) for one in zip(("FB", "FBX", "META"), days, days[1:], strict=False)
    ]
    return StockTimeline("META", "Meta", names, list(intervals))


def test_renames_are_marks_whose_words_do_not_touch() -> None:
    chart = charts.draw_timeline(
        make_timeline(MembershipInterval("ETF", "AA", dt.date(2021, 1, 1), dt.date.max))
    )
    marks = read_rows(chart, "symbol")
    assert [row["symbol"] for row in marks] == ["FBX from 2022-06-09", "META from 2022-07-01"]
    assert marks[0]["above"] != marks[1]["above"]
    assert "names: FB until 2022-06-09" in read_words(chart)[1]


def test_a_timeline_is_what_vega_expects(capfd: pytest.CaptureFixture[str]) -> None:
    """A day in it is one day in every time zone, and its two ends are those of the axis."""
    chart = charts.draw_timeline(
        make_timeline(MembershipInterval("ETF", "AA", dt.date(2021, 1, 1), dt.date(2021, 1, 9)))
    )
    vl_convert.vegalite_to_svg(chart.to_dict(), show_warnings=True)
    assert capfd.readouterr().err == ""
    scale = read_layer(chart, 0)["x"]["scale"]
    ends = [
        dt.datetime.fromtimestamp(scale[end] / 1000, dt.UTC) for end in ("domainMin", "domainMax")
    ]
    assert [end.date() for end in ends] == [dt.date(2021, 1, 1), today_utc()]


def test_a_rename_before_the_picture_begins_is_told_in_words_alone() -> None:
    chart = charts.draw_timeline(
        make_timeline(MembershipInterval("ETF", "AA", dt.date(2024, 1, 1), dt.date.max))
    )
    assert len(read_rows(chart)) == 1
    assert "META since 2022-07-01" in read_words(chart)[1]


def test_of_many_groups_those_are_shown_that_held_it_longest() -> None:
    start = dt.date(2020, 1, 1)
    intervals = [
        MembershipInterval("ETF", f"F{n}", start, start + dt.timedelta(days=n + 1))
        for n in range(MOST_GROUPS + 5)
    ]
    chart = charts.draw_timeline(make_timeline(*intervals))
    assert {row["group"] for row in read_rows(chart, "group")} == {
        f"F{n}" for n in range(5, MOST_GROUPS + 5)
    }
    assert "left out: 5 groups" in read_words(chart)[2]
    assert read_layer(chart, 0)["color"]["legend"] is None, "one type needs no legend"


def test_a_stock_that_was_nowhere_is_an_empty_picture() -> None:
    chart = charts.draw_timeline(make_timeline())
    assert read_words(chart)[2] == "no group has ever held it"
    assert is_empty(chart)


def test_changes_of_weights_are_bars_to_both_sides(store: Store) -> None:
    before = {"OLD": 0.3, "UP": 0.2, "DOWN": 0.4, "SAME": 0.1}
    after = {"NEW": 0.25, "UP": 0.35, "DOWN": 0.3, "SAME": 0.1}
    apply(store, [make_fund("AA", make_snapshot(before), make_snapshot(after, LATER))])
    chart = charts.draw_changes(find_group_changes(store, "AA", EVER))
    assert [(row["symbol"], row["kind"], row["text"]) for row in read_rows(chart)] == [
        ("NEW", "added", "+25.00%"),
        ("UP", "weight up", "+15.00%"),
        ("DOWN", "weight down", "−10.00%"),
        ("OLD", "removed", "−30.00%"),
    ]
    bars = read_layer(chart, 0)
    assert bars["x"]["field"] == "move"
    assert bars["color"]["scale"]["domain"] == ["added", "weight up", "weight down", "removed"]
    title, facts, gaps = read_words(chart)
    assert title == "What changed in AA"
    assert f"from {DAY} to {LATER}, 1 step, from hand" in facts
    assert "in all: 1 added, 1 removed, 2 changed in size" in facts
    assert gaps == ""


def test_of_many_changes_those_that_came_and_went_keep_their_place(store: Store) -> None:
    """They move less than the stocks that stay, and are what a reader looks for."""
    stay = {f"S{n}": 0.008 for n in range(60)}
    moved = {symbol: 0.006 if n % 2 else 0.010 for n, symbol in enumerate(stay)}
    gone = {f"G{n}": 0.001 for n in range(30)}
    apply(store, [make_fund("AA", make_snapshot(stay | gone), make_snapshot(moved, LATER))])
    chart = charts.draw_changes(find_group_changes(store, "AA", EVER))
    kinds = [row["kind"] for row in read_rows(chart)]
    assert len(kinds) == MOST_CHANGES
    assert kinds.count("removed") == MOST_CHANGES // 2
    assert "and 50 smaller changes: 40 changed, 10 removed" in read_words(chart)[2]


def test_without_weights_it_is_counted_who_came_and_went(store: Store) -> None:
    apply(store, [make_theme(*(dict.fromkeys(s) for s in (("A", "B"), ("B", "C", "D"), ("B",))))])
    chart = charts.draw_changes(find_group_changes(store, "metals", EVER))
    assert read_rows(chart) == [
        {"when": str(LATER), "kind": "added", "count": 2},
        {"when": str(LATER), "kind": "removed", "count": -1},
        {"when": str(LAST), "kind": "removed", "count": -2},
    ]
    assert "in all: 0 added, 1 removed removed: A" in read_words(chart)[1]


@pytest.mark.parametrize("known", [True, False])
def test_no_change_is_an_empty_picture(store: Store, known: bool) -> None:
    """Either nothing is recorded since, or the next file says the same."""
    snapshots = [make_snapshot({"A": 1.0})]
    if known:
        snapshots.append(make_snapshot({"A": 1.0}, LATER))
    apply(store, [make_fund("AA", *snapshots)])
    chart = charts.draw_changes(find_group_changes(store, "AA", EVER))
    assert is_empty(chart)
    assert read_words(chart)[2] == ("nothing changed" if known else "nothing recorded since")
