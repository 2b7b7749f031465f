"""The catalogue against real files, if present: directories, holdings and the index package."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from stockgroups.catalog import load_catalog

if TYPE_CHECKING:
    from collections.abc import Iterator

CATALOG = load_catalog()

# Futures trade there, or nothing does; lines of such markets are never members.
NO_STOCK_MARKETS = {
    "",
    "-",
    "OTC",  # Schwab: cash and futures
    "Chicago Mercantile Exchange",
    "Index And Options Market",
    "Ice Futures U.S.",
    "IFLL",
    "Eurex Deutschland",
    "Osaka Securities Exchange",
}


def folder(holdings: Path, name: str) -> Path:
    if not (holdings / name).is_dir():
        pytest.skip(f"the holdings have no folder {name}")
    return holdings / name


class Listing(NamedTuple):
    name: str
    is_etf: bool
    is_test: bool


@pytest.fixture(scope="module")
def directory(holdings: Path) -> dict[str, Listing]:
    """Every listed symbol by its canonical spelling, from the newest of Nasdaq Trader's files."""
    files = sorted(folder(holdings, "nasdaqtrader").glob("nasdaqtraded_*.txt"))
    if not files:
        pytest.skip("nasdaqtrader/ has no nasdaqtraded file")
    with files[-1].open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="|", quoting=csv.QUOTE_NONE)
        return {
            row["Symbol"]: Listing(
                row["Security Name"], row["ETF"] == "Y", row["Test Issue"] == "Y"
            )
            for row in rows
            if row["Security Name"]
        }


@pytest.fixture(scope="module")
def screener(holdings: Path) -> set[str]:
    """The symbols of all stocks and ADSs of the newest screener; it lists no funds."""
    rows = [
        row
        for path in folder(holdings, "nasdaq_screener").glob("*.json")
        for row in json.loads(path.read_text(encoding="utf-8"))
    ]
    return {row["symbol"].strip().replace("/", ".") for row in rows}


def test_catalogue_stocks_are_listed_stocks(
    directory: dict[str, Listing], screener: set[str]
) -> None:
    """The screener is the younger of the two, so what it alone knows was listed since."""
    stocks = {s for theme in CATALOG.themes.values() for s in theme.symbols}
    stocks |= {s for sector in CATALOG.sectors.values() for s in sector.representative_stocks}
    assert stocks <= screener
    known = {stock: directory[stock] for stock in stocks if stock in directory}
    assert len(known) >= 0.95 * len(stocks)
    assert not [stock for stock, listing in known.items() if listing.is_etf or listing.is_test]


def test_us_funds_are_listed_funds(directory: dict[str, Listing]) -> None:
    wrong = {
        ticker for ticker in CATALOG.etfs if ticker not in directory or not directory[ticker].is_etf
    }
    assert wrong == {"SWDA", "EIMI", "HEWU"}  # two listed in London, one closed


def test_share_classes_are_those_of_the_directory(directory: dict[str, Listing]) -> None:
    other_kinds = re.compile(r"Warrant|Rights?\b|Units?\b|Test\b", re.IGNORECASE)
    classes = {
        symbol.replace(".", ""): symbol
        for symbol, listing in directory.items()
        if re.fullmatch(r"[A-Z]+\.[A-Z]", symbol)
        and not listing.is_test
        and not other_kinds.search(listing.name)
        and symbol.replace(".", "") not in directory
    }
    assert classes.items() <= CATALOG.share_classes.items()
    compact = {text for text, symbol in CATALOG.share_classes.items() if "." in symbol}
    assert not compact & set(directory)


def exchange_column(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        column = None
        for row in csv.reader(file):
            if "Exchange" in row:
                column = row.index("Exchange")
            elif column is not None and len(row) > column + 1:
                yield row[column].strip()


@pytest.mark.parametrize("issuer", ["ishares", "ishares_ucits", "schwab"])
def test_every_printed_exchange_is_known(holdings: Path, issuer: str) -> None:
    printed = {
        text for path in folder(holdings, issuer).rglob("*.csv") for text in exchange_column(path)
    }
    assert printed
    unknown = {text for text in printed if CATALOG.exchange_printed(text) is None}
    assert unknown <= NO_STOCK_MARKETS


@pytest.mark.parametrize(
    ("files", "line"), [("ishares/*.csv", 0), ("vanguard/*_Holdings_details.csv", 1)]
)
def test_every_printed_fund_name_is_known(holdings: Path, files: str, line: int) -> None:
    """The name stands on a line of its own: the first of iShares, the second of Vanguard."""
    paths = [path for path in holdings.glob(files) if path.name.split("_")[0].isupper()]
    assert paths
    for path in paths:
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        name = [text for text in lines if text.strip()][line].strip().rstrip(",").strip('"')
        found = CATALOG.fund_named(name)
        assert found is not None, (path.name, name)
        assert found.ticker == path.name.split("_")[0]


def test_sub_industries_lead_to_the_sector_that_ishares_prints(holdings: Path) -> None:
    """An independent source of the same taxonomy: iShares by sector, Vanguard by sub-industry."""
    sectors = {
        row["Ticker"]: CATALOG.sector_of_label(row["Sector"])
        for row in table(folder(holdings, "ishares") / "IWV_2025-05-21.csv", "Ticker")
        if row["Asset Class"] == "Equity"
    }
    agree = differ = 0
    for row in table(
        folder(holdings, "vanguard") / "VTI_2025-09-30_Holdings_details.csv", "TICKER"
    ):
        sector = sectors.get(row["TICKER"].replace("/", ""))
        if sector is None or row["SUB-INDUSTRY"].startswith("---"):
            continue
        label = CATALOG.sector_of_label(row["SUB-INDUSTRY"])
        assert label is not None, row["SUB-INDUSTRY"]
        agree += label == sector
        differ += label != sector
    assert agree > 2_000
    assert differ < 0.01 * agree


def table(path: Path, first: str) -> Iterator[dict[str, str]]:
    if not path.is_file():
        pytest.skip(f"the holdings have no {path.name}")
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        header: list[str] | None = None
        for row in csv.reader(file):
            if header is None:
                header = row if first in row else None
            elif len(row) == len(header):
                yield dict(zip(header, row, strict=True))
            elif header:
                return


def test_precedence_gives_every_sp500_member_its_sector(holdings: Path) -> None:
    """Against an independent list of the S&P 500 with its GICS sectors."""
    from pytickersymbols import PyTickerSymbols

    path = folder(holdings, "pit") / "sp500_wikipedia_gics_2025-11.csv"
    with path.open(encoding="utf-8", newline="") as file:
        right = {
            row["Symbol"]: CATALOG.sector_of_label(row["GICS Sector"])
            for row in csv.DictReader(file)
        }
    rank = {key: place for place, key in enumerate(CATALOG.sector_precedence)}
    compared = 0
    for stock in PyTickerSymbols().get_stocks_by_index(CATALOG.universes["sp500"].index):
        sectors = [key for label in stock["industries"] if (key := CATALOG.sector_of_label(label))]
        symbol = stock["symbol"].replace("-", ".")
        assert sectors, symbol
        if symbol in right:
            assert min(sectors, key=rank.__getitem__) == right[symbol], symbol
            compared += 1
    assert compared >= 450
