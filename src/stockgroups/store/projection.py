"""From what a snapshot holds to memberships: every stock once, under its symbol of today."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from stockgroups.store.identity import IdentityPlan
    from stockgroups.store.meanings import Meanings
    from stockgroups.store.state import Members


def project(
    prints: Iterable[tuple[int, str, float | None]],
    as_of: dt.date,
    identity: IdentityPlan | Meanings,
) -> Members:
    """Return symbol of today to weight, for prints (ref number, symbol, weight) of one snapshot.

    The weights of prints that are one stock are added up.
    """
    if identity.is_plain:
        return {symbol: weight for _, symbol, weight in prints}
    members: Members = {}
    for number, printed, weight in prints:
        symbol = identity.symbol_of(number, printed, as_of)
        members[symbol] = _add(members[symbol], weight) if symbol in members else weight
    return members


def _add(one: float | None, other: float | None) -> float | None:
    """Return the sum of two weights in decimal, as the database adds them."""
    if one is None or other is None:
        return one if other is None else other
    return float(Decimal(repr(one)) + Decimal(repr(other)))
