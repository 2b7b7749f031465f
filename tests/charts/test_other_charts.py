"""What a portfolio holds, and how many stocks have a sector."""

from __future__ import annotations

from collections import Counter

import pytest

from charts.pictures import is_empty, read_rows, read_words
from samples import DAY, make_fund, make_snapshot
from sound import make_sound
from stockgroups import charts
from stockgroups.analytics.portfolios.exposure import find_exposure
from stockgroups.charts.coverage import MOST_FUNDS
from stockgroups.jobs.measure import FundCoverage, MeasureReport, measure_sectors
from stockgroups.readers.lists.portfolios import read_amounts
from stockgroups.record.apply import apply
from stockgroups.sectors.answer import Confidence
from stockgroups.store import Store


def test_what_a_portfolio_holds_is_bars_that_sum_to_the_whole(store: Store) -> None:
    make_sound(store)
    portfolio = read_amounts({"SPY": 50, "XLE": 40, "CASH_USD": 10}, store.catalog)
    chart = charts.draw_exposure(find_exposure(store, portfolio, "stock"))
    rows = read_rows(chart)
    assert sum(row["value"] for row in rows) == pytest.approx(1.0)
    assert [(row["label"].split(" · ")[0], row["text"], row["rest"]) for row in rows][:2] == [
        ("XOM", "34.0%", False),
        ("AAPL", "25.0%", False),
    ]
    assert (rows[-1]["label"], rows[-1]["text"], rows[-1]["rest"]) == ("cash", "10.0%", True)
    title, facts, _ = read_words(chart)
    assert title == "What the portfolio holds, by stock"
    assert "SPY 50.0%, XLE 40.0%, cash 10.0%" in facts
    assert f"XLE as of {DAY}" in facts
    sectors = read_rows(charts.draw_exposure(find_exposure(store, portfolio, "sector")))
    assert ("Energy", "50.0% · 2 stocks") in {(row["label"], row["text"]) for row in sectors}


def test_the_coverage_of_each_fund_is_a_stacked_bar(store: Store) -> None:
    make_sound(store)
    apply(store, [make_fund("AAA", make_snapshot({"XOM": 0.5, "ZZZZ": 0.5}))])
    chart = charts.draw_coverage(measure_sectors(store))
    bars, sums = read_rows(chart, "level"), read_rows(chart, "whole")
    found = {(row["fund"], row["level"]): row["stocks"] for row in bars}
    assert found["AAA", "no sector"] == 1
    assert next(row["fund"] for row in sums) == "AAA", "the least covered stands first"
    assert {row["fund"]: row["text"] for row in sums}["SPY"] == "100.0% of 3 stocks"
    assert sum(row["share"] for row in bars if row["fund"] == "SPY") == pytest.approx(1.0)
    assert "now: 4 of 5 stocks of the ETFs, 80.0%" in read_words(chart)[1]


def make_report(*funds: FundCoverage) -> MeasureReport:
    return MeasureReport(10, {"none": 10}, list(funds), [], {}, None, [], on=DAY)


def make_coverage(name: str, stocks: int, known: int) -> FundCoverage:
    counts = Counter({Confidence.HIGH: known, Confidence.NONE: stocks - known})
    return FundCoverage(name, stocks, known, None, counts)


def test_of_many_funds_those_are_shown_of_which_least_is_known() -> None:
    funds = [make_coverage(f"F{n:03}", 100, n) for n in range(MOST_FUNDS + 9)]
    chart = charts.draw_coverage(make_report(*funds, make_coverage("ABROAD", 0, 0)))
    shown = {row["fund"] for row in read_rows(chart, "whole")}
    assert shown == {f"F{n:03}" for n in range(MOST_FUNDS)}
    _, facts, gaps = read_words(chart)
    assert f"by labels reported by {DAY}" in facts
    assert "left out: 9 funds" in gaps
    assert "listed in the US: ABROAD" in gaps


def test_no_fund_with_a_stock_of_the_us_is_an_empty_picture() -> None:
    chart = charts.draw_coverage(make_report(make_coverage("ABROAD", 0, 0)))
    assert is_empty(chart)
