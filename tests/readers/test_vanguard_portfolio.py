"""Vanguard's current JSON: no fund, no exchange, no country; in full and cut to three keys."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from readers.builders import CATALOG, others_of, read, receipt_of, weights_of
from stockgroups.errors import (
    AmbiguousFileError,
    EmptyFileError,
    TruncatedFileError,
    UnrecognisedFileError,
    UnsupportedFileError,
)
from stockgroups.model import Category
from stockgroups.readers import read_holdings


def _position(ticker: str, weight: float, isin: str = "US0378331005", **printed: Any) -> Any:
    return {
        "type": "portfolioHolding",
        "asOfDate": "2026-05-31T00:00:00-04:00",
        "longName": f"{ticker} Inc. Class A",
        "shortName": ticker,
        "sharesHeld": "1000",
        "marketValue": weight * 10_000,
        "ticker": ticker,
        "isin": isin,
        "percentWeight": f"{weight:.2f}",
        "notionalValue": "0",
        "secMainType": "",
        "secSubType": "",
        "holdingType": "",
        "cusip": isin[2:11],
        "sedol": "2046251",
    } | printed


def _short(ticker: str, weight: float) -> Any:
    return {"ticker": ticker, "longName": f"{ticker} Inc.", "percentWeight": weight}


def _json(positions: list[Any], **about: Any) -> bytes:
    response = {"size": len(positions), "asOfDate": "2026-05-31T00:00:00-04:00"} | about
    return json.dumps(response | {"fund": {"entity": positions}}).encode()


US_FUND = [_position(f"A{chr(65 + n)}", 4.5) for n in range(20)]
VOO = "VOO_portfolio-holding.json"


def test_a_us_fund() -> None:
    others = [
        _position("ACN", 8.0, "IE00B4BNMY34", cusip="G1151C101"),
        _position("", 1.0, "US0000000000", maturityDate="11/01/2027", longName="TREASURY NOTE"),
        _position("", 0.5, "", longName="LUBY'S INC ESCROW"),
        _position("", 0.5, "", longName="Vanguard Something", cusip="CMT001142"),
    ]
    result = read_holdings(_json([*US_FUND, *others]), VOO, CATALOG)
    snapshot = result.snapshot
    assert (result.fund, result.format) == ("VOO", "vanguard_portfolio")
    assert snapshot.as_of == dt.date(2026, 5, 31)
    assert weights_of(snapshot)["ACN"] == 0.08
    assert others_of(snapshot) == {
        "TREASURY NOTE": Category.OTHER,
        "LUBY'S INC ESCROW": Category.UNLISTED,
        "Vanguard Something": Category.CASH,
    }
    ref = snapshot.refs[-1]
    assert (ref.symbol, ref.isin, ref.cusip, ref.sedol) == (
        *("ACN", "IE00B4BNMY34", "G1151C101", "2046251"),
    )
    assert receipt_of(snapshot).unknown_columns == ()


def test_foreign_tickers_never_pass_for_us_stocks() -> None:
    abroad = [_position(f"B{chr(65 + n)}", 4.5, "CH0012032048") for n in range(4)]
    snapshot = read(_json([*US_FUND[:18], *abroad]), VOO)
    assert snapshot.member_count == 18 + 1
    assert "CH0012032048" in snapshot.symbols
    assert receipt_of(snapshot).rows[Category.MERGED] == 3
    assert receipt_of(snapshot).unnamed == 1
    others = [_position("MC", 60, "FR0000121014"), _position("SAP", 4, "DE0007164600")]
    world = read(_json([*US_FUND[:8], *others]), "VT_2026-05-31.json")
    assert (world.member_count, receipt_of(world).unnamed) == (8 + 2, 2)


def test_without_isins_the_catalogue_has_to_know_a_fund_of_us_stocks() -> None:
    data = _json([_short("ROP", 60.5), _short("AAPL", 39)])
    snapshot = read(data, VOO)
    assert weights_of(snapshot) == {"ROP": 0.605, "AAPL": 0.39}
    assert any("US listing" in note for note in receipt_of(snapshot).notes)
    for name in ("VXUS_2026-05-31.json", "VGK_2026-05-31.json", "BND_2026-05-31.json"):
        with pytest.raises(UnsupportedFileError, match="does not say where its stocks are listed"):
            read(data, name)
    with pytest.raises(AmbiguousFileError):
        read(data, "portfolio-holding.json")
    bonds = _json([{**_short("", 100), "maturityDate": "11/01/2027"}])
    with pytest.raises(
        UnsupportedFileError, match="none of them a stock; line 1: asset class bond"
    ):
        read(bonds, "BND_2026-05-31.json")


def test_a_page_of_several_is_cut() -> None:
    for size in (3_448, "3448"):
        with pytest.raises(TruncatedFileError, match="20 of 3448 positions"):
            read(_json(US_FUND, size=size), VOO)
    whole = _json(US_FUND)
    for end in range(len(whole) // 2, len(whole) - 1, 97):
        with pytest.raises(TruncatedFileError):
            read(whole[:end], VOO)


def test_positions_of_several_days_are_refused() -> None:
    later = _position("LATE", 1, asOfDate="2026-06-30T00:00:00-04:00")
    with pytest.raises(AmbiguousFileError, match="date"):
        read(_json([*US_FUND, later]), VOO)


@pytest.mark.parametrize("fund", [None, [], {"entity": {}}, {"entity": "x"}])
def test_json_of_another_shape(fund: Any) -> None:
    data = json.dumps({"fund": fund, "x": {"entity": 1, "percentWeight": 2}}).encode()
    with pytest.raises(UnrecognisedFileError):
        read(data, VOO)


def test_no_positions_and_odd_ones() -> None:
    odd = [7, ["x"], {"ticker": ["A"], "percentWeight": "1"}, {"longName": True}]
    with pytest.raises(EmptyFileError):
        read(_json(odd, percentWeight=0), VOO)
    receipt = receipt_of(read(_json([*US_FUND, *odd, _position("A", 10)]), VOO))
    assert receipt.rows[Category.REJECTED] == 4
    assert receipt.rows_read == 25


def test_the_real_files(holdings: Path) -> None:
    path = holdings / "vanguard" / "VTI_2026-06-30_3-fields.json"
    positions = json.loads(path.read_text())["fund"]["entity"]
    result = read_holdings(path, path.name, CATALOG)
    assert (result.fund, result.snapshot.as_of) == ("VTI", dt.date(2026, 6, 30))
    weights = weights_of(result.snapshot)
    assert weights.keys() == {position["ticker"] for position in positions} - {""}
    assert weights["BRK.B"] == 0.0117
    assert receipt_of(result.snapshot).rows[Category.REJECTED] == 0
    excerpt = next((holdings / "_transcribed").glob("vanguard_VOO*"))
    snapshot = read(excerpt.read_bytes(), "VOO_excerpt.json", accept={"weights"})
    assert set(weights_of(snapshot)) == {"NVDA", "AAPL"}
