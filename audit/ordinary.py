"""Whether a ticker means one stock on two days: stocks of which nothing is remarkable."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import product

from audit.claims import Claim, Kind, Verdict, Witness, squash, yes_no
from audit.evidence import Evidence
from audit.sample import rank
from audit.stocks import Book, Seen, read_fails, read_vanguard, same_name
from stockgroups import Database

APART = dt.timedelta(days=365)
"""How far apart the two days lie at least."""
NEAR = dt.timedelta(days=180)
"""How far from a day a register speaks of it: less than half of `APART`, so none of both days."""
SINCE = dt.date(2018, 7, 1)
"""From when on days are drawn: no register is older by more than `NEAR`."""
ISSUER = 6
"""How many characters of a CUSIP tell the issuer."""
_REPORTS = b"""
SELECT y.symbol, h.security_id, g.type, g.name,
       greatest(h.valid_from, y.valid_from), least(h.valid_to, y.valid_to),
       h.valid_from >= y.valid_from
FROM stockgroups.membership_history h
JOIN stockgroups.group_registry g ON g.id = h.group_id
JOIN stockgroups.security_symbols y ON y.security_id = h.security_id
     AND y.valid_from < h.valid_to AND h.valid_from < y.valid_to
WHERE g.environment = %s AND g.type IN ('ETF', 'UNIVERSE')
ORDER BY y.symbol, g.type, g.name, h.valid_from
"""

Stay = tuple[dt.date, dt.date, int]
"""A universe holds a stock from a day to before another."""
Report = tuple[str, dt.date, int]
"""A fund's file of a day has a stock."""


def collect(db: Database, evidence: Evidence, seed: int) -> Iterator[Claim]:
    """Yield for each ticker of a universe what it means there and in a fund, a year apart or more.

    There is one claim for each year of the funds' files. The seed decides the file, and the day of
    the universe.
    """
    stays: defaultdict[tuple[str, str], list[Stay]] = defaultdict(list)
    reports: defaultdict[str, list[Report]] = defaultdict(list)
    rows = db.connection.execute(_REPORTS, (db.environment,))
    for symbol, stock, kind, group, start, end, is_file in rows:
        if kind == "ETF" and is_file:
            reports[symbol].append((group, start, stock))
        elif group in evidence.own:
            last = evidence.own[group].last
            stays[group, symbol].append((max(start, SINCE), min(end, last), stock))
    for (universe, symbol), held in stays.items():
        text = f"{universe} {symbol}"
        years: set[int] = set()
        for fund, day, stock in sorted(
            reports[symbol], key=lambda one: rank(seed, f"{text} {one[0]} {one[1]}")
        ):
            other = _draw(held, day, seed, f"{text} {day}")
            if day.year in years or other is None:
                continue
            years.add(day.year)
            earlier, later = sorted((day, other[0]))
            yield Claim(
                Kind.ORDINARY,
                f"{universe} and {fund}",
                symbol,
                later,
                yes_no(stock == other[1]),
                f"{universe} {other[0].year} and {fund}",
                frozenset({squash(symbol)}),
                earlier,
            )


def _draw(held: list[Stay], day: dt.date, seed: int, text: str) -> tuple[dt.date, int] | None:
    """Return a day of a universe that is far enough from a day, and which stock it is there."""
    parts = [
        (low, high, stock)
        for start, end, stock in held
        for low, high in (
            (start, min(end, day - APART)),
            (max(start, day + APART), end),
        )
        if low < high
    ]
    at = int.from_bytes(rank(seed, text)) % max(sum((high - low).days for low, high, _ in parts), 1)
    for low, high, stock in parts:
        if at < (high - low).days:
            return low + dt.timedelta(days=at), stock
        at -= (high - low).days
    return None


class OrdinaryWitnesses:
    """Registers that have identifiers by date, none of which made the answers."""

    def __init__(self, registers: Mapping[str, Book]) -> None:
        """Take registers by their publishers."""
        self._registers = registers

    def ask(self, claim: Claim) -> Iterator[Verdict]:
        """Say whether the ticker had one identifier near both days, or those of two companies.

        Other identifiers alone say nothing: a stock gets new ones when it is consolidated or moves.
        """
        earlier = claim.earlier or claim.day
        for source, book in self._registers.items():
            every = [seen for spelling in claim.spellings for seen in book.get(spelling, ())]
            before = [seen for seen in every if abs(seen.day - earlier) <= NEAR]
            after = [seen for seen in every if abs(seen.day - claim.day) <= NEAR]
            pairs = [*product(before, after)]
            agreed = next((pair for pair in pairs if pair[0].code == pair[1].code), None)
            if agreed:
                text = f"one stock ({agreed[0].code}: {agreed[0].place}, {agreed[1].place})"
                yield Verdict(source, claim.answer == "yes", text)
            elif pairs and all(_are_two(one, two) for one, two in pairs):
                one, two = pairs[0]
                text = f"two stocks ({one.name}: {one.place}; {two.name}: {two.place})"
                yield Verdict(source, claim.answer == "no", text)


def _are_two(one: Seen, two: Seen) -> bool:
    """Tell whether two entries are of two companies: unlike names, and other issuers' numbers."""
    return (one.code or "")[:ISSUER] != (two.code or "")[:ISSUER] and same_name(
        one.name or "", two.name or ""
    ) is False


def witnesses(evidence: Evidence) -> list[Witness]:
    """Return who speaks of tickers on two days, and took no part."""
    registers = {
        "the SEC's fails": read_fails(evidence.folder),
        "Vanguard": read_vanguard(evidence.folder),
    }
    return [OrdinaryWitnesses(registers).ask]
