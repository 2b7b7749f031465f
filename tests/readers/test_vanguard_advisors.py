"""Vanguard's CSV of 2023 for advisers: no date, no fund, and the country of incorporation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest

from readers.builders import CATALOG, read, receipt_of, to_csv, weights_of
from stockgroups.errors import AmbiguousFileError, NoDateError
from stockgroups.model import Category
from stockgroups.readers import read_holdings

LABELS = (
    *("SEDOL", "Ticker", "Holdings name", "Shares", "Market value*", "% of fund*"),
    *("Sector", "Market", "Security depository receipt type"),
)


def _row(ticker: str, value: float, market: str = "US") -> Sequence[str]:
    sector = "Technology Hardware, Storage & Periphera"
    shares, weight = f"{value:.0f}", f"{value / 10_000:.9f}"
    return (
        "2046251",
        ticker,
        f"{ticker} Inc.",
        shares,
        f"${value:,.2f} ",
        weight,
        sector,
        market,
        "---",
    )


def _csv(*rows: Sequence[str]) -> bytes:
    return to_csv([LABELS, *rows])


US_FUND = [_row(f"A{chr(65 + n)}", 45_000) for n in range(20)]


def test_a_us_fund_with_companies_incorporated_elsewhere() -> None:
    result = read_holdings(
        _csv(*US_FUND, _row("ACN", 80_000, "IE"), _row("AIRC", 20_000, "---")),
        "VTI_2023-10.csv",
        CATALOG,
    )
    assert (result.fund, result.format) == ("VTI", "vanguard_advisors")
    assert result.snapshot.as_of == dt.date(2023, 10, 31)
    weights = weights_of(result.snapshot)
    assert len(weights) == 22
    assert (weights["ACN"], weights["AIRC"]) == (0.08, 0.02)
    assert result.snapshot.sectors is not None
    assert CATALOG.sector_of_label(result.snapshot.sectors[0] or "") == "information_technology"
    assert result.snapshot.refs[0].sedol == "2046251"
    assert receipt_of(result.snapshot).unknown_columns == ()


def test_foreign_tickers_never_pass_for_us_stocks() -> None:
    mixed = [*US_FUND[:12], *[_row(f"B{chr(65 + n)}", 45_000, "JP") for n in range(10)]]
    snapshot = read(_csv(*mixed), "VTI_2023-10.csv")
    assert snapshot.member_count == 12
    assert receipt_of(snapshot).rows[Category.UNRESOLVED] == 10
    world = _csv(_row("ROP", 400_000, "CH"), _row("BP", 300_000, "GB"), _row("A", 300_000))
    assert read(world, "VXUS_2023-10.csv").member_count == 1


def test_the_name_has_to_say_fund_and_date() -> None:
    with pytest.raises(NoDateError):
        read(_csv(_row("AAPL", 1_000_000)), "VTI.csv")
    with pytest.raises(AmbiguousFileError):
        read(_csv(_row("AAPL", 1_000_000)), "ProductDetailsHoldings_2023-10-31.csv")


def test_the_real_file(holdings: Path) -> None:
    path = next((holdings / "vanguard").glob("VTI_2023*"))
    result = read_holdings(path, path.name, CATALOG)
    assert (result.fund, result.snapshot.as_of) == ("VTI", dt.date(2023, 8, 31))
    rows = receipt_of(result.snapshot).rows
    assert rows[Category.MEMBER] == sum(rows.values()) == 3790
    weights = weights_of(result.snapshot)
    assert weights["AAPL"] == pytest.approx(0.06362, abs=1e-5)
    assert {"ACN", "LIN", "CCL", "BRK.B"} <= weights.keys()


def test_a_column_that_is_missing_is_no_error_of_ours() -> None:
    at = LABELS.index("Sector")
    rows = [[cell for n, cell in enumerate(row) if n != at] for row in (LABELS, _row("AAPL", 1e6))]
    snapshot = read(to_csv(rows), "VTI_2023-10.csv")
    assert (snapshot.symbols, snapshot.sectors) == (("AAPL",), None)
