"""Weights: the unit of a file, and what is taken as the whole."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers.builders import (
    ishares_csv,
    ishares_row,
    ishares_rows,
    read,
    receipt_of,
    ssga_row,
    ssga_xlsx,
    weights_of,
)
from stockgroups.errors import GuardError
from stockgroups.readers.format import Field, FileColumns
from stockgroups.readers.holdings.weights import Weights, weigh
from stockgroups.suspicions import Guard

LETTERS = [f"{a}{b}" for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJ"]


def _weigh(
    printed: list[float | None] | None,
    values: list[float | None] | None = None,
    *,
    percent: bool = False,
    typed: bool = False,
) -> Weights:
    told = {Field.WEIGHT: printed, Field.MARKET_VALUE: values}
    numbers = {field: cells for field, cells in told.items() if cells is not None}
    lines = range(1, 1 + len(printed or values or ()))
    return weigh(FileColumns(lines, {}, percent=percent, typed=typed, numbers=numbers))


def _doubts(
    printed: Sequence[float | None], values: Sequence[float | None] = (), *, percent: bool = True
) -> list[str]:
    weights = _weigh(list(printed), list(values) or None, percent=percent)
    return [doubt.message for doubt in weights.suspicions]


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
    (doubt,) = _weigh(printed, percent=True).suspicions
    assert doubt.guard is Guard.WEIGHTS
    assert f"sum to {sum(filter(None, printed)):g}" in doubt.message
    assert _weigh(printed, percent=True).values is not None


def test_a_sum_that_rounding_cannot_explain_is_suspicious() -> None:
    assert _doubts([50.123456, 49.0]) == ["rows are missing: the printed weights sum to 99.12%"]
    assert _doubts([50.123456, 49.6]) == []
    eighteen: list[float | None] = [5.0 + n / 100 for n in range(18)]
    assert _doubts(eighteen) == ["rows are missing: the printed weights sum to 91.53%"]
    assert _doubts([*eighteen, 8.2]) == []
    assert _doubts([*eighteen, 8.2, 2.0])[0].startswith("rows are doubled or too heavy")


def test_what_rounding_can_explain_is_not_suspicious() -> None:
    assert _doubts([0.2] * 480) == []  # each of them may be 0.208
    assert _doubts([97.0] + [0.0] * 700) == []  # each of them may be 0.004


def test_weights_are_per_cents_or_fractions_and_not_a_file_that_was_cut() -> None:
    assert _doubts([0.6, 0.4], percent=False) == []
    assert "fractions where percentages" in _doubts([0.6, 0.4])[0]


VALUES: list[float | None] = [40e6, 30e6, 20e6, 10e6]
PRINTED: list[float | None] = [40.0, 30.0, 20.0, 10.0]


@pytest.mark.parametrize("factor", [10.0, 100.0, 0.01, -1.0])
@pytest.mark.parametrize("row", range(4))
def test_a_row_whose_weight_and_value_contradict_each_other(row: int, factor: float) -> None:
    assert _doubts(PRINTED, VALUES) == []
    wrong = list(VALUES)
    wrong[row] = factor * (VALUES[row] or 0)
    weights = _weigh(PRINTED, wrong, percent=True)
    assert f"line {row + 1} has the weight" in weights.suspicions[0].message
    assert weights.values == (0.4, 0.3, 0.2, 0.1)
    wrong = list(PRINTED)
    wrong[row] = factor * (PRINTED[row] or 0)
    weights = _weigh(wrong, VALUES, percent=True)
    assert weights.suspicions
    assert weights.values == (0.4, 0.3, 0.2, 0.1)


def test_market_values_that_are_more_than_the_fund() -> None:
    assert "101.00%" in _doubts([99.01, 0.99, None], [99.01, 0.99, 1.0])[0]


def test_a_persons_list_that_sums_to_nothing_known_asks_back() -> None:
    weights = _weigh([1.5, 2.0], typed=True)
    (doubt,) = weights.suspicions
    assert "sum to 3.5, neither near 1 nor near 100" in doubt.message
    assert weights.values == (0.015, 0.02)


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


def _with_beside(*beside: tuple[str, float, float | None, str], share: float = 1.0) -> bytes:
    """Ten stocks of a tenth of a share of the fund, and other lines: name, weight, value, class."""
    rows = [ishares_row(t, f"{t} CORP", 1e6 * share, 10 * share) for t in LETTERS[:10]]
    for name, weight, value, kind in beside:
        rows.append(ishares_row("-", name, value or 0.0, weight, asset_class=kind, exchange="-"))
        if value is None:
            rows[-1]["Market Value"] = "-"
    return ishares_csv(rows, footer="Legal.")


def test_collateral_and_futures_may_take_the_sums_beyond_the_fund() -> None:
    for lines in (
        [("CASH COLLATERAL", 10.5, 1_050_000.0, "Cash Collateral and Margins")],
        [("CASH COLLATERAL", 30.0, 3_000_000.0, "Cash Collateral and Margins")],
        [("S&P500 EMINI", 1.5, 0.0, "Futures")],
        [("S&P500 EMINI", 1.5, None, "Futures"), ("USD CASH", -0.4, -40_000.0, "Cash")],
    ):
        weights = weights_of(read(_with_beside(*lines)))
        assert len(weights) == 10
        assert weights == pytest.approx(dict.fromkeys(weights, 0.1), rel=0.005)
    held = read(_with_beside(("S&P500 EMINI", 1.5, None, "Futures"), share=0.985))
    assert weights_of(held)["AA"] == pytest.approx(0.0985)


def test_what_collateral_does_not_explain_is_refused() -> None:
    cash = ("USD CASH", 100.0, 10_000_000.0, "Cash")
    for lines in ([cash], [("USD CASH", 1.0, 100_000.0, "Cash"), ("BOND", 9.0, 9e5, "Equity")]):
        with pytest.raises(GuardError, match=r"doubled or too heavy|instead of 100"):
            read(_with_beside(*lines))


def test_figures_that_rates_of_another_day_explain_are_no_contradiction() -> None:
    small: list[float | None] = [98.9876, 0.9, 0.1124]
    assert _doubts(small, [98.9876, 0.9 * 1.1, 0.1124]) == []
    assert _doubts(small, [98.9876, 0.9, 0.1124 * 0.62]) == []  # Egypt, March 2024
    for wrong in ([98.9876, 0.9, 0.011], [98.9876, 0.9 * 1.5, 0.1124], [98.9876, 0.9, -0.11]):
        assert "contradicts the others" in _doubts(small, wrong)[0]


def test_rows_that_are_missing_do_not_make_the_others_heavier() -> None:
    rows = [ishares_row(t, f"{t} CORP", 1e6, 0.99) for t in LETTERS]  # 1 % of cash is not there
    with pytest.raises(GuardError, match=r"missing: the market values are 99.00%"):
        read(ishares_csv(rows, footer="Legal."))
    snapshot = read(ishares_csv(rows, footer="Legal."), accept={"weights"})
    assert weights_of(snapshot)["AA"] == pytest.approx(0.0099)
    assert snapshot.net_assets == pytest.approx(1e8 / 0.99)
    assert "99.00%" in receipt_of(snapshot).notes[0]


def test_a_little_cash_without_a_row_shows_in_how_the_weights_are_rounded() -> None:
    """0.15 % of the fund has no row: 2.7959 % of it would be 2.8 % of the rows."""
    fund = 1e9
    values = [1e6 * (7.04 + 0.0537 * at) for at in range(100)]
    values.append(fund * (1 - 0.0015) - sum(values))
    printed: list[float | None] = [round(100 * value / fund, 2) for value in values]
    weights = _weigh(printed, list(values), percent=True)
    assert weights.values is not None
    assert weights.suspicions == ()
    assert weights.net_assets == pytest.approx(fund, rel=1e-4)
    told = zip(weights.values, printed, strict=True)
    assert all(round(100 * (weight or 0), 2) == one for weight, one in told)
    # Of a few rows another price explains it.
    few = [*printed[:99], 0.01 + (printed[99] or 0), printed[100]]
    whole = [round(100 * value / sum(values), 2) for value in values]
    assert _weigh([*whole[:99], few[99], whole[100]], list(values)).net_assets == sum(values)


def test_layouts_that_leave_out_the_cash_may_have_less() -> None:
    for share, doubts in ((0.98, 0), (0.96, 1)):
        numbers = {Field.WEIGHT: [100 * share]}
        weights = weigh(FileColumns([1], {}, percent=True, omits_cash=True, numbers=numbers))
        assert len(weights.suspicions) == doubts


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
    with pytest.raises(GuardError, match="9 rows sum to 9 instead of 100"):
        read(ishares_csv(rows))


def test_without_market_values_there_are_no_net_assets() -> None:
    snapshot = read(ssga_xlsx([ssga_row("AA", "AA CORP", 60.5), ssga_row("BB", "BB CORP", 39.5)]))
    assert weights_of(snapshot) == {"AA": 0.605, "BB": 0.395}
    assert snapshot.net_assets is None
    assert receipt_of(snapshot).basis == "printed"


def test_market_values_that_sum_to_nothing_say_nothing() -> None:
    assert _weigh([0.6, 0.4], [-5.0, 5.0]).values == (0.6, 0.4)
    assert _weigh(None, [-5.0, 5.0]) == Weights(None, None, None, "none", None, ())


def test_long_and_short_weights_that_sum_to_nothing_are_taken_as_printed() -> None:
    weights = _weigh([10.0, -10.0], [500.0, -500.0], percent=True)
    assert (weights.values, weights.net_assets) == ((0.1, -0.1), 5_000.0)
    assert any("sum to 0" in doubt.message for doubt in weights.suspicions)


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


def test_what_is_printed_as_zero_explains_too_little_and_not_too_much() -> None:
    heavy = [0.01 * n for n in range(1, 141)]  # 98.7 % of the fund
    zeros = [0.0] * 2_000
    assert _doubts([*heavy, *zeros]) == []
    too_heavy = _doubts([*heavy, *zeros[1:], 4.0])
    assert too_heavy == ["rows are doubled or too heavy: the printed weights sum to 102.70%"]
