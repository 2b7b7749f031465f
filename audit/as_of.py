"""Who was in an index or a fund on a day of the past, on which no file is dated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace

from audit.claims import YES, Claim, Kind, Verdict, Witness, squash
from audit.evidence import Evidence
from audit.indexes import IndexWitnesses, read_rules
from audit.memberships import claims_of
from audit.sample import rank
from stockgroups import Database, Holding, NotFoundError, SymbolError

DAYS = 100
"""How many days are drawn of a universe; those of which no witness has all members are left out."""
NEAR = dt.timedelta(days=200)
"""How near to the day a stock has come or gone that is drawn as one near a change."""

_SYMBOLS = b"""
SELECT y.symbol
FROM stockgroups.securities s
JOIN stockgroups.security_symbols y ON y.security_id = s.id
WHERE s.environment = %s AND s.symbol = %s
"""


def collect(db: Database, evidence: Evidence, seed: int) -> Iterator[Claim]:
    """Yield what the program says of universes and funds on days that the seed decides."""
    witnesses = IndexWitnesses(evidence)
    names = Names(db)
    for universe, history in evidence.own.items():
        for at in range(DAYS):
            day = _between(history.first, history.last, seed, f"{universe} {at}")
            if not evidence.knows_all(universe, day):
                continue
            holdings = db.universe(universe, day).holdings
            movers = {
                symbol for one in evidence.histories[universe] for symbol in one.movers(day, NEAR)
            }
            stratum = f"{universe} {day.year // 10}0s"
            for claim in claims_of(
                Kind.AS_OF, universe, day, holdings, witnesses.candidates(universe, day), stratum
            ):
                near = ", near a change" if claim.spellings & movers else ""
                if claim.answer == YES or not _is_held(claim, holdings, names):
                    yield replace(claim, stratum=f"{stratum}{near}")
    for fund in sorted(read_rules()):
        for day, _ in _asked_days(db, fund, seed):
            found = db.etf(fund, day).holdings
            expected = witnesses.expected(fund, day)
            for claim in claims_of(Kind.AS_OF, fund, day, found, expected, f"{fund} after a file"):
                if claim.answer == YES or not _is_held(claim, found, names):
                    yield claim


def _is_held(claim: Claim, holdings: Iterable[Holding], names: Names) -> bool:
    """Tell whether a stock is in an answer under another of the symbols that it has had."""
    every = names.of(claim.subject)
    return any(squash(holding.symbol) in every for holding in holdings)


class Names:
    """All symbols that a stock has had, by one of them; squashed."""

    def __init__(self, db: Database) -> None:
        """Ask a database."""
        self._db = db
        self._known: dict[str, frozenset[str]] = {}

    def of(self, symbol: str) -> frozenset[str]:
        """Return the symbols of the stock that a symbol means today, none where nothing has it."""
        if symbol not in self._known:
            try:
                names = self._db.stock(symbol).names
                texts = [name.symbol for name in names]
            except (NotFoundError, SymbolError):  # nothing holds it today
                rows = self._db.connection.execute(_SYMBOLS, (self._db.environment, symbol))
                texts = [name for (name,) in rows]
            self._known[symbol] = frozenset(map(squash, texts))
        return self._known[symbol]


def _between(first: dt.date, last: dt.date, seed: int, text: str) -> dt.date:
    return first + dt.timedelta(days=int.from_bytes(rank(seed, text)) % (last - first).days)


def _asked_days(db: Database, fund: str, seed: int) -> Iterator[tuple[dt.date, dt.date]]:
    """Yield a day after each file of a fund and before the next, with the day of the file."""
    try:
        recorded = db.source(fund, kind="ETF").recorded
    except NotFoundError:
        return
    days = sorted({source.header.as_of for source in recorded if source.header.as_of})
    for day, following in zip(days, [*days[1:], days[-1] + dt.timedelta(days=100)], strict=True):
        if (following - day).days > 1:
            after = day + dt.timedelta(days=1)
            yield _between(after, following, seed, f"{fund} {day}"), day


class AsOfWitnesses:
    """Publishers of an index's members, who know a stock by all symbols that it has had."""

    def __init__(self, db: Database, evidence: Evidence, seed: int) -> None:
        """Ask the witnesses of a folder."""
        self._asked = IndexWitnesses(evidence, self._spellings)
        self._universes = evidence.own.keys()
        self._days = {
            (fund, day): dated
            for fund in read_rules()
            for day, dated in _asked_days(db, fund, seed)
        }
        self._names = Names(db)

    def ask(self, claim: Claim) -> Iterator[Verdict]:
        """Say whether a stock was a member: of a fund, on the day of its file."""
        if claim.group in self._universes:
            yield from self._asked.of_universe(claim)
        else:
            day = self._days.get((claim.group, claim.day), claim.day)
            yield from self._asked.of_fund(replace(claim, day=day))

    def _spellings(self, claim: Claim) -> frozenset[str]:
        return claim.spellings | self._names.of(claim.subject)


def witnesses(db: Database, evidence: Evidence, seed: int) -> list[Witness]:
    """Return who speaks of members on a day."""
    return [AsOfWitnesses(db, evidence, seed).ask]
