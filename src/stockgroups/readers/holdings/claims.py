"""Rights, warrants and claims among the rows of a holdings file, found by words in their names.

Words are the last resort: nearly every word is also a stock's (CVR Energy, Human Rights
Publishing).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stockgroups.model import Category
from stockgroups.readers.format import Field, FileColumns
from stockgroups.readers.holdings.verdicts import Verdict
from stockgroups.readers.values.columns import find_words
from stockgroups.readers.values.numbers import NULLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stockgroups.catalog import Catalog

LARGEST_REMNANT = 0.001
"""Of the fund. Rights and claims are smaller: a larger line is the stock that its ticker names."""

# CVR at the start of a name is CVR Energy, CVR Partners.
_CLAIM_WORDS = re.compile(r"(?<=.)\bCVR\b|\b(?:ESCROW|RTS|RIGHTS|WARRANTS?|WTS|CONTINGENT VALUE)\b")
_VAGUE_WORDS = re.compile(r"\b(?:ESC|CONTRA|PRVT|ACCRUAL)\b")
# The same without the boundaries of words.
_HINTS = ("CVR", "CONTRA", "CONTINGENT", "ESC", "RTS", "RIGHT", "WARRANT", "WTS", "PRVT", "ACCRUAL")
# A blank before the hyphen, or CW after it: WD-40 is a stock.
_EXPIRY = re.compile(r"(?: - ?|- ?CW)\d{2}[A-Z]?\Z")


def by_words(rows: FileColumns, catalog: Catalog) -> Iterator[tuple[int, Verdict]]:
    """Claims on what a company left behind, and rights to its shares.

    `AKE | AKERO THERAPEUTICS CVR | NASDAQ`, `P5N994 | Petrocorp Inc Escrow` and `EQTL1 | EQUATORIAL
    RTS SA | XBSP` have an exchange, as shares do. Vague words count only without one: `ESC GCI
    LIBERTY INC SR`, `SCILEX HOLDING Prvt`, `NEXPOINT STRATEGIC CASH ACCRUAL`.
    """
    names = rows.columns.get(Field.NAME, ())
    for position in find_words(names, *_HINTS):
        if _is_large(rows, position):
            continue
        listed = _is_on_exchange(rows, position, catalog)
        if word := find_claim_word(names[position], is_on_exchange=listed):
            yield position, Verdict(Category.UNLISTED, f"{word} in its name")


def find_claim_word(name: str, *, is_on_exchange: bool) -> str | None:
    """Return the word that marks a name as a claim or right; vague words only off exchanges."""
    upper = name.upper()
    if not any(hint in upper for hint in _HINTS):
        return None
    found = _CLAIM_WORDS.search(upper)
    if found is None and not is_on_exchange:
        found = _VAGUE_WORDS.search(upper)
    return found[0] if found else None


def by_expiry(rows: FileColumns, catalog: Catalog) -> Iterator[tuple[int, Verdict]]:
    """Warrants under tickers like those of shares, with the year of their expiry in the name.

    `SQFTW | PRESIDIO PROPERTY TRST -CW27`, `ASPSZ | ALTISOURCE PORTFOLIO - 29C`, without exchanges.
    """
    names = rows.columns.get(Field.NAME, ())
    for position in [at for at, name in enumerate(names) if "-" in name]:
        if not (found := _EXPIRY.search(names[position])):
            continue
        if not _is_large(rows, position) and not _is_on_exchange(rows, position, catalog):
            yield position, Verdict(Category.UNLISTED, f"a warrant: {found[0].strip()} in its name")


def _is_large(rows: FileColumns, position: int) -> bool:
    """Return whether a line with a ticker is too large for a right, a warrant or a claim."""
    weights = rows.numbers.get(Field.WEIGHT)
    weight = weights[position] if weights else None
    return (
        rows.columns[Field.TICKER][position] not in NULLS and abs(weight or 0.0) >= LARGEST_REMNANT
    )


def _is_on_exchange(rows: FileColumns, position: int, catalog: Catalog) -> bool:
    """Return whether a line has a ticker and an exchange on which stocks are listed."""
    if Field.EXCHANGE not in rows.columns or rows.columns[Field.TICKER][position] in NULLS:
        return False
    exchange = catalog.exchange_printed(rows.columns[Field.EXCHANGE][position])
    return exchange is not None and exchange.listed
