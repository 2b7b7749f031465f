"""What a text may say of a stock: an identifier, or a symbol in one spelling or another."""

from __future__ import annotations

import re
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.errors import SymbolError
from stockgroups.identifiers import valid_cusip, valid_figi, valid_isin, valid_sedol
from stockgroups.symbols import is_canonical, list_meanings

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.catalog import Catalog

_PLAIN = re.compile(r"[A-Z]{1,5}")
_COMPACT = re.compile(r"[A-Z]{2,9}")
_DIGIT = re.compile(r"\d")


class Method(StrEnum):
    """How a text leads to a stock."""

    EXACT = "exact"
    SPELLING = "spelling"
    DIRECTORY = "directory"
    CLASS_TABLE = "class table"
    FORMER = "former symbol"
    LATER = "later symbol"
    CUSIP = "CUSIP"
    ISIN = "ISIN"
    SEDOL = "SEDOL"
    FIGI = "FIGI"
    NONE = "none"


IDENTIFIERS = (Method.CUSIP, Method.ISIN, Method.SEDOL, Method.FIGI)
_CHECKS: dict[int, tuple[tuple[Method, Callable[[str | None], str | None]], ...]] = {
    7: ((Method.SEDOL, valid_sedol),),
    9: ((Method.CUSIP, valid_cusip),),
    12: ((Method.ISIN, valid_isin), (Method.FIGI, valid_figi)),
}


class Reading(NamedTuple):
    """One thing that a text may say: a canonical symbol, or an identifier where `method` is one."""

    method: Method
    value: str


def read_text(text: str, catalog: Catalog) -> list[Reading]:
    """Return what the text may say, the likeliest first; nothing for what is no stock's name.

    An identifier needs a true check digit. What is written in one word of more than one letter is
    also a symbol without its dot; which one, only directories and the table of classes tell.
    """
    if _PLAIN.fullmatch(text) and text not in catalog.share_classes:
        return [Reading(Method.EXACT, text)]
    if text[-4:] in catalog.exchanges and is_canonical(text):
        return [Reading(Method.EXACT, text)]
    word = text.strip().upper()
    if _DIGIT.search(word):
        for method, check in _CHECKS.get(len(word), ()):
            value = check(word)
            if value:
                return [Reading(method, value)]
    symbols: list[str] = []
    with suppress(SymbolError):
        symbols = list_meanings(text, catalog.share_classes, catalog.exchanges)
    known = catalog.share_classes.get(word)
    return [
        Reading(
            Method.EXACT
            if symbol == text
            else Method.CLASS_TABLE
            if symbol == known
            else Method.SPELLING,
            symbol,
        )
        for symbol in symbols
    ]


def compact_word(text: str) -> str | None:
    """Return the text in capitals where it may be a symbol without its dot, else None."""
    word = text.strip().upper()
    return word if _COMPACT.fullmatch(word) else None
