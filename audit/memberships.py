"""Whether a stock is in a fund on the day of a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from audit.claims import NO, YES, Claim, Kind, Witness, squash
from audit.evidence import Evidence
from audit.indexes import IndexWitnesses
from stockgroups import Database
from stockgroups.queries.answers import Holding


def dated_files(db: Database) -> Iterator[tuple[str, dt.date]]:
    """Yield the funds and days that are recorded by a file that tells its own day."""
    for fund in db.groups("ETF"):
        days = {source.header.as_of for source in db.source(fund.key).recorded}
        for day in sorted(day for day in days if day):
            receipt = db.receipt(fund.key, day).receipt
            if receipt is not None and receipt.as_of_from == "the content":
                yield fund.key, day


def collect(db: Database, evidence: Evidence) -> Iterator[Claim]:
    """Yield what the program says of each stock that it, or a witness, has in a fund."""
    witnesses = IndexWitnesses(evidence)
    for fund, day in dated_files(db):
        holdings = db.etf(fund, day).holdings
        yield from claims_of(
            Kind.MEMBERSHIP, fund, day, holdings, witnesses.expected(fund, day), f"{fund} {day}"
        )


def claims_of(
    kind: Kind,
    group: str,
    day: dt.date,
    holdings: Iterable[Holding],
    candidates: Iterable[str],
    stratum: str,
) -> Iterator[Claim]:
    """Yield a yes for each stock of an answer, and a no for each candidate that is not there."""
    known: set[str] = set()
    for holding in holdings:
        spellings = frozenset(
            squash(symbol) for symbol in (holding.symbol, holding.reported_symbol) if symbol
        )
        known |= spellings
        yield Claim(kind, group, holding.symbol, day, YES, stratum, spellings)
    for symbol in candidates:
        if symbol not in known:
            yield Claim(kind, group, symbol, day, NO, stratum, frozenset({symbol}))


def witnesses(evidence: Evidence) -> list[Witness]:
    """Return who speaks of a fund's members."""
    return [IndexWitnesses(evidence).of_fund]
