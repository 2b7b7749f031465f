"""Find the stock of refs without a ticker, by their ISIN or by other identifiers.

An ISIN names one stock on all of its markets, a ticker one listing. A ref with an ISIN is the
listing that shares its SEDOL; else the one in the country of the ISIN; else the only one that is
reported. Otherwise the stock is known by its ISIN. A ref with neither ticker nor ISIN is the only
stock that has one of its identifiers, or no stock.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from stockgroups.identity.codes import list_candidates
from stockgroups.identity.evidence import US, market_of, read_identifiers
from stockgroups.identity.lines import find_registered, find_sharing
from stockgroups.identity.names import Likeness, compare_all
from stockgroups.identity.unions import Rule
from stockgroups.symbols import is_isin

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stockgroups.identity.evidence import Evidence
    from stockgroups.identity.lines import Holders, Line
    from stockgroups.identity.unions import Unions

INDEPENDENT = 2
"""The number of identifiers that must agree to prove alone that two tickers are one stock."""


def join_isins(unions: Unions, lines: Sequence[Line], holders: Holders, evidence: Evidence) -> None:
    """Join each line with an ISIN to its one listing, if that is clear.

    Called after all tickers are joined: an ISIN never joins two tickers.
    """
    listings = _Listings(unions, lines, evidence)
    for place, line in enumerate(lines):
        if line.seen and is_isin(line.symbol):
            sharing = find_sharing(line, holders)
            listed = [other for other in sharing if not is_isin(lines[other].symbol)]
            listings.join(place, line, listings.find_market(line, listings.find(line, listed)))


def join_nameless(
    unions: Unions,
    lines: Sequence[Line],
    holders: Holders,
    nameless: Sequence[Line],
    evidence: Evidence,
) -> None:
    """Join each line with neither ticker nor ISIN to the only stock with one of its identifiers.

    Called last: such a line never joins two others, and is no stock by itself. If nothing has one
    of its identifiers, a ticker with the code of several markets means the only symbol that is
    reported on one of them under a similar name.
    """
    listings = _Listings(unions, lines, evidence)
    places: dict[str, list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        if line.seen:
            places[line.symbol].append(place)
    for place, line in enumerate(nameless, len(lines)):
        if sharing := listings.find(line, find_sharing(line, holders)):
            listings.join(place, line, sharing)
            continue
        (ref,) = line.seen
        found = {symbol: places[symbol] for symbol in list_candidates(ref.ticker) & places.keys()}
        if len(found) == 1:
            [(symbol, listed)] = found.items()
            alike = [other for other in listed if listings.is_alike(line, other)]
            why = f"{ref.ticker} is {symbol} on one of the markets of that code, by a like name"
            listings.join(place, line, alike, Rule.TICKER, why)


class _Listings:
    """The lines with a ticker that a line without one may be."""

    def __init__(self, unions: Unions, lines: Sequence[Line], evidence: Evidence) -> None:
        self._unions = unions
        self._lines = lines
        self._evidence = evidence

    def find(self, line: Line, sharing: Iterable[int]) -> list[int]:
        """Return the lines that may be the stock of a line: those with its SEDOL, if any has it."""
        known = [other for other in sorted(sharing) if self._is_enough(line, other)]
        sedols = line.identifiers.sedol
        return [o for o in known if sedols & self._lines[o].identifiers.sedol] or known

    def find_market(self, line: Line, known: Sequence[int]) -> list[int]:
        """Return the lines on the one market where the stock is listed; none if that is unclear."""
        market = {other: market_of(self._lines[other].symbol) for other in known}
        markets = set(market.values())
        if len(markets) > 1:
            markets = {one for one in markets if _country_of(one) == line.symbol[:2]}
        return [o for o in known if market[o] in markets] if len(markets) == 1 else []

    def join(
        self,
        place: int,
        line: Line,
        listing: Sequence[int],
        rule: Rule = Rule.IDENTIFIER,
        why: str | None = None,
    ) -> None:
        """Join a line to the lines of its listing, if these are known to be one stock."""
        unions = self._unions
        if listing and all(unions.are_one(listing[0], other) for other in listing[1:]):
            shared = line.identifiers.common(self._lines[listing[0]].identifiers)
            why = why or f"both have {shared.describe()}, and one of them no ticker"
            unions.join(place, listing[0], rule, why)

    def is_alike(self, line: Line, place: int) -> bool:
        """Whether a line has a similar name to a listing, and nothing contradicts it."""
        listed = self._lines[place]
        likeness = compare_all(line.names, listed.names) or Likeness.UNLIKE
        is_other = line.identifiers.contradict(listed.identifiers)
        return likeness >= Likeness.SIMILAR and not is_other

    def _is_enough(self, line: Line, place: int) -> bool:
        """Whether the identifiers that agree make a report without a ticker that listing.

        Nothing may contradict it. One identifier alone is not enough if the names are wholly
        different, because the stock may have another ticker by now. A register that lists it on the
        day overrides that, and so does a directory that has the name under its ticker.
        """
        listed = self._lines[place]
        if line.identifiers.contradict(listed.identifiers):
            return False
        return (
            len(line.identifiers.shared(listed.identifiers)) >= INDEPENDENT
            or compare_all(line.names, listed.names) is not Likeness.UNLIKE
            or self._is_registered(line, listed)
            or compare_all(line.names, self._find_names(place)) is Likeness.SAME
        )

    def _is_registered(self, line: Line, listed: Line) -> bool:
        """Whether a dated register lists a CUSIP of the line under the ticker on one of its days.

        The days run from its first to its last row, with the CUSIP under no other ticker between
        them. A ref with two CUSIPs, its own and that in its ISIN, is not settled by one of them.
        """
        if any(len(read_identifiers(ref).cusip) > 1 for ref in line.seen):
            return False
        found = find_registered(listed, line.identifiers.cusip, self._evidence.registered)
        days = [day for runs in found.values() for run in runs for day in run.days]
        return bool(days) and any(
            min(days) <= day <= max(days) for run in line.runs for day in run.days
        )

    def _find_names(self, place: int) -> set[str]:
        """Return the names that directories have under the tickers of a line's stock."""
        places = self._unions.set_of(place)
        symbols = {self._lines[at].symbol for at in places if at < len(self._lines)}
        return {name for symbol in symbols for name in self._evidence.names.get(symbol, ())}


@cache
def _country_of(market: str) -> str:
    """Return the country of a market by its MIC, as the shipped catalogue has it."""
    # Two listings of one stock are rare, and most loads need no exchanges here.
    from stockgroups.catalog import load_catalog  # noqa: PLC0415

    exchange = load_catalog().exchanges.get(market)
    return US if market == US else exchange.country if exchange else ""
