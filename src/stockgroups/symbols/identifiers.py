"""CUSIP, ISIN, SEDOL and FIGI: which text is one, and which two say the same.

Check digits are python-stdnum's. A CUSIP lies inside the ISIN of a US or Canadian security and of
no other: a company at home elsewhere has a CUSIP of its own beside an ISIN that it is no part of.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from stdnum import cusip, figi, isin
from stdnum.gb import sedol

if TYPE_CHECKING:
    from collections.abc import Sequence

CUSIP_LENGTH = 9
SEDOL_LENGTH = 7
ISSUER_LENGTH = 6
"""Characters of a CUSIP that name the issuer; the next two are the issue, the last the check."""

_CUSIP_COUNTRIES = ("US", "CA")
_REMEMBERED = 1 << 14
"""Texts of each kind, which take 170 bytes each: most of what a quarter of filings has often."""


@lru_cache(_REMEMBERED)
def valid_cusip(text: str | None) -> str | None:
    """Return the CUSIP of nine characters with a true check digit, else None."""
    return _valid(text, cusip.is_valid)


@lru_cache(_REMEMBERED)
def valid_isin(text: str | None) -> str | None:
    """Return the ISIN of twelve characters with a true check digit, else None."""
    return _valid(text, isin.is_valid)


@lru_cache(_REMEMBERED)
def valid_sedol(text: str | None) -> str | None:
    """Return the SEDOL of seven characters with a true check digit, else None."""
    return _valid(text, sedol.is_valid)


@lru_cache(_REMEMBERED)
def valid_figi(text: str | None) -> str | None:
    """Return the FIGI of twelve characters with a true check digit, else None."""
    return _valid(text, figi.is_valid)


def cusip_of_isin(text: str) -> str | None:
    """Return the CUSIP inside an ISIN of the United States or Canada, else None."""
    return valid_cusip(text[2:11]) if text[:2] in _CUSIP_COUNTRIES else None


def complete_cusips(printed: Sequence[str | None]) -> list[str | None]:
    """Return the CUSIPs of one file with the characters that the whole file lacks.

    Files leave the check digit off (SSGA until 2023: eight characters on every row), or have lost
    leading zeros to a spreadsheet (`37833100` beside others of nine). Which of the two is decided
    for the file: without check digits the longest have eight characters, and a zero in front does
    not make true check digits of all last ones. What does not come out with a true check digit
    stays as it was printed, as does `3.07E+108`, and what is as well a SEDOL.
    """
    texts = {text for text in printed if text and _is_plain(text)}
    without_check = max(map(len, texts), default=0) == CUSIP_LENGTH - 1 and not all(
        valid_cusip(text.zfill(CUSIP_LENGTH)) for text in texts
    )
    return [text and _complete(text, without_check=without_check) for text in printed]


def complete_sedols(printed: Sequence[str]) -> list[str]:
    """Return SEDOLs with the zeros in front that a spreadsheet took for nothing: `263494`.

    What does not come out with a true check digit stays as it was printed.
    """
    return [
        whole
        if text.isdecimal() and len(text) < SEDOL_LENGTH and valid_sedol(whole := text.zfill(7))
        else text
        for text in printed
    ]


def is_sedol_abroad(text: str) -> bool:
    """Tell whether a SEDOL is that of a line outside North America, or a misprint of any line.

    Each market's line of a stock has a SEDOL of its own. Those from before 2004 are digits, of
    which the first tells the region: 0 and 3 the British Isles, 2 North America, 4, 5 and 7 the
    Continent, 6 Asia and Oceania. Newer ones begin with a letter, which tells nothing.
    Seven digits whose check digit is wrong may have been any of them: the line's market is unknown.
    """
    if len(text) != SEDOL_LENGTH or not text.isdecimal():
        return False
    return text[0] in _REGIONS_ABROAD or valid_sedol(text) is None


_REGIONS_ABROAD = frozenset("034567")


def complete_cusip(text: str) -> str:
    """Return eight characters of a CUSIP with the check digit that belongs to them."""
    return text + cusip.calc_check_digit(text)


def calc_check_digit(kind: str, body: str) -> str | None:
    """Return the check digit of an identifier's other characters; None where they cannot be one.

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


def _valid(text: str | None, is_valid: object) -> str | None:
    """Return the text in capitals when it passes; one sign repeated (zeros) stands for "none"."""
    if not text or not text.strip(text[0]):
        return None
    capitals = text.upper()
    found = text if text == capitals else capitals  # so that a cell is kept once
    return found if callable(is_valid) and is_valid(found) else None


_VALID = {"CUSIP": valid_cusip, "ISIN": valid_isin, "SEDOL": valid_sedol, "FIGI": valid_figi}
