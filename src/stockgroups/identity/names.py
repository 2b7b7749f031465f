"""Whether two printed names may be one company's. A check on other evidence, never evidence."""

from __future__ import annotations

import re
from functools import lru_cache

# Words that say what a company is, not which.
_GENERAL = frozenset(
    """
    A AB ADR ADS AG AND B BANCORP BANK BHD C CAP CAPITAL CL CLASS CO COM COMMON COMPANIES
    COMPANY CORP CORPORATION COS DE ETF FINANCIAL FUND GDR GROUP GRP HLDG HLDGS HOLDING
    HOLDINGS INC INCORPORATED INTERNATIONAL INTL LIMITED LLC LP LTD NEW NV OF ORD PLC REIT
    REPRESENTING SA SE SERIES SHARES SHS SPA SPONSORED STOCK THE TRUST US USA
    """.split()  # noqa: SIM905 - a list of words reads better in words
)
_SIGNS = re.compile(r"[^A-Z0-9]+")
_JOINED = re.compile(r"['.]")
SAME_START = 3
"""Letters by which two first words are one shortened: LABCORP and LABORATORY."""


@lru_cache(1 << 15)
def name_words(name: str) -> tuple[str, ...]:
    """Return the words that tell this company from another."""
    words = _SIGNS.sub(" ", _JOINED.sub("", name.upper())).split()
    return tuple(word for word in words if word not in _GENERAL) or tuple(words)


def are_alike(one: str, other: str) -> bool:
    """Tell whether both may name one company: a word in common, or first words that begin alike."""
    mine, theirs = name_words(one), name_words(other)
    if not mine or not theirs:
        return False
    if set(mine) & set(theirs):
        return True
    return len(mine[0]) >= SAME_START and mine[0][:SAME_START] == theirs[0][:SAME_START]
