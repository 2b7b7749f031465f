"""Which symbols have to be looked at together, and which stand for one stock without a doubt."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stockgroups.identity.evidence import Print
    from stockgroups.model import Alias

_CUSIP = slice(2, 11)


def find_plain(
    prints: Iterable[Print],
    aliases: Sequence[Alias],
    spellings: Mapping[str, str],
    registrants: Iterable[tuple[str, str]],
) -> set[str]:
    """Return the symbols of which there is nothing to ask: one stock each, for all time.

    Nobody else has one of their identifiers as printed, they have no two of a scheme, and no
    alias, spelling or registrant names them. All others have to be settled by `identify`.
    """
    asked: set[str] = {symbol for pair in registrants for symbol in pair}
    asked |= {symbol for pair in spellings.items() for symbol in pair}
    for alias in aliases:
        asked |= {alias.old, alias.new or alias.old}
    holders: dict[str, str] = {}
    known: dict[str, list[str | None]] = {}
    for printed in prints:
        symbol, keys = printed.symbol, identifier_keys(printed)
        for value in keys:
            if value and holders.setdefault(value, symbol) != symbol:
                asked |= {symbol, holders[value]}
        own = known.setdefault(symbol, [*keys])
        for place, value in enumerate(keys):
            if value and own[place] != value:
                if own[place] is not None:
                    asked.add(symbol)
                own[place] = value
    return known.keys() - asked


def identifier_keys(printed: Print) -> tuple[str | None, ...]:
    """Return a print's identifiers: CUSIP, another CUSIP, ISIN, SEDOL, FIGI.

    A US or Canadian ISIN is its CUSIP, and another one where the print has a different CUSIP too.
    """
    cusip, other, isin = printed.cusip, None, printed.isin
    if isin and isin[:2] in ("US", "CA"):
        inside, isin = isin[_CUSIP], None
        cusip, other = cusip or inside, inside if cusip and cusip != inside else None
    return cusip, other, isin, printed.sedol, printed.figi


def group_symbols(
    prints: Iterable[Print],
    aliases: Sequence[Alias],
    spellings: Mapping[str, str],
    registrants: Iterable[tuple[str, str]],
) -> list[set[str]]:
    """Return the sets of symbols that evidence connects; each can be settled without the others."""
    parent: dict[str, str] = {}

    def find(symbol: str) -> str:
        parent.setdefault(symbol, symbol)
        while parent[symbol] != symbol:
            parent[symbol] = parent[parent[symbol]]
            symbol = parent[symbol]
        return symbol

    def join(one: str, other: str) -> None:
        parent[find(one)] = find(other)

    holders: dict[str, str] = {}
    for printed in prints:
        find(printed.symbol)
        for value in identifier_keys(printed):
            if value:
                join(printed.symbol, holders.setdefault(value, printed.symbol))
    for alias in aliases:
        join(alias.old, alias.new or alias.old)
    for one, other in (*spellings.items(), *registrants):
        join(one, other)
    groups: dict[str, set[str]] = defaultdict(set)
    for symbol in parent:
        groups[find(symbol)].add(symbol)
    return sorted(groups.values(), key=min)
