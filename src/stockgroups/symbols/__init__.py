"""Symbols: reads every spelling into the canonical one, and writes it in vendors' spellings."""

from stockgroups.symbols.grammar import is_canonical, is_foreign, is_isin, is_label, make_ref
from stockgroups.symbols.renderings import SymbolStyle, list_spellings, render_symbol
from stockgroups.symbols.spellings import (
    choose_market,
    foreign_symbol,
    list_abroad,
    list_markets,
    list_readings,
    listed_symbol,
    mixes_cases,
    parse_symbol,
    read_symbol,
    strip_key,
    us_symbol,
)

__all__ = [
    "SymbolStyle",
    "choose_market",
    "foreign_symbol",
    "is_canonical",
    "is_foreign",
    "is_isin",
    "is_label",
    "list_abroad",
    "list_markets",
    "list_readings",
    "list_spellings",
    "listed_symbol",
    "make_ref",
    "mixes_cases",
    "parse_symbol",
    "read_symbol",
    "render_symbol",
    "strip_key",
    "us_symbol",
]
