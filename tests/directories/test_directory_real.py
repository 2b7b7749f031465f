"""The directories as published, if they are present."""

import datetime as dt
from pathlib import Path

import pytest

from stockgroups.catalog import Catalog
from stockgroups.readers.directories import read_directory

# file: (as-of, read, listed, test issues, rejected), counted by other means
EXPECTED = {
    "nasdaqtrader/nasdaqtraded_2026-05-12.txt": (dt.date(2026, 5, 12), 12629, 12596, 33, 0),
    "nasdaqtrader/nasdaqlisted_2025-07-21.txt": (dt.date(2025, 7, 21), 4973, 4965, 8, 0),
    # rejected: rights that trade when issued
    "nasdaqtrader/otherlisted_2025-07-21.txt": (dt.date(2025, 7, 21), 6606, 6580, 25, 1),
    "sec/company_tickers_exchange_2024-12-19.json": (dt.date(2024, 12, 19), 10038, 10038, 0, 0),
    # rejected: `NONE.` and `GFR-RW`
    "sec/company_tickers_exchange_2026-08-22_ctec-variant.json": (
        dt.date(2026, 8, 22), 10403, 10401, 0, 2,
    ),
    "nasdaq_screener/nasdaq_full_tickers_2026-08-22.json": (
        dt.date(2026, 8, 22), 4179, 4179, 0, 0,
    ),
    "nasdaq_screener/nyse_full_tickers_2026-08-22.json": (dt.date(2026, 8, 22), 2711, 2711, 0, 0),
    "nasdaq_screener/amex_full_tickers_2026-08-22.json": (dt.date(2026, 8, 22), 292, 292, 0, 0),
}  # fmt: skip


def find(holdings: Path, name: str) -> Path:
    path = holdings / name
    if not path.is_file():
        pytest.skip(f"no {name} among the real files")
    return path


@pytest.mark.parametrize("name", EXPECTED)
def test_every_entry_is_accounted_for(holdings: Path, name: str) -> None:
    path = find(holdings, name)
    directory = read_directory(path, path.name)
    account = directory.account()
    assert (directory.as_of, *account.values()) == EXPECTED[name]
    assert directory.unknown_columns == ()
    assert directory.notes == ()


def test_sources_spell_one_security_alike(holdings: Path) -> None:
    """Preferreds and their like of one day: the SEC's spelling and the screener's agree."""
    symbols = {}
    for name in (
        "sec/company_tickers_exchange_2026-08-22_ctec-variant.json",
        "nasdaq_screener/nyse_full_tickers_2026-08-22.json",
    ):
        path = find(holdings, name)
        listings = read_directory(path, path.name).listings
        symbols[name] = {listing.symbol for listing in listings if "." in listing.symbol}
    sec, screener = symbols.values()
    assert len(screener) > 350
    assert len(screener - sec) < 0.06 * len(screener)


def test_the_shipped_share_classes_are_listed(holdings: Path, catalog: Catalog) -> None:
    path = find(holdings, "nasdaqtrader/nasdaqtraded_2026-05-12.txt")
    listed = {listing.symbol for listing in read_directory(path, path.name).listings}
    assert {"BRK.B", "HEI.A", "MOG.A", "UHAL.B"} <= listed
    # A compact spelling that is itself listed would name another security.
    assert not {compact for compact in catalog.share_classes if compact in listed} - {"CLSKW"}
