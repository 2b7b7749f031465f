"""The heat map shows the answer's overlap, and names what it omits."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from typing import Any

import altair as alt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from charts.pictures import is_empty, read_layer, read_rows, read_words
from samples import DAY, make_fund, make_snapshot
from stockgroups import charts
from stockgroups.analytics.portfolios.nearest import find_nearest_funds
from stockgroups.analytics.portfolios.overlap import find_overlap
from stockgroups.analytics.portfolios.overlap_matrix import OverlapMatrix, find_overlap_matrix
from stockgroups.charts.ordering import order_alike
from stockgroups.charts.overlap import MOST_GROUPS
from stockgroups.model import GroupKey, GroupType
from stockgroups.queries.origins import Origin
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.store import Store


@pytest.fixture
def filled(store: Store) -> Store:
    """Three funds, two of them alike, and two themes, which have no weights."""
    later = DAY + dt.timedelta(days=9)
    themes = [
        DesiredGroup(
            GroupKey("TEST", GroupType.THEME, name),
            name,
            snapshots=(make_snapshot(dict.fromkeys(symbols), file_name=name),),
        )
        for name, symbols in {"phones": ("AAPL", "TSLA"), "apples": ("AAPL",)}.items()
    ]
    funds = [
        make_fund("AA", make_snapshot({"AAPL": 0.5, "MSFT": 0.5})),
        make_fund("OIL", make_snapshot({"XOM": 0.9, "MSFT": 0.1})),
        make_fund("BB", make_snapshot({"AAPL": 0.6, "MSFT": 0.4}, later)),
    ]
    apply(store, [*funds, *themes])
    return store


def read_cells(chart: alt.VConcatChart) -> dict[tuple[str, str], Any]:
    rows = read_rows(chart, "part")
    return {(row["a"], row["b"]): (row["part"], row["names"], row["text"]) for row in rows}


def test_each_cell_is_the_overlap_of_two_groups(filled: Store) -> None:
    chart = charts.draw_overlap(find_overlap(filled, ["AA", "OIL", "BB"]))
    cells = read_cells(chart)
    assert len(cells) == 9
    assert cells["AA", "BB"] == cells["BB", "AA"] == (pytest.approx(0.9), 2, "90.0%")
    assert cells["OIL", "AA"] == (pytest.approx(0.1), 1, "10.0%")
    assert cells["OIL", "OIL"] == (None, 2, "")
    shading = read_layer(chart, 1)
    assert shading["color"]["field"] == "part"
    assert shading["color"]["scale"]["domain"] == [0, 1]
    assert shading["color"]["legend"] is None, "the cells tell the figures"


def test_the_stocks_that_make_the_overlap_stand_below(filled: Store) -> None:
    chart = charts.draw_overlap(find_overlap(filled, ["AA", "BB"]))
    found = [(row["label"], row["text"]) for row in read_rows(chart, "label")]
    assert found == [("AAPL · AAPL CORP", "50.0%"), ("MSFT · MSFT CORP", "40.0%")]
    bars = chart.to_dict()["vconcat"][1]["layer"][0]["encoding"]
    assert bars["x"]["title"] == "what both have in common, stock by stock"
    assert len(charts.draw_overlap(find_overlap_matrix(filled)).to_dict()["vconcat"]) == 1


def test_groups_that_are_alike_stand_side_by_side(filled: Store) -> None:
    chart = charts.draw_overlap(find_overlap(filled, ["AA", "OIL", "BB"]))
    order = read_layer(chart, 0)["y"]["sort"]
    assert order == read_layer(chart, 0)["x"]["sort"]
    assert abs(order.index("AA") - order.index("BB")) == 1


def test_the_words_tell_dates_sources_and_what_is_not_covered(filled: Store) -> None:
    title, facts, gaps = read_words(charts.draw_overlap(find_overlap(filled, ["AA", "BB"])))
    assert title == "What AA and BB share"
    assert f"AA as of {DAY} (" in facts
    assert "days old), from hand" in facts
    assert "9 days apart" in gaps


def test_without_weights_shared_names_are_shown(filled: Store) -> None:
    mixed = charts.draw_overlap(find_overlap(filled, ["AA", "BB", "theme:phones"]))
    assert read_cells(mixed)["AA", "theme:phones"] == (None, 1, "1")
    assert "grey: the number of shared names" in read_words(mixed)[2]
    names = charts.draw_overlap(find_overlap(filled, ["theme:apples", "theme:phones"]))
    assert read_cells(names)["theme:apples", "theme:phones"] == (1.0, 1, "100.0%")
    assert "shared names as a share" in read_words(names)[1]


def test_the_matrix_of_all_funds_is_drawn_alike(filled: Store) -> None:
    chart = charts.draw_overlap(find_overlap_matrix(filled))
    assert read_cells(chart)["AA", "BB"] == (pytest.approx(0.9), 2, "90.0%")


def make_matrix(count: int) -> OverlapMatrix:
    """Funds of which each shares more with others than the one before."""
    parts = [[min(i, j) / count for j in range(count)] for i in range(count)]
    shared = [[min(i, j) for j in range(count)] for i in range(count)]
    labels = tuple(f"F{n}" for n in range(count))
    return OverlapMatrix(labels, (Origin(DAY, "hand"),) * count, parts, shared)


def test_many_funds_have_no_figures_but_a_legend_and_the_rest_is_told() -> None:
    chart = charts.draw_overlap(make_matrix(MOST_GROUPS + 7))
    rows = read_rows(chart)
    assert len(rows) == MOST_GROUPS**2
    assert {"F6", "F7"} & {row["a"] for row in rows} == {"F7"}
    assert len(chart.to_dict()["vconcat"][0]["layer"]) == 2, "no layer of figures"
    assert read_layer(chart, 1)["color"]["legend"]["title"] == "overlap"
    assert "left out: 7 groups" in read_words(chart)[2]


def test_nothing_to_compare_is_an_empty_picture() -> None:
    assert is_empty(charts.draw_overlap(make_matrix(0)))
    assert len(read_rows(charts.draw_overlap(make_matrix(1)))) == 1


def test_the_nearest_funds_are_bars(filled: Store) -> None:
    chart = charts.draw_nearest(find_nearest_funds(filled, "AA"))
    rows = read_rows(chart)
    assert [row["label"].split(" ")[0] for row in rows] == ["BB", "OIL"]
    assert rows[0]["text"] == "90.0% · 2 stocks"


@given(st.integers(), st.lists(st.integers(1, 6), min_size=1, max_size=5))
def test_families_stay_together(seed: int, sizes: list[int]) -> None:
    """Whatever the order in which they come: members of a family share more than any others do."""
    chance = random.Random(seed)
    family = [number for number, size in enumerate(sizes) for _ in range(size)]
    chance.shuffle(family)
    alike = [[0.0] * len(family) for _ in family]
    for i, mine in enumerate(family):
        for j in range(i):
            near = chance.uniform(0.5, 1.0) if mine == family[j] else chance.uniform(0.0, 0.4)
            alike[i][j] = alike[j][i] = near
    order = order_alike(alike)
    assert sorted(order) == list(range(len(family)))
    found = [family[at] for at in order]
    changes = sum(a != b for a, b in itertools.pairwise(found))
    assert changes == len(sizes) - 1


@given(st.lists(st.integers(-100, 100), min_size=1, max_size=12, unique=True))
def test_what_lies_on_a_line_is_put_in_line(places: list[int]) -> None:
    alike = [[-float(abs(one - other)) for other in places] for one in places]
    found = [places[at] for at in order_alike(alike)]
    assert found in (sorted(places), sorted(places, reverse=True))
