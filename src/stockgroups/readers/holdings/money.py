"""Money among the rows of a holdings file, under its own name or its currency's, and forwards."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stockgroups.model import Category
from stockgroups.readers.format import IDENTIFIERS, Field, FileColumns
from stockgroups.readers.holdings.verdicts import Verdict, has_class
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
    r"|EURO|YEN|FRANCS?|NET OTHER ASSETS|PAYABLES?|RECEIVABLES?|ACCRUED|CURRENCY|MARGIN"
    r"|SECURITIES LENDING|UNSETTLED)\b",
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
_CASH_SECTOR = "cash and/or derivatives"
_CURRENCY_ID = re.compile(r"999([A-Z]{3})[A-Z0-9]{2,3}")
_MONEY_ID = re.compile(r"X9([A-Z]{3})[A-Z0-9]{4}")
# The common beginning of all of them: to test it takes a tenth of the time of their search.
_MONEY_STARTS = ("\n999", "\nX9", "\nCCT", "\nCASH_")
CURRENCY_CODE = re.compile(r"CCT([A-Z]{3})|CASH_([A-Z]{3})")
_CASH_LINE = re.compile(
    r"CASH(?: ?(?:&|AND) ?(?:(?:CASH )?EQUIVALENTS|OTHER(?: ASSETS)?)| OFFSET)?|NET OTHER ASSETS.*",
    re.IGNORECASE,
)
_FORWARDS = "FORWARD", "FWD", "TERMIN", "BOUGHT", "SOLD"
_CODE = f"(?:{'|'.join(sorted(_CODES))})"
_PAIR = rf"\b{_CODE}[ /-]?{_CODE}\b"
_FORWARD = re.compile(
    r"\b(?:FX|FOREIGN EXCHANGE|CURRENCY|DEVISEN)[ -]?(?:FORWARD|FWD|TERMIN)"
    rf"|\b(?:FORWARD|FWD)S?\b.*{_PAIR}|{_PAIR}.*\b(?:FORWARD|FWD)S?\b"
    rf"|\b{_CODE} (?:FORWARD|FWD)\b|\bBOUGHT {_CODE}\b.*\bSOLD\b|\bSOLD {_CODE}\b.*\bBOUGHT\b",
    re.IGNORECASE,
)


def is_currency(text: str) -> bool:
    """Return whether a text is the code of a currency."""
    return text in _CODES


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


def by_sector(rows: FileColumns, _: Catalog) -> Iterator[tuple[int, Verdict]]:
    """Take the sector `Cash and/or Derivatives` at its word on rows without an asset class."""
    verdict = Verdict(Category.CASH, "sector Cash and/or Derivatives")
    for position, sector in enumerate(rows.columns.get(Field.SECTOR, ())):
        if sector.casefold() == _CASH_SECTOR and not has_class(rows, position):
            yield position, verdict


def by_identifier(rows: FileColumns, _: Catalog) -> Iterator[tuple[int, Verdict]]:
    """`US DOLLAR | - | 999USDZ92`: State Street's own identifiers of currencies.

    `GOLDMAN FS TRSY OBLIG INST 468 | X9USDGSFT` is a money fund in an ARK file, and `JAPANESE YEN |
    CCTJPY` a currency there. State Street printed `CASH_USD` from 2021 to 2023.
    """
    identifiers = rows.columns.get(Field.IDENTIFIER, ())
    for position in find_words(identifiers, *_MONEY_STARTS):
        identifier = identifiers[position]
        if currency := _CURRENCY_ID.fullmatch(identifier):
            yield position, Verdict(Category.CASH, f"currency {currency[1]}")
        elif currency := CURRENCY_CODE.fullmatch(identifier):
            yield position, Verdict(Category.CASH, f"currency {currency[1] or currency[2]}")
        elif currency := _MONEY_ID.fullmatch(identifier):
            yield position, Verdict(Category.CASH, f"money in {currency[1]} by its identifier")


def by_cash_line(rows: FileColumns, _: Catalog) -> Iterator[tuple[int, Verdict]]:
    """`PFFD | 70459X107 | Cash Offset`, one unit at one dollar: Pacer's money under a ticker.

    The whole name has to say so, as it stands against a ticker. `CASH` is money where a unit is
    worth exactly one, and Pathward elsewhere.
    """
    for position in find_words(rows.columns.get(Field.NAME, ()), "\nCASH", "\nNET "):
        if _CASH_LINE.fullmatch(rows.columns[Field.NAME][position]):
            yield position, Verdict(Category.CASH, "cash by its whole name")
    values, shares = rows.numbers.get(Field.MARKET_VALUE), rows.numbers.get(Field.SHARES)
    if values is None or shares is None:
        return
    tickers = rows.columns[Field.TICKER]
    for position in find_words(tickers, "\nCASH"):
        if tickers[position].upper() != "CASH":
            continue
        if values[position] and values[position] == shares[position]:
            yield position, Verdict(Category.CASH, "the ticker CASH, each unit worth 1")
