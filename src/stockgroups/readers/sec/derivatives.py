"""The notional of a derivative in an N-PORT filing, by its terms in the filing. Pure.

Futures, swaps and forwards have a notional amount, and currency forwards two amounts. Options have
a number of shares per contract and an exercise price; their notional is their shares at that price.
(The form also has a delta, but not in its public part, and no price of the stock.) Some filers
write the number of contracts in place of the shares, or all shares in place of those of one
contract. An option counts only if it has the usual 100 shares per contract, stated per contract or
in total.
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
"""Elements whose text is a term of the derivative."""
LEGS = frozenset({RECEIVED, PAID})
"""Elements whose presence marks the leg of a swap that is its underlying."""


_LOT = 100
"""Shares in a contract of an option on a stock."""


def read_amount(
    terms: Mapping[str, str], currency: str | None, rate: str | None, contracts: str | None
) -> Amount | None:
    """Return a derivative's notional in US dollars; None if it is not stated.

    Args:
        terms: Its terms in the filing, by the names of the elements.
        currency: The currency of the position.
        rate: How much of that currency a US dollar is worth.
        contracts: The number of contracts; None if the position is not given in contracts.
    """
    sold, bought = clean(terms.get(SOLD_IN)), clean(terms.get(BOUGHT_IN))
    try:
        if _USD in (sold, bought) and sold != bought:
            side = -1 if bought == _USD else 1
            amount = read_figure(terms.get(BOUGHT if bought == _USD else SOLD))
        elif SHARES in terms:
            side = _find_side_of_option(terms)
            stated_in = clean(terms.get(PRICE_IN)) or currency
            amount = _convert(_value_option(terms, contracts), stated_in, currency, rate)
        else:
            side = _find_side(terms)
            stated_in = clean(terms.get(CURRENCY))
            amount = _convert(read_figure(terms.get(AMOUNT)), stated_in, currency, rate)
    except ValueError:
        return None
    return None if amount is None else Amount(side * abs(amount) if side else amount, bool(side))


def _convert(
    amount: float | None, stated_in: str | None, currency: str | None, rate: str | None
) -> float | None:
    """Return an amount in US dollars, by the position's rate if both have one currency."""
    if amount is None or stated_in == _USD:
        return amount
    per_dollar = read_figure(rate) if stated_in is not None and stated_in == currency else None
    return amount / per_dollar if per_dollar else None


def _value_option(terms: Mapping[str, str], contracts: str | None) -> float | None:
    """Return an option's shares at its exercise price; None if their number is in doubt."""
    count, shares = read_figure(contracts), read_figure(terms.get(SHARES))
    price = read_figure(terms.get(PRICE))
    if not count or not shares or not price:
        return None
    in_all = _LOT * abs(count)
    return in_all * price if abs(shares) in (_LOT, in_all) else None


def _find_side_of_option(terms: Mapping[str, str]) -> int:
    """Return 1 for a bought call or a written put, -1 for the opposite, else 0."""
    right = {"call": 1, "put": -1}.get((terms.get(RIGHT) or "").strip().casefold(), 0)
    owner = {"purchased": 1, "written": -1}.get((terms.get(OWNER) or "").strip().casefold(), 0)
    return right * owner


def _find_side(terms: Mapping[str, str]) -> int:
    """Return 1 for long, -1 for short, 0 if it is not stated.

    A fund that receives the return of a stock or an index, and pays interest, is long.
    """
    side = (terms.get(SIDE) or "").strip().casefold()
    if side in ("long", "short"):
        return 1 if side == "long" else -1
    return (RECEIVED in terms) - (PAID in terms)
