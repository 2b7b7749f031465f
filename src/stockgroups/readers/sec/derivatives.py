"""What a derivative of an N-PORT filing stands for, by the terms that the filing tells of it. Pure.

Futures, swaps and forwards have a notional amount, and forwards of currencies two amounts. Options
have a number of shares and a price, of which no amount follows without the price of today.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.model import Amount
from stockgroups.readers.sec.nport import clean, read_figure

if TYPE_CHECKING:
    from collections.abc import Mapping

_USD = "USD"
AMOUNT, CURRENCY, SIDE = "notionalAmt", "curCd", "payOffProf"
SOLD, SOLD_IN, BOUGHT, BOUGHT_IN = "amtCurSold", "curSold", "amtCurPur", "curPur"
RECEIVED, PAID = "otherRecDesc", "otherPmntDesc"
TERMS = frozenset({AMOUNT, CURRENCY, SIDE, SOLD, SOLD_IN, BOUGHT, BOUGHT_IN})
"""Elements whose text tells a term."""
LEGS = frozenset({RECEIVED, PAID})
"""Elements that tell by their being there which leg of a swap is what it is on."""


def read_amount(terms: Mapping[str, str], currency: str | None, rate: str | None) -> Amount | None:
    """Return what a derivative stands for in US dollars, None where that is not told.

    Args:
        terms: What the filing says of it, by the names of the elements.
        currency: The currency of the position.
        rate: How much of that a US dollar is.
    """
    sold, bought = clean(terms.get(SOLD_IN)), clean(terms.get(BOUGHT_IN))
    try:
        if _USD in (sold, bought) and sold != bought:
            side = -1 if bought == _USD else 1
            amount = read_figure(terms.get(BOUGHT if bought == _USD else SOLD))
        else:
            side = _find_side(terms)
            amount = _convert(terms, currency, rate)
    except ValueError:
        return None
    return None if amount is None else Amount(side * abs(amount) if side else amount, bool(side))


def _convert(terms: Mapping[str, str], currency: str | None, rate: str | None) -> float | None:
    amount, own = read_figure(terms.get(AMOUNT)), clean(terms.get(CURRENCY))
    if amount is None or own == _USD:
        return amount
    per_dollar = read_figure(rate) if own is not None and own == currency else None
    return amount / per_dollar if per_dollar else None


def _find_side(terms: Mapping[str, str]) -> int:
    """Return 1 for long, -1 for short, 0 where that is not told.

    A fund that gets what a stock or an index earns, and pays interest, is long of it.
    """
    told = (terms.get(SIDE) or "").strip().casefold()
    if told in ("long", "short"):
        return 1 if told == "long" else -1
    return (RECEIVED in terms) - (PAID in terms)
