"""The shipped catalogues are complete, consistent, and in canonical spelling."""

from __future__ import annotations

import datetime as dt
import re
from importlib.metadata import version

import pytest

from stockgroups.catalog import load_catalog
from stockgroups.symbols import is_canonical

CATALOG = load_catalog()

THE_24 = {
    "VTI",
    "IWV",
    "IWM",
    "IWB",
    "VOO",
    "SPY",
    "MDY",
    "VTV",
    "SCHG",
    "VUG",
    "QQQ",
    "DIA",
    "ARKK",
    "XLK",
    "XLV",
    "XLF",
    "XLE",
    "XLI",
    "XLY",
    "XLP",
    "XLU",
    "XLB",
    "XLC",
    "XLRE",
}
SECTOR_FUNDS = {
    "XLK": "information_technology",
    "XLV": "health_care",
    "XLF": "financials",
    "XLY": "consumer_discretionary",
    "XLC": "communication_services",
    "XLI": "industrials",
    "XLP": "consumer_staples",
    "XLE": "energy",
    "XLU": "utilities",
    "XLRE": "real_estate",
    "XLB": "materials",
}
THEMES = {
    "crypto_miners",
    "robotics_automation",
    "drones_uav",
    "gold_miners",
    "silver_miners",
    "space_technology",
    "clean_energy",
    "battery_storage",
    "ai_machine_learning",
    "quantum_computing",
    "genomics_biotech",
    "cloud_computing",
    "cybersecurity",
    "five_g_infrastructure",
    "electric_vehicles",
    "autonomous_vehicles",
    "water_technology",
    "agriculture_technology",
    "nuclear_energy",
    "rare_earth_minerals",
}
CANONICAL_US = re.compile(r"[A-Z]{1,5}(\.[A-Z])?")


def test_the_24_funds_and_others_are_there() -> None:
    assert set(CATALOG.etfs) > THE_24
    assert len(CATALOG.etfs) >= 60


def test_only_funds_that_hold_an_index_have_a_proxy() -> None:
    proxies = {
        ticker: (etf.proxy_universe, etf.proxy_sector)
        for ticker, etf in CATALOG.etfs.items()
        if etf.proxy_universe
    }
    assert proxies == {
        "SPY": ("sp500", None),
        "VOO": ("sp500", None),
        "QQQ": ("nasdaq100", None),
        "DIA": ("dow30", None),
        **{ticker: ("sp500", sector) for ticker, sector in SECTOR_FUNDS.items()},
    }


@pytest.mark.parametrize(
    ("ticker", "threshold"),
    [
        ("SPY", 5e9),
        ("QQQ", 5e9),
        ("XLK", 5e9),
        ("VTI", 1e9),
        ("IWV", 1e9),
        ("IWM", 3e8),
        ("IWC", 5e7),
        ("ARKK", None),
        ("AGG", None),
        ("EFA", None),
    ],
)
def test_threshold_goes_by_kind(ticker: str, threshold: float | None) -> None:
    assert CATALOG.etfs[ticker].market_cap_threshold == threshold


def test_active_funds_alone_track_no_index() -> None:
    for etf in CATALOG.etfs.values():
        assert (etf.index is None) == (etf.kind == "active"), etf.ticker


def test_eleven_sectors_with_53_industries() -> None:
    assert set(CATALOG.sectors) == set(SECTOR_FUNDS.values())
    counts = [len(sector.industries) for sector in CATALOG.sectors.values()]
    assert sorted(counts) == [4, 4, *[5] * 9]
    industries = [name for sector in CATALOG.sectors.values() for name in sector.industries]
    assert len(set(industries)) == 53


def test_a_stock_represents_one_sector() -> None:
    stocks = [s for sector in CATALOG.sectors.values() for s in sector.representative_stocks]
    assert len(set(stocks)) == len(stocks)
    assert all(5 <= len(s.representative_stocks) <= 8 for s in CATALOG.sectors.values())
    assert all(CANONICAL_US.fullmatch(stock) for stock in stocks)


def test_twenty_themes_of_7_to_17_symbols() -> None:
    assert set(CATALOG.themes) == THEMES
    assert all(7 <= len(theme.symbols) <= 17 for theme in CATALOG.themes.values())
    assert len(CATALOG.themes["crypto_miners"].symbols) == 9


def test_theme_symbols_are_canonical_and_of_no_fund() -> None:
    for theme in CATALOG.themes.values():
        assert all(CANONICAL_US.fullmatch(symbol) for symbol in theme.symbols), theme.key
        assert not set(theme.symbols) & set(CATALOG.etfs), theme.key


def test_related_themes_are_two_to_four_and_go_both_ways() -> None:
    for theme in CATALOG.themes.values():
        assert 2 <= len(theme.related_themes) <= 4, theme.key
        for other in theme.related_themes:
            assert theme.key in CATALOG.themes[other].related_themes, (theme.key, other)


def test_universes_are_those_of_the_index_package_and_of_funds() -> None:
    told = {key: (one.index, one.fund) for key, one in CATALOG.universes.items()}
    assert told == {
        "sp500": ("S&P 500", None),
        "sp600": ("S&P 600", None),
        "nasdaq100": ("NASDAQ 100", None),
        "dow30": ("DOW JONES", None),
        "russell1000": (None, "IWB"),
        "russell2000": (None, "IWM"),
        "russell3000": (None, "IWV"),
    }


def test_every_sector_has_its_place_in_the_precedence() -> None:
    assert sorted(CATALOG.sector_precedence) == sorted(CATALOG.sectors)
    assert CATALOG.sector_precedence[:3] == ("real_estate", "health_care", "utilities")


def test_us_markets_and_the_unlisted() -> None:
    us = {mic for mic, exchange in CATALOG.exchanges.items() if exchange.us}
    assert us == {"XNAS", "XNYS", "ARCX", "XASE", "BATS", "IEXG", "OTCM"}
    assert all(CATALOG.exchanges[mic].yahoo == "" for mic in us)
    assert [m for m, exchange in CATALOG.exchanges.items() if not exchange.listed] == ["XXXX"]


def test_no_us_market_lends_its_bare_symbols_to_another() -> None:
    for exchange in CATALOG.exchanges.values():
        assert exchange.us == (exchange.country == "US"), exchange.mic
        assert exchange.us or exchange.yahoo != "", exchange.mic


def test_share_classes_lead_from_compact_to_canonical() -> None:
    assert CATALOG.share_classes["BRKB"] == "BRK.B"
    assert CATALOG.share_classes["CLSKW"] == "CLSK"
    assert "RUSHA" not in CATALOG.share_classes
    assert all(CANONICAL_US.fullmatch(s) for s in CATALOG.share_classes.values())
    assert not set(CATALOG.share_classes) & set(CATALOG.share_classes.values())


def test_aliases_lead_from_one_listed_symbol_to_another() -> None:
    today = dt.datetime.now(dt.UTC).date()
    for alias in CATALOG.aliases:
        assert is_canonical(alias.old)
        assert alias.new is None or is_canonical(alias.new)
        assert alias.effective <= today
        assert "/" not in alias.source, "sources are words"
    events = [(alias.effective, alias.old, alias.new) for alias in CATALOG.aliases]
    assert ((dt.date(2022, 6, 9), "FB", "META")) in events
    # A class takes the ticker that another leaves on the same day; nobody takes his own back.
    for day, old, new in events:
        became = {o: n for d, o, n in events if d == day and o != n}
        seen, place = {old}, new
        while place in became:
            assert place not in seen, f"{old} goes round on {day}"
            seen.add(place)
            place = became[place]


def test_tickers_whose_past_is_another_stock_say_so() -> None:
    events = {(alias.old, alias.effective.year): alias.new for alias in CATALOG.aliases}
    reused = {("Q", 2011), ("STO", 1998), ("WLP", 2004), ("CEG", 2012), ("DELL", 2013)}
    reused |= {("SNDK", 2016), ("DD", 2017), ("T", 2005), ("CB", 2016), ("JCI", 2016)}
    assert {key: events[key] for key in reused} == dict.fromkeys(reused)
    assert events["PX", 2018] == "LIN"
    assert events["BBBY", 2023] == "BBBYQ"
    assert events["GOOG", 2014] == "GOOGL"
    assert events["GOOCV", 2014] == "GOOG"


def test_releases_are_in_order() -> None:
    dates = list(CATALOG.index_releases.values())
    assert dates == sorted(dates)
    assert CATALOG.index_releases["1.17.10"] == dt.date(2026, 3, 9)


def test_what_is_shared_cannot_be_changed() -> None:
    assert load_catalog() is CATALOG
    with pytest.raises(TypeError):
        CATALOG.share_classes["X"] = "Y"  # type: ignore[index]


def test_no_rename_is_dated_later_than_the_index_lists_that_ship_with_the_new_symbol() -> None:
    package = pytest.importorskip("pytickersymbols").PyTickerSymbols()
    released = CATALOG.index_releases.get(version("pytickersymbols"))
    if released is None:
        pytest.skip("the installed release of the index package is not dated here")
    listed = {
        stock.get("symbol")
        for index in package.get_all_indices()
        for stock in package.get_stocks_by_index(index)
    }
    late = [a for a in CATALOG.aliases if a.new in listed and a.effective > released]
    assert not late
