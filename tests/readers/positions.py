"""The lines that funds hold, of every kind, and how issuers print what is in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import attrgetter

from hypothesis import strategies as st
from stdnum import isin

Print = Callable[["Position"], str]


@dataclass(frozen=True)
class Position:
    """A line of a fund, of any kind; numbers and blanks as texts, weight in percent."""

    kind: str
    ticker: str
    name: str
    cusip: str = "-"
    sedol: str = "-"
    exchange: str = "NASDAQ"
    mic: str = "XNAS"
    country: str = "US"
    currency: str = "USD"
    value: str = "1000.00"
    weight: str = "1.00"
    shares: str = "10"


_TOKYO = "Tokyo Stock Exchange"
_ZURICH = "SIX Swiss Exchange"
_NO_MARKET = "NO MARKET (E.G. UNLISTED)"

POSITIONS = (
    Position("stock", "AAPL", "APPLE INC", "037833100", "2046251"),
    Position("stock", "MSFT", "MICROSOFT CORP", "594918104", "2588173"),
    Position("stock", "BRKB", "BERKSHIRE HATHAWAY INC CLASS B", "084670702", "2073390"),
    Position("stock", "BRK/B", "Berkshire  Hathaway Inc Class B", "084670702", "2073390"),
    Position("stock", "JPM", "JPMORGAN CHASE & CO", "46625H100", "2190385"),
    Position("stock", "JPM", "ANOTHER COMPANY", "999999999", "2999999"),
    Position("stock", "CVI", "CVR ENERGY INC", "12662P108", "B23PS12"),
    Position("stock", "NOTE", "N" * 201),
    Position("stock", "A;B", "NO TICKER, INC", "A12345678", "B0WNLY7"),
    Position("stock", "7203", "TOYOTA", "-", "6900643", _TOKYO, "XTKS", "JP", "JPY"),
    Position("stock", "ZURN", "ZÜRICH\xa0AG", "-", "5983816", _ZURICH, "XSWX", "CH", "CHF"),
    Position("stock", "MOON", "MOON MINING", "-", "6000001", "Moon", "XMON", "ZZ", "EUR"),
    Position("stock", "GONE", "DELISTED INC", "000000001", "2000001", _NO_MARKET, "OTC"),
    Position("stock", "AKE", "AKERO THERAPEUTICS CVR", "00973CVR1"),
    Position("stock", "-", "ESC GCI LIBERTY INC SR ESCROW", "361ESC049"),
    Position("stock", "2602335D", "SOMETHING CONTRA", "26023D335"),
    Position("stock", "MPTI RT", "M-TRON INDUSTRIES", "55380K125"),
    Position("stock", "SQFTW", "PRESIDIO PROPERTY TRST -CW27", "74102L113"),
    Position("collateral", "JPM", "CASH COLLATERAL USD JPM", "-"),
    Position("cash", "USD", "US DOLLAR", "999USDZ92"),
    Position("money fund", "XTSLA", "BLK CSH FND TREASURY SL AGENCY", "066922477"),
    Position("future", "ESZ6", "S&P500 EMINI DEC 26", "-", "-", "Index And Options Market", "OTC"),
    Position("forward", "GBP", "GBP/USD", "-", "-", "-", "OTC", currency="GBP"),
    Position("bond", "T", "TREASURY NOTE", "91282CAA1", "-", "-", "OTC"),
    Position("odd", "ODD", "SOMETHING ODD", "-", "-", "-", "OTC"),
)  # fmt: skip

_NULLS = st.sampled_from(["", "-"])
_AMOUNTS = st.integers(-10_000, 10**12).map(lambda cents: f"{cents / 100:,.2f}")
_WEIGHTS = st.integers(-500, 10_000).map(lambda points: f"{points / 100:.2f}")
_WRONG = st.sampled_from(["x", "1e400", "3,14", "١٢", "9" * 50])

positions = st.builds(
    lambda known, value, weight, shares: replace(known, value=value, weight=weight, shares=shares),
    st.sampled_from(POSITIONS),
    st.one_of(*[_AMOUNTS] * 8, _NULLS, _WRONG),
    st.one_of(*[_WEIGHTS] * 8, _NULLS, _WRONG),
    st.one_of(*[_AMOUNTS] * 8, _NULLS),
)


def classes(stock: str, **others: str) -> Print:
    words = {"stock": stock} | {kind.replace("_", " "): word for kind, word in others.items()}
    return lambda position: words.get(position.kind, "Structured Note")


def always(text: str) -> Print:
    return lambda _: text


def print_dollars(position: Position) -> str:
    return f"${position.value}" if position.value[-1:].isdigit() else position.value


def print_percents(position: Position) -> str:
    return f"{position.weight}%" if position.weight[-1:].isdigit() else position.weight


def print_german(text: str) -> str:
    return text.translate(str.maketrans(",.", ".,"))


def print_isin(position: Position) -> str:
    return f"US{position.cusip}5" if len(position.cusip) == 9 else "-"


def print_valid_isin(position: Position) -> str:
    """The ISIN of a stock at home in the United States, with its check digit."""
    if position.kind != "stock" or len(position.cusip) != 9:
        return "Unassigned"
    return f"US{position.cusip}{isin.calc_check_digit(f'US{position.cusip}')}"


def print_sector(position: Position) -> str:
    return "Energy" if position.kind == "stock" else ""


print_ticker: Print = attrgetter("ticker")
print_name: Print = attrgetter("name")
print_value: Print = attrgetter("value")
print_weight: Print = attrgetter("weight")
print_shares: Print = attrgetter("shares")
print_exchange: Print = attrgetter("exchange")
print_currency: Print = attrgetter("currency")
print_country: Print = attrgetter("country")
print_cusip: Print = attrgetter("cusip")
print_sedol: Print = attrgetter("sedol")
