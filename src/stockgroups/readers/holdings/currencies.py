"""Money under the name of its currency."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stockgroups.model import Category
from stockgroups.readers.format import IDENTIFIERS, Field, FileColumns
from stockgroups.readers.holdings.verdicts import Verdict
from stockgroups.readers.values.numbers import NULLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stockgroups.catalog import Catalog

_LAST_WORD = re.compile(
    r"\b(?:BAHT|DINAR|DIRHAM|FORINT|KORUNA|KRON[AE]|LIRA|PESO|POUND|RAND|REAL|RENMINBI|RIAL|RINGGIT"
    r"|RIYAL|RUPEE|RUPIAH|SHE[KQ]EL|SOL|WON|YUAN|ZLOTY)\Z",
    re.IGNORECASE,
)
# Words that stocks have in their names too: here they are all of the name.
_WHOLE_NAME = re.compile(
    r"(?:[A-Z]{3} CASH|EURO(?: CURRENCY)?|(?:[A-Z. ]+ )?(?:DOLLARS?|FRANCS?|STERLING|YEN))",
    re.IGNORECASE,
)
# fmt: off
_CODES = frozenset({
    "AED", "AUD", "BRL", "CAD", "CHF", "CLP", "CNH", "CNY", "COP", "CZK", "DKK", "EGP", "EUR",
    "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "JPY", "KRW", "KWD", "MXN", "MYR", "NOK", "NZD",
    "PEN", "PHP", "PLN", "QAR", "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "USD", "ZAR",
})
# fmt: on


def names_currency(name: str) -> bool:
    """Tell whether a name ends as that of a currency does: `South Korean Won`."""
    return _LAST_WORD.search(name) is not None


def by_currency(rows: FileColumns, _: Catalog) -> Iterator[tuple[int, Verdict]]:
    """`KRW | South Korean Won`: money under its own code.

    The name has to say so, as `COP` is ConocoPhillips, and no identifier may be another text.
    """
    names = rows.columns.get(Field.NAME)
    if names is None:
        return
    tickers = rows.columns[Field.TICKER]
    identifiers = [rows.columns[one] for one in IDENTIFIERS if one in rows.columns]
    for position in [at for at, cell in enumerate(tickers) if cell in _CODES]:
        name, code = names[position], tickers[position]
        if not (names_currency(name) or _WHOLE_NAME.fullmatch(name)):
            continue
        if {cells[position] for cells in identifiers} - NULLS <= {code}:
            yield position, Verdict(Category.CASH, f"currency {code}")
