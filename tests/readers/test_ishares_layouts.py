"""Other layouts of iShares' US site, by their years, and the Canadian one."""

from __future__ import annotations

import datetime as dt

import pytest

from readers.builders import (
    CATALOG,
    IJH,
    ISHARES_LABELS,
    ishares_csv,
    ishares_row,
    others_of,
    read,
    receipt_of,
    weights_of,
)
from stockgroups.model import Category
from stockgroups.readers import read_holdings


def test_the_layout_of_early_2020_has_no_currency_and_no_location() -> None:
    data = (
        b"iShares Russell 3000 ETF\n"
        b'Fund Holdings as of,"Apr 01, 2020"\n\n'
        b"Ticker,Name,Asset Class,Weight (%),Price,Shares,Market Value,Notional Value,Sector,SEDOL,"
        b"ISIN,Exchange\n"
        b'"BRKB","BERKSHIRE","Equity","60.00","180","1","60","60","Financials","2073390",'
        b'"US0846707026","NYSE"\n'
        b'"AAPL","APPLE","Equity","40.00","240","1","40","40","IT","2046251","US0378331005","NASDAQ"\n'
    )
    snapshot = read_holdings(data, "IWV.csv", CATALOG).snapshot
    assert snapshot.symbols == ("BRK.B", "AAPL")
    assert snapshot.refs[1].isin == "US0378331005"
    assert snapshot.as_of == dt.date(2020, 4, 1)


NEW_LABELS = (
    *("Ticker", "Name", "Type", "Sector", "Asset Class", "Market Value", "Notional Value"),
    *("Quantity", "Price", "Location", "Exchange", "Currency", "FX Rate", "Market Currency"),
    *("Accrual Date", "Market Weight", "Notional Weight"),
)


OLD_LABELS = (
    *("Ticker", "Name", "Type", "Sector", "Asset Class", "Market Value", "Weight (%)"),
    *("Notional Value", "Shares", "CUSIP", "ISIN", "SEDOL", "Price", "Location", "Exchange"),
    *("Currency", "FX Rate", "Market Currency", "Accrual Date"),
)


def _typed(
    kind: str, ticker: str, value: float, weight: str, asset_class: str = "Equity"
) -> dict[str, str]:
    row = ishares_row(ticker, f"{ticker} {kind}", value, weight, asset_class=asset_class)
    return row | {"Type": kind, "Market Weight": weight, "Shares": row["Quantity"]}


@pytest.mark.parametrize(
    "labels",
    [NEW_LABELS, (*NEW_LABELS[:-2], "Notional Weight", "Market Weight"), OLD_LABELS],
    ids=["2026", "2025", "2021"],
)
def test_a_swap_on_a_stock_is_never_summed_into_the_stock(labels: tuple[str, ...]) -> None:
    rows = [
        _typed("EQUITY", "HOG", 590e6, "59.00"),
        _typed("-", "OKTA", 300e6, "30.00"),
        _typed("Swap", "HOG", 50e6, "5.00"),
        _typed("SWAP", "OKTA", 0, "-"),
        _typed("WARRANT", "OXY", 10e6, "1.00"),
        _typed("SYNTHETIC", "TOST", 10e6, "1.00"),
        _typed("COLLATERAL", "MLISW", 20e6, "2.00", "Cash Collateral and Margins"),
        _typed("STIF", "XTSLA", 20e6, "2.00", "Money Market"),
        _typed("INDEX", "FAZ5", 0, "-", "Futures"),
    ]
    result = read_holdings(ishares_csv(rows, name=IJH, labels=labels), "IJH_holdings.csv", CATALOG)
    assert (result.fund, result.format) == ("IJH", "ishares_us")
    assert weights_of(result.snapshot) == {"HOG": 0.59, "OKTA": 0.3}
    assert result.snapshot.shares == (59e6, 30e6)
    assert others_of(result.snapshot) == {
        "HOG Swap": Category.DERIVATIVE,
        "OKTA SWAP": Category.DERIVATIVE,
        "OXY WARRANT": Category.UNLISTED,
        "TOST SYNTHETIC": Category.OTHER,
        "MLISW COLLATERAL": Category.CASH,
        "XTSLA STIF": Category.CASH,
        "FAZ5 INDEX": Category.DERIVATIVE,
    }
    receipt = receipt_of(result.snapshot)
    assert receipt.unknown_columns == ()
    assert receipt.unknown_classes == ("SYNTHETIC",)


def test_the_canadian_site_names_no_fund() -> None:
    data = ishares_csv(
        [
            ishares_row("RY", "ROYAL BANK", 6e6, 60.0, exchange="Toronto Stock Exchange"),
            ishares_row("SHOP", "SHOPIFY", 4e6, 40.0, exchange="Toronto Stock Exchange"),
        ],
        labels=[*ISHARES_LABELS[:7], "Shares", *ISHARES_LABELS[8:14]],
        name=None,
    )
    snapshot = read(b'Fund Holdings as of,"Sep 9, 2026"\n\xc2\xa0\n' + data, "XIC_holdings.csv")
    assert snapshot.source == "ishares_us"
    assert snapshot.symbols == ("RY.XTSE", "SHOP.XTSE")
    assert snapshot.as_of == dt.date(2026, 9, 9)


def test_the_canadian_layout_without_asset_classes() -> None:
    data = (
        'iShares Core S&P/TSX Capped Composite Index ETF\nFund Holdings as of,"Oct 01, 2026"\n\n'
        "Ticker,Name,Weight (%),Sector,Location of Risk,Market Value,Shares,Price,ISIN,SEDOL,"
        "Exchange,Currency,Market Currency,FX Rate,Notional Value\n"
        "RY,ROYAL BANK OF CANADA,60.00,Financials,Canada,600.00,4,150,CA7800871021,2754383,"
        "Toronto Stock Exchange,CAD,CAD,1,600.00\n"
        "SHOP,SHOPIFY INC,39.00,Information Technology,Canada,390.00,4,100,CA82509L1076,BXDZ9Z0,"
        "Toronto Stock Exchange,CAD,CAD,1,390.00\n"
        "CAD,CAD CASH,1.00,Cash and/or Derivatives,Canada,10.00,10,1,-,-,-,CAD,CAD,1,10.00\n"
    )
    snapshot = read(data.encode(), "XIC_holdings.csv")
    assert weights_of(snapshot) == {"RY.XTSE": 0.6, "SHOP.XTSE": 0.39}
    assert others_of(snapshot) == {"CAD CASH": Category.CASH}
