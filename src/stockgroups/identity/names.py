"""How similar two reported names are. Names check other evidence; alone they prove nothing."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Words for kinds of companies, which do not identify one.
_GENERAL = frozenset(
    """
    A AB ADR ADS AG AND B BANCORP BANK BHD C CAP CAPITAL CL CLASS CO COM COMMON COMPANIES
    COMPANY CORP CORPORATION COS DE ETF FINANCIAL FUND GDR GROUP GRP HLDG HLDGS HOLDING
    HOLDINGS INC INCORPORATED INTERNATIONAL INTL LIMITED LLC LP LTD NEW NV OF ORD PLC REIT
    REPRESENTING SA SE SERIES SHARES SHS SPA SPONSORED STOCK THE TRUST US USA
    """.split()  # noqa: SIM905 - a list of words reads better in words
)
# Words in many companies' names: to share one is no evidence.
_FREQUENT = frozenset(
    """
    ACQUISITION ALLIANCE AMERICA AMERICAN AMERICAS BANCSHARES BIO BIOSCIENCES BRANDS BROADCASTING
    CENTRAL CHEMICAL CHINA COMMUNICATIONS COMMUNITY CONSOLIDATED CONTROLS DIGITAL ELECTRIC
    ELECTRONICS ENERGY ENTERTAINMENT EQUITY FIRST FOODS GAS GENERAL GLOBAL GOLD GREAT HEALTH
    HEALTHCARE INDUSTRIAL INDUSTRIES INSURANCE LIFE MANAGEMENT MATERIALS MEDIA MEDICAL MINING
    NATIONAL NATURAL NETWORKS NORTH OIL PACIFIC PARTNERS PETROLEUM PHARMA PHARMACEUTICALS POWER
    PRODUCTS PROPERTIES PROPERTY REALTY RESOURCES RETAIL SCIENCES SCIENTIFIC SEMICONDUCTOR SERVICE
    SERVICES SOFTWARE SOLUTIONS SOUTH SOUTHERN STATES SYSTEMS TECHNOLOGIES TECHNOLOGY THERAPEUTICS
    UNITED WATER WESTERN WORLD
    """.split()  # noqa: SIM905 - as above
)
_SIGNS = re.compile(r"[^A-Z0-9]+")
_JOINED = re.compile(r"['.]")
SAME_START = 3
"""Letters by which one first word may be the other one shortened: LABCORP and LABORATORY."""


class Likeness(IntEnum):
    """How similar two names are."""

    UNLIKE = 0
    """No word in common, and first words that begin differently."""
    WEAK = 1
    """First words that begin alike (ECHOSTAR, ECHO), or a word in common that many names have."""
    SIMILAR = 2
    """A word in common that few names have."""
    SAME = 3
    """The same words (EXXON MOBIL, EXXONMOBIL), or all of the shorter name's, or more than half of
    them with the first."""


@lru_cache(1 << 13)
def name_words(name: str) -> tuple[str, ...]:
    """Return the words that tell this company from another."""
    words = _SIGNS.sub(" ", _JOINED.sub("", name.upper())).split()
    return tuple(word for word in words if word not in _GENERAL) or tuple(words)


def compare_names(one: str, other: str) -> Likeness:
    """Return how similar the two names are."""
    mine, theirs = name_words(one), name_words(other)
    if not mine or not theirs:
        return Likeness.UNLIKE
    shared = set(mine) & set(theirs)
    shorter = min(len(set(mine)), len(set(theirs)))
    is_telling = bool(shared - _FREQUENT)
    if (
        "".join(mine) == "".join(theirs)
        or set(mine) == set(theirs)
        or (is_telling and len(shared) == shorter)
        or (mine[0] == theirs[0] and 2 * len(shared) > shorter)
    ):
        return Likeness.SAME
    if is_telling:
        return Likeness.SIMILAR
    starts_alike = len(mine[0]) >= SAME_START and mine[0][:SAME_START] == theirs[0][:SAME_START]
    return Likeness.WEAK if shared or starts_alike else Likeness.UNLIKE


def compare_all(some: Iterable[str], others: Iterable[str]) -> Likeness | None:
    """Return the best likeness of any two names of both sides; None if a side has no name."""
    theirs = list(others)
    return max((compare_names(one, other) for one in some for other in theirs), default=None)
