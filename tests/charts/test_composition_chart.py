"""The parts of a group as sorted bars; unknown parts and non-stocks are labelled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import altair as alt
import pytest

from charts.pictures import is_empty, read_layer, read_rows, read_words
from samples import DAY, make_fund, make_snapshot
from sound import make_sound
from stockgroups import charts
from stockgroups.charts.composition import MOST_SLICES
from stockgroups.errors import UsageError
from stockgroups.model import GroupType
from stockgroups.queries.answers import GroupAnswer, Holding
from stockgroups.queries.groups import find_group
from stockgroups.queries.moments import Moment
from stockgroups.queries.origins import Origin
from stockgroups.record.apply import apply
from stockgroups.store import Store


@pytest.fixture
def spy(store: Store) -> GroupAnswer:
    make_sound(store)
    return find_group(store, GroupType.ETF, "SPY", None, details=True)


def make_answer(*holdings: Holding) -> GroupAnswer:
    return GroupAnswer(GroupType.ETF, "XYZ", "X Fund", "", holdings, Origin(DAY, "hand"))


def read_bars(chart: alt.VConcatChart) -> list[tuple[str, Any, bool]]:
    rows = read_rows(chart)
    return [(row["label"], pytest.approx(row["value"]), row["rest"]) for row in rows]


def test_the_sectors_of_a_fund_are_bars_the_largest_first(spy: GroupAnswer) -> None:
    chart = charts.draw_composition(spy)
    assert read_bars(chart) == [
        ("Information technology", 0.5, False),
        ("Financials", 0.3, False),
        ("Energy", 0.2, False),
    ]
    assert read_rows(chart)[0]["text"] == "50.0% · 1 stock"
    bars = read_layer(chart, 0)
    assert (bars["x"]["field"], bars["y"]["field"]) == ("value", "label")
    title, facts, gaps = read_words(chart)
    assert title == "SPY by sector"
    assert "SPDR S&P 500 ETF Trust · 3 stocks" in facts
    assert f"as of {DAY}" in facts
    assert gaps == ""


@pytest.mark.parametrize(
    ("largest", "form", "step"),
    [(0.5, ".0%", 0.01), (0.009, ".1%", 0.001), (0.0009, ".2%", 0.0001)],
)
def test_the_axis_of_small_parts_has_several_ticks(largest: float, form: str, step: float) -> None:
    chart = charts.draw_slices([charts.Slice("a part", largest)], charts.Caption("parts"))
    axis = read_layer(chart, 0)["x"]["axis"]
    assert (axis["format"], axis["tickMinStep"]) == (form, pytest.approx(step))


def test_what_is_not_known_stands_last(spy: GroupAnswer) -> None:
    chart = charts.draw_composition(spy, "country")
    assert read_bars(chart) == [("country unknown", 1.0, True)]
    assert "no source has it for 3 stocks" in read_words(chart)[2]
    # A label may be there and not count: it may be too old.
    undecided = replace(spy, holdings=tuple(one._replace(sector=None) for one in spy.holdings))
    words = read_words(charts.draw_composition(undecided))[2]
    assert "sector unknown: no source's label decides it for 3 stocks" in words


def test_of_a_day_in_the_past_no_sector_is_known(store: Store) -> None:
    apply(store, [make_fund("SPY", make_snapshot({"AAPL": 0.9}))])
    answer = find_group(store, GroupType.ETF, "SPY", Moment(DAY), details=True)
    chart = charts.draw_composition(answer)
    assert read_bars(chart) == [("sector unknown", 0.9, True), ("not in stocks", 0.1, True)]
    assert "it is known only for today" in read_words(chart)[2]
    assert "(0 days before), from hand" in read_words(chart)[1]


def test_without_weights_stocks_are_counted(store: Store) -> None:
    make_sound(store)
    answer = find_group(store, GroupType.SECTOR, "energy", None, details=True)
    chart = charts.draw_composition(replace(answer, holdings=(*answer.holdings, Holding("ZZZZ"))))
    assert read_bars(chart) == [("Energy", 2, False), ("sector unknown", 1, True)]
    assert read_words(chart)[2].endswith("stocks are counted")
    assert read_layer(chart, 0)["x"]["title"] == "number of stocks"


def test_spellings_of_one_country_are_one_bar() -> None:
    chart = charts.draw_composition(
        make_answer(
            Holding("A", weight=0.3, country="United States"),
            Holding("B", weight=0.3, country="USA"),
            Holding("C", weight=0.4, country="Atlantis"),
        ),
        "country",
    )
    assert read_bars(chart) == [("United States", 0.6, False), ("Atlantis", 0.4, False)]


def test_short_positions_and_leverage_are_shown_as_they_are() -> None:
    answer = make_answer(
        Holding("A", weight=1.4, sector="energy"), Holding("B", weight=-0.2, sector="materials")
    )
    assert read_bars(charts.draw_composition(answer)) == [
        ("Energy", 1.4, False),
        ("Materials", -0.2, False),
        ("not in stocks", -0.2, True),
    ]


def test_small_parts_are_one_bar_and_nothing_is_lost() -> None:
    count = 100
    answer = make_answer(
        *(Holding(f"S{n}", weight=n / 4950, industry=f"Industry {n}") for n in range(count))
    )
    bars = read_bars(charts.draw_composition(answer, "industry"))
    assert len(bars) == MOST_SLICES
    assert bars[-1][0] == f"{count - MOST_SLICES + 1} others"
    assert sum(row["value"] for row in read_rows(charts.draw_composition(answer, "industry"))) == (
        pytest.approx(1.0)
    )


def test_labels_that_would_be_the_same_stay_two() -> None:
    long = "An industry whose name is longer than any label may ever be: "
    answer = make_answer(
        Holding("A", weight=0.5, industry=f"{long} one"),
        Holding("B", weight=0.5, industry=f"{long} two"),
    )
    labels = {label for label, *_ in read_bars(charts.draw_composition(answer, "industry"))}
    assert len(labels) == 2


def test_an_empty_group_says_so() -> None:
    chart = charts.draw_composition(make_answer())
    assert is_empty(chart)
    assert "it holds no stocks" in read_words(chart)[2]


def test_a_division_that_there_is_not_is_refused(spy: GroupAnswer) -> None:
    with pytest.raises(UsageError, match="a group cannot be divided by 'colour'"):
        charts.draw_composition(spy, "colour")
