"""Look-ups by what sources print: fund names, exchanges, sector labels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockgroups.catalog import load_catalog

CATALOG = load_catalog()
NAMES = [
    (name, etf.ticker) for etf in CATALOG.etfs.values() for name in (etf.name, *etf.other_names)
]
PRINTS = [
    (text, exchange.mic)
    for exchange in CATALOG.exchanges.values()
    for text in (exchange.mic, exchange.name, *exchange.printed)
]


def garble(text: str, seed: int) -> str:
    """Change case, blanks and marks: all that must make no difference."""
    marked = "".join(
        (char.upper() if seed >> i % 31 & 1 else char.lower()) + ("®" if seed >> i % 29 & 1 else "")
        for i, char in enumerate(text)
    )
    return "\N{NO-BREAK SPACE} " + marked.replace(" ", "  \t") + " "


@pytest.mark.parametrize(
    ("printed", "ticker"),
    [
        ("State Street® SPDR® S&P 500® ETF Trust", "SPY"),
        ("SPDR® S&P 500® ETF Trust", "SPY"),
        ("SPDR S&P 500 ETF TRUST", "SPY"),
        ("SPDR S and P 500 ETF Trust", "SPY"),
        ("The Technology Select Sector SPDR® Fund", "XLK"),
        ("State Street® Technology Select Sector SPDR® ETF", "XLK"),
        ("iShares Core S&P 500 ETF", "IVV"),
        ("S&P 500 ETF (VOO)", "VOO"),
        ("Total Stock Market ETF (VTI)", "VTI"),
        ("ARK Innovation ETF", "ARKK"),
    ],
)
def test_fund_is_found_by_any_of_its_names(printed: str, ticker: str) -> None:
    found = CATALOG.fund_named(printed)
    assert found is not None
    assert found.ticker == ticker


@given(st.sampled_from(NAMES), st.integers(0, 2**31 - 1))
def test_marks_case_and_blanks_make_no_difference(named: tuple[str, str], seed: int) -> None:
    name, ticker = named
    found = CATALOG.fund_named(garble(name, seed))
    assert found is not None
    assert found.ticker == ticker


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "S&P 500 ETF",
        "State Street® SPDR® S&P® U.S. Technology Select Sector UCITS ETF (Acc)",
        "iShares Core S 500 ETF",
    ],
)
def test_another_fund_is_not_mistaken_for_one(printed: str) -> None:
    assert CATALOG.fund_named(printed) is None


@pytest.mark.parametrize(
    ("printed", "mic"),
    [
        ("NASDAQ", "XNAS"),
        ("XNGS", "XNAS"),
        ("New York Stock Exchange Inc.", "XNYS"),
        ("NYSE", "XNYS"),
        ("Nyse Mkt Llc", "XASE"),
        ("Cboe BZX formerly known as BATS", "BATS"),
        ("NO MARKET (E.G. UNLISTED)", "XXXX"),
        ("XBSP", "BVMF"),
        ("Gretai Securities Market", "ROCO"),
        ("Nasdaq Omx Nordic", "XSTO"),
        ("Omx Nordic Exchange Copenhagen A/S", "XCSE"),
        ("Nyse Euronext - Euronext Paris", "XPAR"),
        ("Warsaw Stock Exchange/Equities/Main Market", "XWAR"),
        ("Hong Kong Exchanges And Clearing Ltd", "XHKG"),
    ],
)
def test_exchange_is_found_by_its_print(printed: str, mic: str) -> None:
    found = CATALOG.exchange_printed(printed)
    assert found is not None
    assert found.mic == mic


@given(st.sampled_from(PRINTS), st.booleans())
def test_every_print_of_an_exchange_leads_to_it(printed: tuple[str, str], upper: bool) -> None:
    text, mic = printed
    found = CATALOG.exchange_printed(f"  {text.upper() if upper else text.lower()} ")
    assert found is not None
    assert found.mic == mic


@pytest.mark.parametrize(
    "printed",
    ["", "-", "Chicago Mercantile Exchange", "Eurex Deutschland", "Index And Options Market"],
)
def test_markets_for_derivatives_are_unknown(printed: str) -> None:
    assert CATALOG.exchange_printed(printed) is None


@pytest.mark.parametrize(
    ("label", "sector"),
    [
        ("Communication", "communication_services"),
        ("COMMUNICATION  services", "communication_services"),
        ("communication_services", "communication_services"),
        ("Information Technology", "information_technology"),
        ("Household Durables", "consumer_discretionary"),
        ("Gesundheitsversorgung", "health_care"),
        ("Consumi Discrezionali", "consumer_discretionary"),
        ("Paper Packaging", "materials"),
        ("Technology Hardware, Storage & Periphera", "information_technology"),
        ("Cash and/or Derivatives", None),
        ("Unassigned", None),
        ("Technology", None),
        ("-", None),
    ],
)
def test_sector_labels(label: str, sector: str | None) -> None:
    assert CATALOG.sector_of_label(label) == sector
