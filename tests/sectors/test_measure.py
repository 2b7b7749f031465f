"""Each source left out and predicted from the rest, and lists held against each other."""

from __future__ import annotations

import datetime as dt

from stockgroups.catalog import load_catalog
from stockgroups.sectors import Kind, Vote, compare, leave_one_out

TAXONOMY = load_catalog().taxonomy
DAY = dt.date(2026, 7, 1)


def vote(source: str, label: str, kind: Kind = Kind.ISSUER) -> Vote:
    return Vote(source, kind, DAY, label)


def test_each_source_is_predicted_from_the_others() -> None:
    alike = [
        (["XOM", "CVX"], [vote("A", "Energy"), vote("B", "Energy")]),
        (["NEM"], [vote("A", "Materials"), vote("B", "Energy"), vote("C", "Gold")]),
        (["ALONE"], [vote("A", "Utilities")]),
    ]
    measures = {measure.name: measure for measure in leave_one_out(alike, TAXONOMY)}
    assert list(measures) == ["A", "B", "C"]
    first = measures["A"]
    assert (first.stocks, first.predicted, first.agreed) == (4, 3, 2)
    assert (first.coverage, round(first.agreement, 3)) == (0.75, 0.667)
    assert first.unpredicted == ["ALONE"]
    # of a tie between B and C, "energy" comes first by its key
    assert first.disputes == {"NEM": ("materials", "energy")}
    assert measures["B"].disputes == {"NEM": ("energy", "materials")}
    assert measures["B"].confusion == {("energy", "materials"): 1}
    assert measures["C"].stocks == 1


def test_the_screener_is_measured_too_and_what_counts_for_nobody_is_not() -> None:
    alike = [
        (["X"], [vote("A", "Other"), vote("S", "Energy", Kind.SCREENER)]),
        (["Y"], [vote("A", "Energy"), vote("S", "Finance", Kind.SCREENER)]),
    ]
    measures = {measure.name: measure for measure in leave_one_out(alike, TAXONOMY)}
    assert (measures["S"].stocks, measures["S"].predicted, measures["S"].agreed) == (2, 1, 0)
    assert (measures["A"].stocks, measures["A"].predicted) == (1, 1)


def test_a_list_is_held_against_what_was_found() -> None:
    said = {"XOM": "energy", "NEM": "materials", "GONE": "utilities"}
    measure = compare("list.csv", said, {"XOM": "energy", "NEM": "energy", "MORE": "energy"})
    assert (measure.stocks, measure.predicted, measure.agreed) == (3, 2, 1)
    assert measure.to_dict()["disputes"] == {"NEM": {"said": "materials", "predicted": "energy"}}
    assert measure.unpredicted == ["GONE"]


def test_nothing_at_all_has_no_coverage() -> None:
    measure = compare("empty.csv", {}, {})
    assert (measure.coverage, measure.agreement) == (0.0, 0.0)
    assert leave_one_out([], TAXONOMY) == []
