"""From the refs of a snapshot to memberships: each stock once, under today's symbol."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from stockgroups.identity.evidence import NAMELESS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from stockgroups.record.identity_plan import IdentityPlan
    from stockgroups.record.ref_securities import RefSecurities
    from stockgroups.record.state import Members


def project(
    refs: Sequence[tuple[int, str, float | None]],
    as_of: dt.date,
    identity: IdentityPlan | RefSecurities,
) -> Members:
    """Return today's symbols with their weights, for the refs of one snapshot.

    The weights of refs of one stock are added up. Refs without a security are left out. What is
    stored of the refs was read before.
    """
    if identity.are_plain(ref for ref, *_ in refs):
        return {symbol: weight for _, symbol, weight in refs if symbol != NAMELESS}
    members: Members = {}
    for number, reported, weight in refs:
        symbol = identity.symbol_of(number, reported, as_of)
        if symbol == NAMELESS:
            continue
        members[symbol] = _add(members[symbol], weight) if symbol in members else weight
    return members


def _add(one: float | None, other: float | None) -> float | None:
    """Return the sum of two weights in decimal, as the database adds them."""
    if one is None or other is None:
        return one if other is None else other
    return float(Decimal(repr(one)) + Decimal(repr(other)))
