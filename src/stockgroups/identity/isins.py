"""Find the stock of refs without a ticker, by their ISIN or by other identifiers.

An ISIN names one stock on all of its markets, a ticker one listing. A ref with an ISIN is the
listing that shares its SEDOL; else the one in the country of the ISIN; else the only one that is
reported. Otherwise the stock is known by its ISIN. A ref with neither ticker nor ISIN is the only
stock that has one of its identifiers, or no stock.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from stockgroups.identity.evidence import US, market_of
from stockgroups.identity.lines import find_sharing
from stockgroups.identity.names import Likeness, compare_all
from stockgroups.identity.unions import Rule
from stockgroups.symbols import is_isin

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stockgroups.identity.lines import Holders, Line
    from stockgroups.identity.unions import Unions

INDEPENDENT = 2
"""Identifiers of which so many have to agree before two tickers are one stock by them alone."""


def join_isins(unions: Unions, lines: Sequence[Line], holders: Holders) -> None:
    """Join each line with an ISIN to its one listing, where that is clear.

    Called after all tickers are joined: an ISIN never joins two tickers.
    """
    for place, line in enumerate(lines):
        if line.seen and is_isin(line.symbol):
            sharing = find_sharing(line, holders)
            listed = [other for other in sharing if not is_isin(lines[other].symbol)]
            listing = _find_listing(lines, line, _find_known(lines, line, listed))
            _join_listing(unions, place, line, listing, lines)


def join_nameless(
    unions: Unions, lines: Sequence[Line], holders: Holders, nameless: Sequence[Line]
) -> None:
    """Join each line with neither ticker nor ISIN to the only stock with one of its identifiers.

    Called last: such a line never joins two others, and is no stock by itself.
    """
    for place, line in enumerate(nameless, len(lines)):
        known = _find_known(lines, line, find_sharing(line, holders))
        _join_listing(unions, place, line, known, lines)


def _find_known(lines: Sequence[Line], line: Line, sharing: Iterable[int]) -> list[int]:
    """Return the lines that may be the stock of a line: those with its SEDOL, if there are any."""
    known = [other for other in sorted(sharing) if _is_enough(line, lines[other])]
    return [o for o in known if line.identifiers.sedol & lines[o].identifiers.sedol] or known


def _join_listing(
    unions: Unions, place: int, line: Line, listing: Sequence[int], lines: Sequence[Line]
) -> None:
    """Join a line to those of its listing where these are known to be one stock."""
    if listing and all(unions.are_one(listing[0], other) for other in listing[1:]):
        shared = line.identifiers.common(lines[listing[0]].identifiers)
        why = f"both have {shared.told()}, and one of them no ticker"
        unions.join(place, listing[0], Rule.IDENTIFIER, why)


def _find_listing(lines: Sequence[Line], line: Line, known: Sequence[int]) -> list[int]:
    """Return the lines of the one market on which the stock is listed; none where it is unclear."""
    markets = {market_of(lines[other].symbol) for other in known}
    if len(markets) > 1:
        markets = {market for market in markets if _country_of(market) == line.symbol[:2]}
    return [o for o in known if market_of(lines[o].symbol) in markets] if len(markets) == 1 else []


def _is_enough(line: Line, listed: Line) -> bool:
    """Whether the identifiers that agree make a report without a ticker that listing.

    Nothing may contradict it. One identifier alone is not enough where the names are wholly unlike:
    the stock may have another ticker by now.
    """
    if line.identifiers.contradict(listed.identifiers):
        return False
    return (
        len(line.identifiers.shared(listed.identifiers)) >= INDEPENDENT
        or compare_all(line.names, listed.names) is not Likeness.UNLIKE
    )


@cache
def _country_of(market: str) -> str:
    """Return the country of a market by its MIC, as the shipped catalogue has it."""
    # Two listings of one stock are rare, and most loads need no exchanges here.
    from stockgroups.catalog import load_catalog  # noqa: PLC0415

    exchange = load_catalog().exchanges.get(market)
    return US if market == US else exchange.country if exchange else ""
