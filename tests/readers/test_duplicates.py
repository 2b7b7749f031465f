"""Two rows with one symbol: a security twice, or two securities."""

from __future__ import annotations

import pytest

from readers.builders import (
    ISHARES_LABELS,
    ishares_csv,
    ishares_row,
    read,
    receipt_of,
    ssga_row,
    ssga_xlsx,
    weights_of,
)
from stockgroups.errors import GuardError
from stockgroups.model import Category, Ref
from stockgroups.readers.format import Field, FileColumns
from stockgroups.readers.holdings.duplicates import merge_duplicates
from stockgroups.readers.holdings.verdicts import Verdict
from stockgroups.suspicions import Guard

CUSIP, ISIN = "037833100", "US0378331005"
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

    same = read(ssga_xlsx([row("SEELOS", 60, "81577F208"), row("SEELOS THER", 40, "81577F208")]))
    assert weights_of(same) == {"SEEL": 1.0}
    other = read(ssga_xlsx([row("SEELOS", 60, "81577F208"), row("SEELOS", 40, "815CVR105")]))
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
        (Ref("A", name="X", cusip=CUSIP), Ref("A", name="Y", cusip=CUSIP), True),
        (Ref("A", name="X", cusip=CUSIP), Ref("A", name="X"), False),
        (Ref("A", name="X", cusip=CUSIP, isin=ISIN), Ref("A", name="X", isin=ISIN), True),
        (Ref("A", name="X", isin=ISIN, sedol="-"), Ref("A", name="Y", isin="U", sedol="-"), False),
    ],
)
def test_the_same_security(one: Ref, other: Ref, same: bool) -> None:
    rows = FileColumns([1, 2], {}, numbers={Field.WEIGHT: [2.0, 1.0]})
    refs, verdicts = {0: one, 1: other}, dict[int, Verdict]()
    assert merge_duplicates(refs, rows, verdicts) == ({0: [1]} if same else {})
    assert refs == {0: one}
    assert verdicts[1].category is (Category.MERGED if same else Category.REJECTED)


@pytest.mark.parametrize("kind", ["CUSIP", "ISIN", "SEDOL"])
@pytest.mark.parametrize(
    "printed",
    [
        *("000000000", "00000000", "0", "0.0", "999999999", "9999999", "XXXXXXXXX", "-"),
        *("#N/A", "N/A", "nan", "None", "NULL", "TBD", "UNKNOWN", "NOT AVAILABLE", "CASH"),
        *("3.07E+108", "123456789", "MULTIPLE"),
    ],
)
def test_what_is_no_identifier_sums_no_two_companies(kind: str, printed: str) -> None:
    rows = [
        REST,
        ishares_row("ZED", "ZED HOLDINGS INC CLASS A", 6e6, 6.0) | {kind: printed},
        ishares_row("ZED", "OTHER THINGS CORP", 4e6, 4.0) | {kind: printed},
    ]
    snapshot = read(ishares_csv(rows, labels=[*ISHARES_LABELS, kind]))
    assert weights_of(snapshot) == {"MSFT": 0.9, "ZED": 0.06}
    assert receipt_of(snapshot).rows[Category.REJECTED] == 1


def test_a_row_that_stands_twice_is_suspicious() -> None:
    def row(value: float) -> dict[str, str]:
        return ishares_row("BRKB", "BERKSHIRE HATHAWAY CLASS B", value, value / 1e6)

    read(ishares_csv([REST, row(6e6), row(4e6)]))
    with pytest.raises(GuardError, match=r"1 row appears twice.*line 13 repeats line 12"):
        read(ishares_csv([REST, row(5e6), row(5e6)]))
    doubled = read(ishares_csv([REST, row(5e6), row(5e6)]), accept={"repeated"})
    (suspicion,) = receipt_of(doubled).suspicions
    assert suspicion.guard is Guard.REPEATED
    with pytest.raises(GuardError, match="repeated"):
        read(b"AAPL,0.5\nMSFT,0.25\nMSFT,0.25\n", "MINE_2026-07-02.csv")
    read(b"AAPL\nMSFT\nMSFT\n", "MINE_2026-07-02.csv")  # no figure is doubled
