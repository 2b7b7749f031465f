"""Writes symbols in vendors' spellings."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from stockgroups.errors import SymbolError
from stockgroups.symbols.grammar import FOREIGN, LOCAL, US, is_canonical, is_foreign, is_isin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.catalog import Exchange

_YAHOO_SUFFIXES = {"PR": "P", "WS": "WT", "U": "UN", "RT": "RI"}


class SymbolStyle(StrEnum):
    """The spelling of a symbol: the canonical one, or a vendor's.

    `yahoo` is BRK-B, ABR-PD, 7203.T; `slash` BRK/B (consolidated tape, Bloomberg), `compact` BRKB
    (iShares), `space` BRK B. A foreign symbol has a spelling only in `canonical` and `yahoo`.
    """

    CANONICAL = "canonical"
    YAHOO = "yahoo"
    SLASH = "slash"
    COMPACT = "compact"
    SPACE = "space"


def render_symbol(symbol: str, style: SymbolStyle, exchanges: Mapping[str, Exchange]) -> str:
    """Return a canonical symbol in a vendor's spelling.

    Raise SymbolError if the symbol is not canonical, or the vendor has no spelling for it.
    """
    if is_isin(symbol) or (style is SymbolStyle.CANONICAL and is_canonical(symbol)):
        return symbol
    us = US.fullmatch(symbol)
    if us:
        return _render_us(us[1], us[2], style)
    foreign = FOREIGN.fullmatch(symbol)
    if not foreign or not LOCAL.fullmatch(foreign[1]):
        raise SymbolError(
            f"{symbol!r} is not a canonical symbol",
            remedy="`parse_symbol` returns the canonical one",
        )
    if style is not SymbolStyle.YAHOO:
        return symbol
    exchange = exchanges.get(foreign[2])
    if exchange is None or exchange.yahoo is None:
        raise SymbolError(
            f"{symbol}: Yahoo's suffix for {foreign[2]} is unknown",
            remedy="name it in exchanges.toml (yahoo = ...)",
        )
    return f"{foreign[1]}.{exchange.yahoo}" if exchange.yahoo else foreign[1]


def list_spellings(symbol: str) -> list[str]:
    """Return other programs' spellings of a canonical US symbol, the symbol itself first.

    Spellings without a mark between root and class (`BRKB`) are left out, because they may belong
    to another stock.
    """
    found = [symbol]
    root, dot, suffix = symbol.partition(".")
    if dot and not is_foreign(symbol):
        styles = (SymbolStyle.YAHOO, SymbolStyle.SLASH, SymbolStyle.SPACE)
        found += [_render_us(root, suffix, style) for style in styles]
        found += [f"{root}{mark}{suffix}" for mark in "-/_ "]
    found += [spelling.lower() for spelling in found]
    return list(dict.fromkeys(found))


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
