"""CUSIP, ISIN, SEDOL and FIGI: validates them, completes them, and finds the CUSIP in an ISIN.

Check digits are computed by python-stdnum. Only the ISIN of a US or Canadian security contains its
CUSIP. A company from another country may have a CUSIP that is not part of its ISIN.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from stdnum import cusip, figi, isin
from stdnum.gb import sedol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

CUSIP_LENGTH = 9
SEDOL_LENGTH = 7
ISSUER_LENGTH = 6
"""Characters of a CUSIP that name the issuer; the next two are the issue, the last the check."""

_CUSIP_COUNTRIES = ("US", "CA")
_REMEMBERED = 1 << 14
"""Texts of each kind, which take 170 bytes each: most of what a quarter of filings has often."""


@lru_cache(_REMEMBERED)
def valid_cusip(text: str | None) -> str | None:
    """Return the CUSIP without blanks if its nine characters are valid, else None."""
    return _valid(text, cusip)


@lru_cache(_REMEMBERED)
def valid_isin(text: str | None) -> str | None:
    """Return the ISIN without blanks if its twelve characters are valid, else None."""
    return _valid(text, isin)


@lru_cache(_REMEMBERED)
def valid_sedol(text: str | None) -> str | None:
    """Return the SEDOL without blanks if its seven characters are valid, else None."""
    return _valid(text, sedol)


@lru_cache(_REMEMBERED)
def valid_figi(text: str | None) -> str | None:
    """Return the FIGI without blanks if its twelve characters are valid, else None."""
    return _valid(text, figi)


def cusip_of_isin(text: str) -> str | None:
    """Return the CUSIP in an ISIN of the United States or Canada, else None."""
    return valid_cusip(text[2:11]) if text[:2] in _CUSIP_COUNTRIES else None


def find_contradiction(isin: str | None, cusip: str | None) -> str | None:
    """Return that an ISIN contains another CUSIP than the one beside it, as a reason; else None.

    One of the two is wrong, or from before the stock's CUSIP changed.
    """
    isin, cusip = valid_isin(isin), valid_cusip(cusip)
    inside = cusip_of_isin(isin) if isin and cusip else None
    if inside in (None, cusip):
        return None
    return f"its ISIN {isin} contains the CUSIP {inside}, and its CUSIP is {cusip}"


def complete_cusips(printed: Sequence[str | None]) -> list[str | None]:
    """Return the CUSIPs of one file, with missing check digits or leading zeros added.

    Some files omit the check digit (SSGA until 2023: eight characters on every row). In others a
    spreadsheet removed leading zeros (`37833100` beside others with nine characters). The case is
    decided for the whole file: check digits are missing if the longest text has eight characters,
    and leading zeros do not make all texts valid. A text stays as printed if the result has no
    valid check digit, if it is a number such as `3.07E+108`, or if it is also a SEDOL.
    """
    texts = {text for text in printed if text and _is_plain(text)}
    without_check = max(map(len, texts), default=0) == CUSIP_LENGTH - 1 and not all(
        valid_cusip(text.zfill(CUSIP_LENGTH)) for text in texts
    )
    return [text and _complete(text, without_check=without_check) for text in printed]


def complete_sedols(printed: Sequence[str]) -> list[str]:
    """Return SEDOLs with the leading zeros that a spreadsheet removed, as in `263494`.

    A text stays as printed if the result has no valid check digit.
    """
    return [
        whole
        if len(text) < SEDOL_LENGTH and text.isdecimal() and valid_sedol(whole := text.zfill(7))
        else text
        for text in printed
    ]


def is_sedol_abroad(text: str) -> bool:
    """Return whether a SEDOL belongs to a listing outside North America, or is a misprint.

    Each market's listing of a stock has its own SEDOL. A SEDOL from before 2004 consists of digits,
    and the first one gives the region: 0 and 3 the British Isles, 2 North America, 4, 5 and 7
    continental Europe, 6 Asia and Oceania. A newer one begins with a letter, which gives no region.
    Seven digits with a wrong check digit are a misprint, and the market is unknown.
    """
    if len(text) != SEDOL_LENGTH or not text.isdecimal():
        return False
    return text[0] in _REGIONS_ABROAD or valid_sedol(text) is None


_REGIONS_ABROAD = frozenset("034567")


def complete_cusip(text: str) -> str:
    """Return the eight characters of a CUSIP with their check digit added."""
    return text + cusip.calc_check_digit(text)


def calc_check_digit(kind: str, body: str) -> str | None:
    """Return the check digit of an identifier's other characters; None if they are not valid.

    `kind` is CUSIP, ISIN, SEDOL or FIGI.
    """
    makers = {
        "CUSIP": cusip.calc_check_digit,
        "ISIN": isin.calc_check_digit,
        "SEDOL": sedol.calc_check_digit,
        "FIGI": figi.calc_check_digit,
    }
    try:
        digit = str(makers[kind](body))
    except (ValueError, KeyError):
        return None
    return digit if _VALID[kind](body + digit) else None


def _is_plain(text: str) -> bool:
    return text.isalnum() and text.isascii()


def _complete(text: str, *, without_check: bool) -> str:
    if len(text) >= CUSIP_LENGTH or not _is_plain(text):
        return text
    if without_check and any(map(str.isdigit, text)):  # `MULTIPLE` is a word
        body = text.upper().zfill(CUSIP_LENGTH - 1)
        return complete_cusip(body)
    return text if valid_sedol(text) else valid_cusip(text.zfill(CUSIP_LENGTH)) or text


def _valid(text: str | None, kind: ModuleType) -> str | None:
    """Return the text in capitals and without blanks if it is valid.

    One repeated character (zeros) means "none".
    """
    if not text or not text.strip(text[0]):
        return None
    found: str = text.upper()
    if not _is_plain(found):
        found = kind.compact(found)  # takes a quarter of the time
    if not kind.is_valid(found):
        return None
    return text if found == text else found  # so that the cell's text exists only once


_VALID = {"CUSIP": valid_cusip, "ISIN": valid_isin, "SEDOL": valid_sedol, "FIGI": valid_figi}
