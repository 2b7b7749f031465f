"""Reads texts as symbols, in every spelling that people and vendors use."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from stockgroups.errors import SymbolError
from stockgroups.symbols.grammar import FOREIGN, LOCAL, ROOT, US, is_foreign

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.catalog import Catalog, Exchange

LONGEST_TEXT = 40
"""More characters than any spelling of a symbol has."""

_EXAMPLES = "write it as AAPL, BRK.B or 7203.XTKS"

_SEPARATORS = re.compile(r"[./_ \-]+")
# In the Consolidated Quotation System, lower case p and r after the root mean preferred and rights.
_CQS = re.compile(r"([A-Z]{1,5})(p([A-Z]?)|r)")
_MIXED = re.compile(r"[A-Z][A-Z0-9&]*[a-z]|[a-z][a-z0-9&]*[A-Z]")
_MARKED = re.compile(r"([A-Z]{1,5})([./\-_^$+= ])(.*)")
# Bloomberg's code of the US composite or of a US venue (`EHTH US Equity`, `RKLB UQ`, `GRMN U`), and
# other vendors' code of the country (`AAPL.US`).
_US_VENUE = re.compile(r"(.+[^ ])(?: U[A-Z](?: EQUITY)?|[.:_-]US)")
_EQUITY = " EQUITY"
_MARKET_BEFORE = re.compile(r"(?P<market>[^:]+):(?P<ticker>.+)")
_MARKET_BEHIND = re.compile(r"(?P<ticker>.+)(?::|\.(?=[A-Z0-9]{4,8}\Z))(?P<market>.+)")
_SUFFIXES = {
    "P": "PR",
    "W": "WS",
    "WT": "WS",
    "WTS": "WS",
    "UN": "U",
    "R": "RT",
    "RI": "RT",
    "RTS": "RT",
}
_SERIES = re.compile(r"(?:(PR?)|(W[ST]))[. ]?([A-Z])")


def us_symbol(ticker: str, share_classes: Mapping[str, str]) -> str:
    """Return the canonical symbol of a US ticker in any source's spelling.

    `share_classes` maps compact spellings, and issuers' known misprints, to canonical symbols.
    Raise SymbolError if the text is not a US ticker.
    """
    known = share_classes.get(ticker)
    if known is not None:
        return known
    if ROOT.fullmatch(ticker):  # nearly every ticker
        return ticker
    known = share_classes.get(ticker.upper()) if ticker.islower() else None
    return known or _us(_squeeze(ticker), share_classes)


def strip_key(ticker: str) -> str:
    """Return a ticker without Bloomberg's key of shares: `6758 JT` of `6758 JT Equity`."""
    return ticker[: -len(_EQUITY)] if ticker.upper().endswith(_EQUITY) else ticker


def mixes_cases(ticker: str, share_classes: Mapping[str, str]) -> bool:
    """Return whether a ticker has capitals and lower-case letters side by side: a sign of damage.

    In two spellings they are no such sign: in preferreds and rights (`ABRpD`), and in a known share
    class (`BRKb`). `BRK.b` has them on different sides of a mark.
    """
    if _MIXED.search(ticker) is None:
        return False
    return _CQS.fullmatch(ticker) is None and ticker.upper() not in share_classes


def listed_symbol(ticker: str, exchange: Exchange, share_classes: Mapping[str, str]) -> str:
    """Return the canonical symbol of a ticker on an exchange in any country.

    Reuters' code of the exchange is dropped (`GE.N` in New York). Raise SymbolError if the text
    cannot be a ticker there.
    """
    root, dot, code = ticker.rpartition(".")
    if dot and code in exchange.reuters:
        ticker = root
    if exchange.us:
        return us_symbol(ticker, share_classes)
    return foreign_symbol(ticker, exchange)


def foreign_symbol(ticker: str, exchange: Exchange) -> str:
    """Return the canonical symbol of a local ticker on an exchange outside the United States.

    The exchange's own suffix, vendors' codes of it (`MC.PA`, `MC FP`), a trailing dot and `*` are
    dropped. An inner dot, slash, underscore or blank becomes `-`. Tickers of digits get as many
    leading zeros as the exchange uses, and no more. Raise SymbolError if the text cannot be a
    ticker of any exchange.
    """
    local = ticker
    if exchange.drop_suffix or not LOCAL.fullmatch(ticker):
        local = _squeeze(ticker).upper()
        if exchange.yahoo:
            local = local.removesuffix(f".{exchange.yahoo}")
        for code in (exchange.bloomberg, *exchange.bloomberg_venues):
            local = local.removesuffix(f" {code}")
        if exchange.drop_suffix and local != exchange.drop_suffix:
            local = local.removesuffix(exchange.drop_suffix)
        local = _local(local)
    return f"{_pad(local, exchange)}.{exchange.mic}"


def _pad(local: str, exchange: Exchange) -> str:
    if local.isdecimal() and exchange.pad:
        return local.lstrip("0").zfill(exchange.pad)  # some vendors write Hong Kong's 0700 as 00700
    return local


def list_markets(code: str, exchanges: Mapping[str, Exchange]) -> list[Exchange]:
    """Return the foreign markets of a Bloomberg code; markets of one country can share a code."""
    return [
        exchange
        for exchange in exchanges.values()
        if not exchange.us and code in (exchange.bloomberg, *exchange.bloomberg_venues)
    ]


def choose_market(ticker: str, markets: Sequence[Exchange]) -> Exchange | None:
    """Return the market of a ticker, of those that share a code; None if the ticker is no clue.

    Tickers of Shanghai and Shenzhen begin with different digits; those of Taipei and Taiwan do not.
    """
    if len(markets) == 1:
        return markets[0]
    found = [market for market in markets if _pad(ticker, market).startswith(market.prefixes)]
    return found[0] if len(found) == 1 else None


def parse_symbol(text: str, share_classes: Mapping[str, str]) -> str:
    """Return the canonical symbol that a person means by any spelling, in any case.

    Of a US symbol: `brk.b`, `BRK/B`, `BRK-B`, `BRK_B`, `BRK B`, `BRKB` (through `share_classes`,
    and only where the table knows it), `BRK B US`, `BRK.B.US`, `$AAPL`; preferreds `ABR.PRD`,
    `ABR-PD`, `ABR$D`, `ABRpD`, `ABR PR D`; warrants `BFLY.WS`, `BFLY.W`, `BFLY-WT`, `BFLY+`; units
    `SOUL.U`, `SOUL-UN`, `SOUL=`; rights `SOUL.RT`, `SOUL.R`, `SOUL-RI`, `SOUL^`. `^` before a
    letter is a class where the table knows that class (`BRK^B`), else a preferred (`ABR^D`). A
    hyphen before one letter is a class (Yahoo, SEC), although the Nasdaq directory writes
    preferreds so. Of a foreign symbol: the canonical spelling only, as vendors' suffixes (`BP.L`)
    look like share classes.
    Raise SymbolError for what is not a symbol in any spelling.
    """
    squeezed = _squeeze(text)
    upper = squeezed.upper()
    foreign = FOREIGN.fullmatch(upper)
    if foreign:
        return f"{_local(foreign[1])}.{foreign[2]}"
    known = share_classes.get(upper)
    if known is not None and known.replace(".", "") == upper:  # else it is an issuer's misprint
        return known
    return _us(squeezed.removeprefix("$"), share_classes)


def read_symbol(text: str, catalog: Catalog) -> str:
    """Return the one canonical symbol that a text in a list means.

    Lists, histories and old entries all read their symbols here. If `list_readings` returns
    several, the table of share classes decides. `SHEL.L` may be London or a share class L. A
    foreign stock must never pass for a US stock, so an ambiguous text is refused. Raise SymbolError
    if it is ambiguous or not a symbol.
    """
    share_classes = catalog.share_classes
    if ROOT.fullmatch(text) and text not in share_classes:
        return text  # nearly every text
    readings = list_readings(text, share_classes, catalog.exchanges)
    if len(readings) > 1:
        known = share_classes.values()
        readings = [symbol for symbol in readings if symbol in known] or readings
    if len(readings) > 1 and "." in text:
        choice = " or ".join(readings)
        raise SymbolError(f"{text!r} may be {choice}", remedy=f"write {choice}")
    return readings[-1]


def list_readings(
    text: str, share_classes: Mapping[str, str], exchanges: Mapping[str, Exchange]
) -> list[str]:
    """Return every canonical symbol that a person may mean by the text, the likeliest first.

    The readings are: with the name or code of a market (`NASDAQ:AAPL`, `AAPL.XNAS`, `700.XHKG`); as
    a canonical symbol; as a compact spelling (`BRKB`); with a vendor's code of a market (`BP.L` and
    `GE.N` may also be share classes). A text in canonical form with an unknown market code
    (`BTC.USDT`) is not a symbol. Raise SymbolError if there is no reading.
    """
    if ROOT.fullmatch(text) and text not in share_classes:
        return [text]  # nearly every text
    named = _read_market(_squeeze(text), share_classes, exchanges)
    if named is not None:
        return [named]
    readings: dict[str, None] = {}
    for classes in ({}, share_classes):
        with suppress(SymbolError):
            symbol = parse_symbol(text, classes)
            if not is_foreign(symbol):
                readings[symbol] = None
    readings |= dict.fromkeys(list_abroad(text, exchanges))
    readings |= dict.fromkeys(_list_reuters(text, share_classes, exchanges))
    if not readings:
        raise SymbolError(f"{text!r} is not a symbol in any spelling", remedy=_EXAMPLES)
    return list(readings)


def _read_market(
    text: str, share_classes: Mapping[str, str], exchanges: Mapping[str, Exchange]
) -> str | None:
    """Return the symbol of a ticker with the name or code of its market; None without a market.

    Raise SymbolError if the text is not a ticker of that market.
    """
    upper = text.upper()
    for pattern in (_MARKET_BEFORE, _MARKET_BEHIND):
        found = pattern.fullmatch(upper)
        if found is None:
            continue
        place, ticker = found["market"], text[slice(*found.span("ticker"))]
        if place == "US":
            return us_symbol(ticker, share_classes)
        for exchange in exchanges.values():
            names = (exchange.mic, exchange.name, *exchange.printed)
            if place in map(str.upper, names):
                return listed_symbol(ticker, exchange, share_classes)
    return None


def list_abroad(text: str, exchanges: Mapping[str, Exchange]) -> list[str]:
    """Return the canonical symbols of a text with a vendor's code of a foreign market.

    `7203.T` is Yahoo's form, `7203 JP` Bloomberg's, with or without `Equity` after it. If several
    markets share a code (Toronto and the TSX Venture Exchange), and the ticker does not decide, the
    result is empty. Raise SymbolError if the text is longer than any symbol.
    """
    squeezed = strip_key(_squeeze(text)).upper()
    found = []
    for mark in ". ":
        local, _, code = squeezed.rpartition(mark)
        if not (local and code):
            continue
        markets = (
            [market for market in exchanges.values() if not market.us and code == market.yahoo]
            if mark == "."
            else list_markets(code, exchanges)
        )
        if market := choose_market(local, markets):
            with suppress(SymbolError):
                found.append(foreign_symbol(local, market))
    return found


def _list_reuters(
    text: str, share_classes: Mapping[str, str], exchanges: Mapping[str, Exchange]
) -> list[str]:
    """Return the canonical symbols of a text with Reuters' code of a market: `AAPL.OQ`, `GE.N`."""
    upper = _squeeze(text).upper()
    code = upper.rpartition(".")[2]
    found = []
    for exchange in exchanges.values():
        if code in exchange.reuters:
            with suppress(SymbolError):
                found.append(listed_symbol(upper, exchange, share_classes))
    return found


def _us(text: str, share_classes: Mapping[str, str]) -> str:
    cqs = _CQS.fullmatch(text)
    if cqs:
        return f"{cqs[1]}.RT" if cqs[2] == "r" else f"{cqs[1]}.PR{cqs[3]}"
    upper = text.upper()
    venue = _US_VENUE.fullmatch(upper)
    if venue:
        upper = venue[1]
    known = share_classes.get(upper)
    if venue and known is not None:
        return known
    if ROOT.fullmatch(upper):
        return upper
    marked = _MARKED.fullmatch(upper)
    suffix = marked and _suffix(marked[1], marked[2], marked[3], share_classes)
    symbol = f"{marked[1]}.{suffix}" if marked and suffix else None
    if symbol is None or not US.fullmatch(symbol):
        raise SymbolError(f"{text!r} is not a symbol in any spelling", remedy=_EXAMPLES)
    return symbol


def _suffix(root: str, mark: str, tail: str, share_classes: Mapping[str, str]) -> str | None:
    """Return the canonical suffix for `mark` and `tail` after a root; None if there is none."""
    if mark == "$":
        return f"PR{tail}"
    if mark == "+":
        return f"WS{tail}"
    if mark == "=":
        return None if tail else "U"
    if mark == "^":
        return ("PR" if root + tail not in share_classes else "") + tail if tail else "RT"
    if mark == "-" and tail == "PR":  # Yahoo: P, then series R
        return "PRR"
    series = _SERIES.fullmatch(tail) if tail not in ("PR", "WTS") else None
    if series:
        return ("PR" if series[1] else "WS") + series[3]
    return _SUFFIXES.get(tail, tail)


def _local(ticker: str) -> str:
    local = _SEPARATORS.sub("-", ticker.rstrip(".* ")).strip("-")
    if not LOCAL.fullmatch(local):
        raise SymbolError(f"{ticker!r} is not a ticker of any exchange")
    return local


def _squeeze(text: str) -> str:
    squeezed = " ".join(text.split())
    if not squeezed or len(squeezed) > LONGEST_TEXT or not squeezed.isascii():
        raise SymbolError(
            f"{squeezed[:LONGEST_TEXT]!r} is not a symbol in any spelling", remedy=_EXAMPLES
        )
    return squeezed
