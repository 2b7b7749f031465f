"""An expression in time: what the picture holds."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from stockgroups.analytics.panels.panel import Panel, PanelGroup, PanelStock, Run, UsedSnapshot
from stockgroups.queries.moments import Moment
from stockgroups.queries.origins import Origin

pytest.importorskip("altair")

DAYS = tuple(dt.date(2026, month, 1) for month in range(1, 7))


def draw(*runs: Run) -> dict[str, Any]:
    from stockgroups.charts import draw_panel

    origin = Origin(DAYS[0], "hand", is_proxy=False)
    group = PanelGroup("etf:ONE", "One", (UsedSnapshot(DAYS[0], DAYS[-1], origin),))
    panel = Panel("etf:ONE", DAYS, runs, (group,), ("something is not known",), Moment(DAYS[-1]))
    told: dict[str, Any] = draw_panel(panel).to_dict()
    return told


def make_run(start: int, stop: int, **weights: float | None) -> Run:
    return Run(start, stop, [PanelStock(s, s, 1, weight) for s, weight in weights.items()])


def list_rows(chart: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return [row for rows in chart["datasets"].values() for row in rows if key in row]


def test_each_of_few_stocks_has_a_line_as_dark_as_it_is_heavy() -> None:
    chart = draw(
        Run(0, 1, why="nothing is recorded"),
        make_run(1, 3, AAA=0.5, BBB=0.5),
        make_run(3, 6, AAA=0.5, CCC=0.1),
    )
    assert [(row["from"], row["to"], row["stocks"]) for row in list_rows(chart, "stocks")] == [
        ("2026-02-01", "2026-07-01", 2),
        ("2026-01-01", "2026-02-01", None),
    ]
    assert [(row["symbol"], row["from"], row["to"]) for row in list_rows(chart, "symbol")] == [
        ("AAA", "2026-02-01", "2026-07-01"),
        ("BBB", "2026-02-01", "2026-04-01"),
        ("CCC", "2026-04-01", "2026-07-01"),
    ]
    words = json.dumps(chart)
    for part in (
        "etf:ONE over time",
        "6 dates from 2026-01-01 to 2026-06-01, 3 stocks in all",
        "etf:ONE: 1 source of 2026-01-01, from hand, at most 151 days old",
        "no answer on 1 date (2026-01-01 to 2026-01-01): nothing is recorded",
        "something is not known",
    ):
        assert part in words, part
    assert "weight:Q" in words or '"field": "weight"' in words


def test_of_many_stocks_those_that_came_and_went_are_counted() -> None:
    many = {f"S{number}": None for number in range(500)}
    chart = draw(make_run(0, 3, **many), make_run(3, 6, **many | {"NEW": None, "NEWER": None}))
    assert list_rows(chart, "symbol") == []
    assert [(row["when"], row["kind"], row["count"]) for row in list_rows(chart, "kind")] == [
        ("2026-04-01", "added", 2)
    ]
    assert "no stock was added or removed" in json.dumps(draw(make_run(0, 6, **many)))
