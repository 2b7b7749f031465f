"""Symbols: one canonical spelling, every other one read into it and written out of it.

The grammar of a canonical symbol:

    us       = root [ "." suffix ]
    root     = 1 to 5 letters
    suffix   = class | "PR" [ series ] | "WS" [ series ] | "U" | "RT"
    class    = one letter, but not P, R, U, W (these mark preferreds, rights, units, warrants)
    series   = one letter
    foreign  = local "." mic
    local    = letters, digits and "&" in parts joined by "-", 15 characters at most
    mic      = the market's operating ISO 10383 code, 4 characters

`BRK.B` is a share class, `ABR.PRD` a preferred, `BFLY.WS` a warrant, `7203.XTKS` a line in Tokyo.
A spelling without any mark between root and class (`BRKB`) is never split by a rule, as ABB, GOOGL
and CWEN look the same: only the table of share classes resolves it.
"""

from __future__ import annotations

import re
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING

from stockgroups.errors import SymbolError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.catalog import Exchange

LONGEST_TEXT = 40
"""More characters than any spelling of a symbol has."""

_EXAMPLES = "write it as AAPL, BRK.B or 7203.XTKS"

_ROOT = re.compile(r"[A-Z]{1,5}")
_US = re.compile(r"([A-Z]{1,5})(?:\.([A-OQSTVX-Z]|PR[A-Z]?|WS[A-Z]?|U|RT))?")
_LOCAL = re.compile(r"[A-Z0-9&]{1,15}|(?=.{1,15}\Z)[A-Z0-9&]+(?:-[A-Z0-9&]+)*")
_SEPARATORS = re.compile(r"[./_ \-]+")
_FOREIGN = re.compile(r"(.{1,30})\.([A-Z][A-Z0-9]{3})")
# Consolidated Quotation System: lower case p and r after the root mean preferred and rights.
_CQS = re.compile(r"([A-Z]{1,5})(p([A-Z]?)|r)")
_MARKED = re.compile(r"([A-Z]{1,5})([./\-^$+= ])(.*)")
# Bloomberg's code of the US composite or of a US venue: `EHTH US Equity`, `RKLB UQ`, `GRMN U`.
_US_VENUE = re.compile(r"(.+[^ ]) U[A-Z](?: EQUITY)?")
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
_YAHOO_SUFFIXES = {"PR": "P", "WS": "WT", "U": "UN", "RT": "RI"}


class SymbolStyle(StrEnum):
    """How a symbol is written: ours, or as vendors write it.

    `yahoo` is BRK-B, ABR-PD, 7203.T; `slash` BRK/B (consolidated tape, Bloomberg), `compact` BRKB
    (iShares), `space` BRK B. A foreign symbol has an own spelling in `canonical` and `yahoo` only.
    """

    CANONICAL = "canonical"
    YAHOO = "yahoo"
    SLASH = "slash"
    COMPACT = "compact"
    SPACE = "space"


def is_canonical(text: str) -> bool:
    """Tell whether the text follows the grammar, and so is the one spelling of its symbol."""
    if _US.fullmatch(text):
        return True
    foreign = _FOREIGN.fullmatch(text)
    return foreign is not None and _LOCAL.fullmatch(foreign[1]) is not None


def is_foreign(symbol: str) -> bool:
    """Tell whether a canonical symbol ends in a market's MIC: a listing outside the United States.

    A suffix of a US listing is shorter.
    """
    _, dot, suffix = symbol.rpartition(".")
    return bool(dot) and len(suffix) == 4


def us_symbol(ticker: str, share_classes: Mapping[str, str]) -> str:
    """Return the canonical symbol of a US ticker, however its source spells it.

    `share_classes` maps compact spellings, and issuers' known misprints, to canonical symbols.
    Raise SymbolError for what is no US ticker.
    """
    known = share_classes.get(ticker)
    if known is not None:
        return known
    if _ROOT.fullmatch(ticker):
        return ticker
    return _us(_squeeze(ticker), share_classes)


def foreign_symbol(ticker: str, exchange: Exchange) -> str:
    """Return the canonical symbol of a local ticker on an exchange outside the United States.

    The exchange's own suffix, a trailing dot and `*` are dropped; an inner dot, slash, underscore
    or blank becomes `-`; tickers of digits are padded as the exchange pads them. Raise SymbolError
    for what no exchange uses as a ticker.
    """
    local = ticker
    if exchange.drop_suffix or not _LOCAL.fullmatch(ticker):
        local = _squeeze(ticker).upper()
        if exchange.drop_suffix and local != exchange.drop_suffix:
            local = local.removesuffix(exchange.drop_suffix)
        local = _local(local)
    if local.isdecimal():
        local = local.zfill(exchange.pad)
    return f"{local}.{exchange.mic}"


def parse_symbol(text: str, share_classes: Mapping[str, str]) -> str:
    """Return the canonical symbol that a person means by any spelling, in any case.

    Of a US symbol: `brk.b`, `BRK/B`, `BRK-B`, `BRK B`, `BRKB` (through `share_classes`, and only
    where the table knows it), `BRK B US`; preferreds `ABR.PRD`, `ABR-PD`, `ABR$D`, `ABRpD`,
    `ABR PR D`; warrants `BFLY.WS`, `BFLY.W`, `BFLY-WT`, `BFLY+`; units `SOUL.U`, `SOUL-UN`,
    `SOUL=`; rights `SOUL.RT`, `SOUL.R`, `SOUL-RI`, `SOUL^`. `^` before a letter is a class where
    the table knows that class (`BRK^B`), else a preferred (`ABR^D`). A hyphen before one letter is
    a class (Yahoo, SEC), although the Nasdaq directory writes preferreds so. Of a foreign symbol:
    the canonical spelling only, as vendors' suffixes (`BP.L`) look like share classes.
    Raise SymbolError for what is no symbol in any spelling.
    """
    squeezed = _squeeze(text)
    upper = squeezed.upper()
    foreign = _FOREIGN.fullmatch(upper)
    if foreign:
        return f"{_local(foreign[1])}.{foreign[2]}"
    known = share_classes.get(upper)
    if known is not None and known.replace(".", "") == upper:  # else an issuer's misprint
        return known
    return _us(squeezed, share_classes)


def list_meanings(
    text: str, share_classes: Mapping[str, str], exchanges: Mapping[str, Exchange]
) -> list[str]:
    """Return every canonical symbol that a person may mean by the text, the likeliest first.

    As it stands; as a compact spelling (`BRKB`); as vendors write a market abroad (`BP.L` might as
    well be a share class). Raise SymbolError for what is none of these.
    """
    if _ROOT.fullmatch(text) and text not in share_classes:
        return [text]  # nearly every text
    meanings: dict[str, None] = {}
    for classes in ({}, share_classes):
        with suppress(SymbolError):
            meanings[parse_symbol(text, classes)] = None
    meanings |= dict.fromkeys(list_abroad(text, exchanges))
    if not meanings:
        raise SymbolError(f"{text!r} is no symbol in any spelling", remedy=_EXAMPLES)
    return list(meanings)


def list_abroad(text: str, exchanges: Mapping[str, Exchange]) -> list[str]:
    """Return the canonical symbols of what vendors write with the code of a market abroad.

    `7203.T` is Yahoo's, `7203 JP` Bloomberg's, with or without `Equity` behind it. Of a code that
    several markets share (Shanghai's and Shenzhen's) none is meant. Raise SymbolError for what is
    longer than any symbol.
    """
    squeezed = _squeeze(text).upper().removesuffix(" EQUITY")
    found = []
    for mark in ". ":
        local, _, code = squeezed.rpartition(mark)
        markets = [
            exchange
            for exchange in exchanges.values()
            if not exchange.us and code == (exchange.yahoo if mark == "." else exchange.bloomberg)
        ]
        if local and code and len(markets) == 1:
            with suppress(SymbolError):
                found.append(foreign_symbol(local, markets[0]))
    return found


def render_symbol(symbol: str, style: SymbolStyle, exchanges: Mapping[str, Exchange]) -> str:
    """Return a canonical symbol in a vendor's spelling.

    Raise SymbolError when the symbol is not canonical, or the vendor has no spelling for it.
    """
    if style is SymbolStyle.CANONICAL and is_canonical(symbol):
        return symbol
    us = _US.fullmatch(symbol)
    if us:
        return _render_us(us[1], us[2], style)
    foreign = _FOREIGN.fullmatch(symbol)
    if not foreign or not _LOCAL.fullmatch(foreign[1]):
        raise SymbolError(f"{symbol!r} is no canonical symbol", remedy="parse it first")
    if style is not SymbolStyle.YAHOO:
        return symbol
    exchange = exchanges.get(foreign[2])
    if exchange is None or exchange.yahoo is None:
        raise SymbolError(
            f"{symbol}: Yahoo's suffix of {foreign[2]} is not known",
            remedy="name it in exchanges.toml (yahoo = ...)",
        )
    return f"{foreign[1]}.{exchange.yahoo}" if exchange.yahoo else foreign[1]


def _render_us(root: str, suffix: str | None, style: SymbolStyle) -> str:
    if suffix is None:
        return root
    if style is SymbolStyle.COMPACT:
        return root + suffix
    if style is SymbolStyle.SLASH:
        return f"{root}/{suffix}"
    if style is SymbolStyle.SPACE:
        return f"{root} {suffix}"
    kind, series = (suffix[:2], suffix[2:]) if suffix[:2] in _YAHOO_SUFFIXES else (suffix, "")
    return f"{root}-{_YAHOO_SUFFIXES.get(kind, kind)}{series}"


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
    if _ROOT.fullmatch(upper):
        return upper
    marked = _MARKED.fullmatch(upper)
    suffix = marked and _suffix(marked[1], marked[2], marked[3], share_classes)
    symbol = f"{marked[1]}.{suffix}" if marked and suffix else None
    if symbol is None or not _US.fullmatch(symbol):
        raise SymbolError(f"{text!r} is no symbol in any spelling", remedy=_EXAMPLES)
    return symbol


def _suffix(root: str, mark: str, tail: str, share_classes: Mapping[str, str]) -> str | None:
    """Return the canonical suffix that `mark` and `tail` after a root mean, or None."""
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
    if not _LOCAL.fullmatch(local):
        raise SymbolError(f"{ticker!r} is no exchange's ticker")
    return local


def _squeeze(text: str) -> str:
    squeezed = " ".join(text.split())
    if not squeezed or len(squeezed) > LONGEST_TEXT or not squeezed.isascii():
        raise SymbolError(
            f"{squeezed[:LONGEST_TEXT]!r} is no symbol in any spelling", remedy=_EXAMPLES
        )
    return squeezed
