"""Two rows with one symbol: a security twice, or two securities."""

from __future__ import annotations

import pytest

from sources.builders import (
    ISHARES_LABELS,
    ishares_csv,
    ishares_row,
    read,
    receipt_of,
    ssga_row,
    ssga_xlsx,
    weights_of,
)
from stockgroups.model import Category, Ref
from stockgroups.sources.duplicates import is_same

REST = ishares_row("MSFT", "MICROSOFT CORP", 90e6, 90.0)


def test_the_same_security_is_summed() -> None:
    snapshot = read(
        ishares_csv(
            [
                REST,
                ishares_row("BRKB", "BERKSHIRE HATHAWAY CLASS B", 6e6, 6.0, exchange="NYSE"),
                ishares_row("BRK/B", "Berkshire  Hathaway Class B", 4e6, 4.0, exchange="NYSE"),
            ]
        )
    )
    assert weights_of(snapshot) == {"MSFT": 0.9, "BRK.B": 0.1}
    assert snapshot.shares == (9e6, 1e6)
    receipt = receipt_of(snapshot)
    (line,) = receipt.lines
    assert (line.line, line.category) == (13, Category.MERGED)
    assert line.reason == "BRK.B again, summed into line 12"
    assert receipt.weights is not None
    assert receipt.weights[Category.MEMBER] == pytest.approx(0.96)
    assert receipt.weights[Category.MERGED] == pytest.approx(0.04)


def test_of_two_securities_the_larger_keeps_the_symbol() -> None:
    snapshot = read(
        ishares_csv(
            [
                REST,
                ishares_row("TVSMOTOR", "TVS MOTOR PREF", 1e6, 1.0, exchange="Bse Ltd"),
                ishares_row("TVSMOTOR", "TVS MOTOR", 9e6, 9.0, exchange="Bse Ltd"),
            ]
        )
    )
    assert weights_of(snapshot) == {"MSFT": 0.9, "TVSMOTOR.XBOM": 0.09}
    (line,) = receipt_of(snapshot).lines
    assert (line.line, line.name, line.category) == (12, "TVS MOTOR PREF", Category.REJECTED)
    assert line.reason.startswith("another security under the symbol TVSMOTOR.XBOM of line 13")


def test_identifiers_tell_what_names_do_not() -> None:
    def row(name: str, weight: float, cusip: str) -> list[str | float]:
        return ssga_row("SEEL", name, weight, identifier=cusip, sedol="-")

    same = read(ssga_xlsx([row("SEELOS", 60, "815111107"), row("SEELOS THER", 40, "815111107")]))
    assert weights_of(same) == {"SEEL": 1.0}
    other = read(ssga_xlsx([row("SEELOS", 60, "815111107"), row("SEELOS", 40, "815CVR105")]))
    assert weights_of(other) == {"SEEL": 0.6}


def test_collateral_under_a_stocks_ticker_is_no_duplicate() -> None:
    snapshot = read(
        ishares_csv(
            [
                ishares_row("JPM", "JPMORGAN CHASE & CO", 99e6, 99.0, exchange="NYSE"),
                ishares_row(
                    "JPM",
                    "CASH COLLATERAL USD JPM",
                    1e6,
                    1.0,
                    asset_class="Cash Collateral and Margins",
                    exchange="-",
                ),
            ],
            labels=ISHARES_LABELS,
        )
    )
    assert weights_of(snapshot) == {"JPM": 0.99}
    assert receipt_of(snapshot).rows[Category.MERGED] == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Ref("A", name="X"), Ref("A", name="x "), True),
        (Ref("A", name="X"), Ref("A", name="Y"), False),
        (Ref("A", name="X", cusip="1"), Ref("A", name="X", cusip="2"), False),
        (Ref("A", name="X", cusip="1"), Ref("A", name="Y", cusip="1"), True),
        (Ref("A", name="X", cusip="1"), Ref("A", name="X"), False),
        (Ref("A", name="X", cusip="1", isin="U"), Ref("A", name="X", isin="U"), True),
    ],
)
def test_the_same_security(one: Ref, other: Ref, same: bool) -> None:
    assert is_same(one, other) is same
