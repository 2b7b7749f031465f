"""The readings of a text that names a stock: an identifier, or a symbol in some spelling."""

from __future__ import annotations

import re
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.errors import SymbolError
from stockgroups.symbols import is_canonical, is_label, list_readings
from stockgroups.symbols.identifiers import (
    CUSIP_LENGTH,
    SEDOL_LENGTH,
    calc_check_digit,
    complete_cusip,
    valid_cusip,
    valid_figi,
    valid_isin,
    valid_sedol,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.catalog import Catalog

_PLAIN = re.compile(r"[A-Z]{1,5}")
_COMPACT = re.compile(r"[A-Z]{2,9}")
_DIGIT = re.compile(r"\d")
_LABEL = re.compile(r"^(?:ISIN|CUSIP|SEDOL|FIGI)\b[\s:=]*")
_GAPS = re.compile(r"[\s-]+")
_IDENTIFIER = re.compile(r"[A-Z0-9]{6,12}")
_KINDS = (
    ("FIGI", 12, re.compile(r"[A-Z]{2}G")),
    ("ISIN", 12, re.compile(r"[A-Z]{2}")),
    ("CUSIP", 9, re.compile(r"[A-Z0-9]")),
    ("SEDOL", 7, re.compile(r"[A-Z0-9]")),
)


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
    REGISTER = "register"
    CIK = "CIK"
    SERIES = "series"
    NAME = "name"
    NONE = "none"


IDENTIFIERS = (Method.CUSIP, Method.ISIN, Method.SEDOL, Method.FIGI)


class Reading(NamedTuple):
    """One reading of a text: a canonical symbol, or an identifier, by its `method`."""

    method: Method
    value: str


def read_text(text: str, catalog: Catalog) -> list[Reading]:
    """Return the readings of the text, the likeliest first; none if it cannot name a stock.

    One word of more than one letter may also be a symbol without its dot. Only directories and the
    table of classes know which.
    """
    if _PLAIN.fullmatch(text) and text not in catalog.share_classes:
        return [Reading(Method.EXACT, text)]
    if text[-4:] in catalog.exchanges and is_canonical(text):
        return [Reading(Method.EXACT, text)]
    word = text.strip().upper()
    if is_label(word):
        return [Reading(Method.EXACT, word)]
    identifiers = read_identifiers(text)
    if identifiers and identifiers[0].value == word:
        return identifiers
    symbols: list[str] = []
    with suppress(SymbolError):
        symbols = list_readings(text, catalog.share_classes, catalog.exchanges)
    if not symbols:
        # `005930 KS` is a symbol, although its letters and digits would make a CUSIP.
        return identifiers
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


def read_identifiers(text: str) -> list[Reading]:
    """Return the identifiers that the text may be, complete ones first.

    Blanks and hyphens between the characters, and the identifier's name before it, are ignored. A
    CUSIP may lack its check digit (`03783310`); a CUSIP or SEDOL may lack leading zeros, which
    spreadsheets drop (`37833100`). All others need a correct check digit.
    """
    word = squeeze_identifier(text)
    if word is None:
        return []
    length = len(word)
    checks: list[tuple[Method, str, Callable[[str | None], str | None]]] = [
        (Method.ISIN, word, valid_isin),
        (Method.FIGI, word, valid_figi),
        (Method.CUSIP, word, valid_cusip),
        (Method.SEDOL, word, valid_sedol),
    ]
    if word.isdecimal() and length in (SEDOL_LENGTH - 1, CUSIP_LENGTH - 2, CUSIP_LENGTH - 1):
        checks.append((Method.SEDOL, word.zfill(SEDOL_LENGTH), valid_sedol))
        checks.append((Method.CUSIP, word.zfill(CUSIP_LENGTH), valid_cusip))
    if length == CUSIP_LENGTH - 1:
        checks.append((Method.CUSIP, complete_cusip(word), valid_cusip))
    found = [Reading(method, value) for method, value, check in checks if check(value)]
    return list(dict.fromkeys(found))


def squeeze_identifier(text: str) -> str | None:
    """Return the text as one word in capitals if it may be an identifier, else None."""
    word = _LABEL.sub("", text.strip().upper())
    word = _GAPS.sub("", word)
    return word if _IDENTIFIER.fullmatch(word) and _DIGIT.search(word) else None


def explain_identifier(text: str) -> str | None:
    """Return why a text that looks like an identifier is invalid; None for any other text."""
    word = squeeze_identifier(text)
    if word is None:
        return None
    for name, length, begins in _KINDS:
        if len(word) == length and begins.match(word):
            right = calc_check_digit(name, word[:-1])
            if right is not None:
                return f"the check digit of the {name} {word} is wrong: it should be {right}"
    return (
        f"{word} is not an identifier: a CUSIP has {CUSIP_LENGTH} characters, a SEDOL "
        f"{SEDOL_LENGTH}, "
        "an ISIN or FIGI 12, with a check digit at the end"
    )


def compact_word(text: str) -> str | None:
    """Return the text in capitals if it may be a symbol without its dot, else None."""
    word = text.strip().upper()
    return word if _COMPACT.fullmatch(word) else None
