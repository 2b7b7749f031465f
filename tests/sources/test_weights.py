"""Weights: the unit of a file, and what is taken as the whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.builders import (
    ishares_csv,
    ishares_row,
    ishares_rows,
    read,
    receipt_of,
    ssga_row,
    ssga_xlsx,
    weights_of,
)
from stockgroups.errors import GuardError, TruncatedFileError
from stockgroups.sources.weights import Weights, weigh

LETTERS = [f"{a}{b}" for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJ"]


def _weigh(
    printed: list[float | None] | None,
    values: list[float | None] | None = None,
    *,
    percent: bool = False,
    typed: bool = False,
    accept: tuple[str, ...] = (),
) -> Weights:
    return weigh(printed, values, percent=percent, typed=typed, accept=accept, where="file")


@pytest.mark.parametrize(
    ("printed", "percent", "unit"),
    [
        ([60.0, 39.9641, 0.0359], False, "percent"),
        ([60.0, 39.9641, 0.0359], True, "percent"),
        ([0.6, 0.4], False, "fraction"),
        ([0.01] * 99, True, "fraction"),  # a sign that the sum contradicts
        ([94.04], False, "percent"),
        ([102.6, 0.12, -2.72], False, "percent"),
    ],
)
def test_the_unit_is_the_sums(printed: list[float | None], percent: bool, unit: str) -> None:
    weights = _weigh(printed, percent=percent)
    assert weights.unit == unit
    assert weights.basis == "printed"
    scale = 100 if unit == "percent" else 1
    assert weights.values is not None
    assert list(weights.values) == pytest.approx([(weight or 0) / scale for weight in printed])


def test_a_small_weight_in_a_file_of_percents_is_small() -> None:
    weights = _weigh([99.9641, 0.0359])
    assert weights.values == (0.999641, 0.000359)


@pytest.mark.parametrize("printed", [[10.0], [89.0], [111.0, 0.5], [0.5, 0.2], [0.0], [1.04]])
def test_a_sum_that_is_not_the_whole_is_refused_with_its_figures(
    printed: list[float | None],
) -> None:
    with pytest.raises(TruncatedFileError, match=r"sum to .* --accept weights"):
        _weigh(printed, percent=True)
    assert _weigh(printed, percent=True, accept=("weights",)).values is not None


def test_a_file_of_exact_weights_that_may_be_cut_is_told() -> None:
    printed: list[float | None] = [50.123456, 47.0]
    (note,) = _weigh(printed, percent=True).notes
    assert note.startswith("the printed weights sum to 97.12%")
    assert _weigh([50.123456, 49.5], percent=True).notes == ()
    assert _weigh([50.12, 47.0], percent=True).notes == ()  # rounding may have taken that


def test_a_persons_list_that_sums_to_nothing_known_asks_back() -> None:
    with pytest.raises(GuardError, match=r"sum to 3\.5, neither near 1 nor near 100"):
        _weigh([1.5, 2.0], typed=True)
    assert _weigh([1.5, 2.0], typed=True, accept=("weights",)).values == (0.015, 0.02)


def test_market_values_give_what_rounding_took() -> None:
    snapshot = read(ishares_csv(ishares_rows({"BIG": 999_990.0, "TINY": 10.0})))
    assert weights_of(snapshot) == {"BIG": 0.99999, "TINY": 0.00001}
    assert snapshot.net_assets == 1_000_000
    assert receipt_of(snapshot).basis == "market value"
    assert receipt_of(snapshot).printed_weight == 1.0


def test_cash_and_negative_lines_are_part_of_the_whole() -> None:
    snapshot = read(
        ishares_csv(
            [
                ishares_row("EWU", "UNITED KINGDOM ETF", 102_600, 102.6, exchange="NYSE Arca"),
                ishares_row("USD", "USD CASH", 100, 0.1, asset_class="Cash", exchange="-"),
                ishares_row("GBP", "GBP/USD", -2_700, -2.7, asset_class="Forwards", exchange="-"),
            ]
        )
    )
    assert weights_of(snapshot) == {"EWU": 1.026}
    assert sum(receipt_of(snapshot).weights.values()) == pytest.approx(1)  # type: ignore[union-attr]


def test_rows_that_are_missing_do_not_make_the_others_heavier() -> None:
    rows = [ishares_row(t, f"{t} CORP", 1e6, 0.99) for t in LETTERS]  # 1 % of cash is not there
    snapshot = read(ishares_csv(rows))
    assert weights_of(snapshot)["AA"] == pytest.approx(0.0099)
    assert snapshot.net_assets == pytest.approx(1e8 / 0.99)
    assert "99.00%" in receipt_of(snapshot).notes[0]


def test_weights_that_do_not_follow_from_the_values_are_taken_as_printed() -> None:
    rows = [
        ishares_row("AA", "AA CORP", 1e6, 70.0),
        ishares_row("BB", "BB CORP", 2e6, 20.0),
        ishares_row("CC", "CC CORP", 3e6, 10.0),
    ]
    rows[0]["Market Value"] = "-"
    snapshot = read(ishares_csv(rows))
    assert weights_of(snapshot) == {"AA": 0.7, "BB": 0.2, "CC": 0.1}
    assert receipt_of(snapshot).basis == "printed"
    assert receipt_of(snapshot).notes


def test_an_excerpt_that_is_accepted_keeps_the_funds_scale() -> None:
    rows = [ishares_row(t, t, 1e6, 1.0) for t in LETTERS[:9]]
    assert weights_of(read(ishares_csv(rows), accept={"weights"}))["AA"] == pytest.approx(0.01)
    with pytest.raises(TruncatedFileError, match="9 rows sum to 9 instead of 100"):
        read(ishares_csv(rows))


def test_without_market_values_there_are_no_net_assets() -> None:
    snapshot = read(ssga_xlsx([ssga_row("AA", "AA CORP", 60.5), ssga_row("BB", "BB CORP", 39.5)]))
    assert weights_of(snapshot) == {"AA": 0.605, "BB": 0.395}
    assert snapshot.net_assets is None
    assert receipt_of(snapshot).basis == "printed"


def test_market_values_that_sum_to_nothing_say_nothing() -> None:
    assert _weigh([0.6, 0.4], [-5.0, 5.0]).values == (0.6, 0.4)
    assert _weigh(None, [-5.0, 5.0]) == Weights(None, None, None, "none", None, ())


def test_no_weights_at_all() -> None:
    assert _weigh(None) == Weights(None, None, None, "none", None, ())
    assert _weigh([None, None]) == Weights(None, None, None, "none", None, ())


@given(st.lists(st.floats(0.01, 1e9), min_size=1, max_size=60), st.booleans())
def test_weights_of_market_values_sum_to_one(values: list[float], printed: bool) -> None:
    total = sum(values)
    fractions: list[float | None] | None = [v / total for v in values] if printed else None
    weights = _weigh(fractions, list(values))
    assert weights.values is not None
    assert sum(w or 0 for w in weights.values) == pytest.approx(1)
    assert all(w == float(f"{w:.12g}") for w in weights.values)
