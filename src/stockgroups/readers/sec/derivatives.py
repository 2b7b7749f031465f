"""What a derivative of an N-PORT filing stands for, by the terms that the filing tells of it. Pure.

Futures, swaps and forwards have a notional amount, and forwards of currencies two amounts. Options
have a number of shares in a contract and an exercise price: they stand for their shares at that
price. (A delta is told too, but not in what is public, and no price of the stock.) Some filers
write the number of contracts for that of the shares, or all shares for those of one contract. An
option counts only where it has the usual 100 shares in a contract, told by contract or in all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.readers.sec.nport import clean, read_figure
from stockgroups.receipts import Amount

if TYPE_CHECKING:
    from collections.abc import Mapping

_USD = "USD"
AMOUNT, CURRENCY, SIDE = "notionalAmt", "curCd", "payOffProf"
SOLD, SOLD_IN, BOUGHT, BOUGHT_IN = "amtCurSold", "curSold", "amtCurPur", "curPur"
RECEIVED, PAID = "otherRecDesc", "otherPmntDesc"
SHARES, PRICE, PRICE_IN = "shareNo", "exercisePrice", "exercisePriceCurCd"
RIGHT, OWNER = "putOrCall", "writtenOrPur"
TERMS = frozenset(
    {
        *(AMOUNT, CURRENCY, SIDE, SOLD, SOLD_IN, BOUGHT, BOUGHT_IN),
        *(SHARES, PRICE, PRICE_IN, RIGHT, OWNER),
    }
)
"""Elements whose text tells a term."""
LEGS = frozenset({RECEIVED, PAID})
"""Elements that tell by their being there which leg of a swap is what it is on."""


_LOT = 100
"""Shares in a contract of an option on a stock."""


def read_amount(
    terms: Mapping[str, str], currency: str | None, rate: str | None, contracts: str | None
) -> Amount | None:
    """Return what a derivative stands for in US dollars, None where that is not told.

    Args:
        terms: What the filing says of it, by the names of the elements.
        currency: The currency of the position.
        rate: How much of that a US dollar is.
        contracts: How many contracts there are, None where the position is not told in contracts.
    """
    sold, bought = clean(terms.get(SOLD_IN)), clean(terms.get(BOUGHT_IN))
    try:
        if _USD in (sold, bought) and sold != bought:
            side = -1 if bought == _USD else 1
            amount = read_figure(terms.get(BOUGHT if bought == _USD else SOLD))
        elif SHARES in terms:
            side = _find_side_of_option(terms)
            told_in = clean(terms.get(PRICE_IN)) or currency
            amount = _convert(_value_option(terms, contracts), told_in, currency, rate)
        else:
            side = _find_side(terms)
            told_in = clean(terms.get(CURRENCY))
            amount = _convert(read_figure(terms.get(AMOUNT)), told_in, currency, rate)
    except ValueError:
        return None
    return None if amount is None else Amount(side * abs(amount) if side else amount, bool(side))


def _convert(
    amount: float | None, told_in: str | None, currency: str | None, rate: str | None
) -> float | None:
    """Return an amount in US dollars, by the rate of the position where both have one currency."""
    if amount is None or told_in == _USD:
        return amount
    per_dollar = read_figure(rate) if told_in is not None and told_in == currency else None
    return amount / per_dollar if per_dollar else None


def _value_option(terms: Mapping[str, str], contracts: str | None) -> float | None:
    """Return the shares of an option at its exercise price, None where their number is in doubt."""
    count, shares = read_figure(contracts), read_figure(terms.get(SHARES))
    price = read_figure(terms.get(PRICE))
    if not count or not shares or not price:
        return None
    in_all = _LOT * abs(count)
    return in_all * price if abs(shares) in (_LOT, in_all) else None


def _find_side_of_option(terms: Mapping[str, str]) -> int:
    """Return 1 for a call that was bought or a put that was written, -1 for the others, else 0."""
    right = {"call": 1, "put": -1}.get((terms.get(RIGHT) or "").strip().casefold(), 0)
    owner = {"purchased": 1, "written": -1}.get((terms.get(OWNER) or "").strip().casefold(), 0)
    return right * owner


def _find_side(terms: Mapping[str, str]) -> int:
    """Return 1 for long, -1 for short, 0 where that is not told.

    A fund that gets what a stock or an index earns, and pays interest, is long of it.
    """
    told = (terms.get(SIDE) or "").strip().casefold()
    if told in ("long", "short"):
        return 1 if told == "long" else -1
    return (RECEIVED in terms) - (PAID in terms)
