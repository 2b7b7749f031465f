"""Money under its own name or its currency's, and currency forwards."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stockgroups.model import Category
from stockgroups.readers.format import IDENTIFIERS, Field, FileColumns
from stockgroups.readers.holdings.verdicts import Verdict
from stockgroups.readers.values.columns import find_cells, find_words
from stockgroups.readers.values.numbers import NULLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stockgroups.catalog import Catalog

_LAST_WORD = re.compile(
    r"\b(?:BAHT|DINAR|DIRHAM|FORINT|KORUNA|KRON[AE]|LIRA|PESO|POUND|RAND|REAL|RENMINBI|RIAL|RINGGIT"
    r"|RIYAL|RUPEE|RUPIAH|SHE[KQ]EL|SOL|WON|YUAN|ZLOTY)\Z",
    re.IGNORECASE,
)
_CASH = (
    "CASH|BARMITTEL|KASSE|KASSENBESTAND|BANKGUTHABEN|LIQUIDIT(?:Y|ÄT|AET|ÉS?|ES?|À|A|EIT)"
    "|LIQUIDE MITTEL|CONTANTI|EFECTIVO|TRÉSORERIE"
)
_CASH_NAME = re.compile(rf"\b(?:{_CASH})\b", re.IGNORECASE)
_MONEY_NAME = re.compile(
    rf"\b(?:{_CASH}|MONEY MARKET|TREASURY|GOVERNMENT|LIQUID|LIQ|REPO|COLLATERAL|DOLLARS?|STERLING"
    r"|EURO|YEN|FRANCS?|NET OTHER ASSETS|PAYABLES?|RECEIVABLES?)\b",
    re.IGNORECASE,
)
# Words that stocks have in their names too: here they are all of the name.
_WHOLE_NAME = re.compile(
    r"(?:EURO(?: CURRENCY)?|(?:[A-Z. ]+ )?(?:DOLLARS?|FRANCS?|STERLING|YEN))",
    re.IGNORECASE,
)
# fmt: off
_CODES = frozenset({
    "AED", "AUD", "BRL", "CAD", "CHF", "CLP", "CNH", "CNY", "COP", "CZK", "DKK", "EGP", "EUR",
    "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "JPY", "KRW", "KWD", "MXN", "MYR", "NOK", "NZD",
    "PEN", "PHP", "PLN", "QAR", "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "USD", "ZAR",
})
# fmt: on
_FORWARDS = "FORWARD", "FWD", "TERMIN"
_CODE = f"(?:{'|'.join(sorted(_CODES))})"
_PAIR = rf"\b{_CODE}[ /-]?{_CODE}\b"
_FORWARD = re.compile(
    r"\b(?:FX|FOREIGN EXCHANGE|CURRENCY|DEVISEN)[ -]?(?:FORWARD|FWD|TERMIN)"
    rf"|\b(?:FORWARD|FWD)S?\b.*{_PAIR}|{_PAIR}.*\b(?:FORWARD|FWD)S?\b",
    re.IGNORECASE,
)


def names_currency(name: str) -> bool:
    """Return whether a name ends like the name of a currency: `South Korean Won`."""
    return _LAST_WORD.search(name) is not None


def _says_money(name: str) -> bool:
    """Return whether a name beside the code of a currency is the name of money."""
    return bool(_CASH_NAME.search(name) or _WHOLE_NAME.fullmatch(name))


def names_money(name: str) -> bool:
    """Return whether a word of a name means money: `Cash EUR`, `Treasury`.

    Stocks have such words too, so the word alone does not make a line money.
    """
    return _MONEY_NAME.search(name) is not None


def by_forward(rows: FileColumns, _: Catalog) -> Iterator[tuple[int, Verdict]]:
    """`FX Forward EUR/USD 15/09/2026`, `EURUSD FWD`: one currency sold for another later on.

    Forward Air and Forward Industries are stocks: the name has to contain currencies.
    """
    names = rows.columns.get(Field.NAME, ())
    for position in find_words(names, *_FORWARDS):
        if _FORWARD.search(names[position]):
            yield position, Verdict(Category.DERIVATIVE, "a currency forward by its name")


def by_currency(rows: FileColumns, _: Catalog) -> Iterator[tuple[int, Verdict]]:
    """`KRW | South Korean Won`, `EUR | Cash EUR`: money under the code of its currency.

    The name has to say so, because `COP` is ConocoPhillips, and no identifier may be another text.
    """
    names = rows.columns.get(Field.NAME)
    if names is None:
        return
    tickers = rows.columns[Field.TICKER]
    identifiers = [rows.columns[one] for one in IDENTIFIERS if one in rows.columns]
    for position in find_cells(tickers, _CODES):
        name, code = names[position], tickers[position]
        if not (names_currency(name) or _says_money(name)):
            continue
        if {cells[position] for cells in identifiers} - NULLS <= {code}:
            yield position, Verdict(Category.CASH, f"currency {code}")
