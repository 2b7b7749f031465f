"""Read the votes for stocks from the record, and classify them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from stockgroups.db.sql import load_statements
from stockgroups.record.ref_securities import RefSecurities
from stockgroups.sectors.decide import classify
from stockgroups.sectors.overrides import read_kept, read_overrides
from stockgroups.sectors.reports import make_votes, read_opinions
from stockgroups.sectors.votes import Kind, Vote
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from stockgroups.catalog import SectorOverride, Taxonomy
    from stockgroups.sectors.answer import Classification

_SQL = load_statements("evidence")
SCREENER = "Nasdaq screener"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence about the sectors of stocks, as of a day (None: now).

    Attributes:
        on: The day.
        alike: Stocks with the same votes, by today's symbols, with these votes. Nearly all stocks
            of a market share theirs with many others.
        overrides: Users' overrides, the oldest first, by symbol; also of other stocks.
        kept: The memberships of SECTOR groups that other programs wrote, by symbol, the latest
            last.
    """

    on: dt.date | None
    alike: list[tuple[list[str], tuple[Vote, ...]]]
    overrides: Mapping[str, Sequence[SectorOverride]]
    kept: Mapping[str, Sequence[SectorOverride]]

    def classify(self, taxonomy: Taxonomy) -> Iterator[tuple[list[str], Classification]]:
        """Yield the stocks with the same votes together, and their answer."""
        for symbols, votes in self.alike:
            decided = self.overrides.keys() | self.kept.keys()
            plain = [symbol for symbol in symbols if symbol not in decided]
            if plain:
                yield plain, classify(votes, taxonomy, on=self.on)
            for symbol in symbols:
                if symbol in decided:
                    yield [symbol], self._decided(symbol, votes, taxonomy)
        # Users and other programs may know a stock that no source reports.
        known = {symbol for symbols, _ in self.alike for symbol in symbols}
        for symbol in sorted((self.overrides.keys() | self.kept.keys()) - known):
            yield [symbol], self._decided(symbol, (), taxonomy)

    def _decided(self, symbol: str, votes: Sequence[Vote], taxonomy: Taxonomy) -> Classification:
        return classify(
            votes,
            taxonomy,
            on=self.on,
            overrides=self.overrides.get(symbol, ()),
            kept=self.kept[symbol][-1] if symbol in self.kept else None,
        )


def read_evidence(
    store: Store,
    *,
    symbols: Collection[str] | None = None,
    on: dt.date | None = None,
    securities: RefSecurities | None = None,
) -> Evidence:
    """Read the newest label of each source, not after a day (None: now), for each stock.

    It covers the stocks of `symbols`, else those that any ETF holds. A stock without votes is left
    out. `securities` are those of all refs, where they are read already.
    """
    symbols = None if symbols is None else set(symbols)
    if symbols is None:
        stocks = dict(execute(store, _SQL["find_held_stocks"]).fetchall())
    elif securities is None:
        rows = execute(store, _SQL["find_stocks"], symbols=list(symbols))
        stocks = dict(rows.fetchall())
    else:
        stocks = {n: symbol for n, symbol in securities.symbols.items() if symbol in symbols}
    if securities is None:
        securities = RefSecurities(store)
        if symbols is None:
            securities.read_all()
        else:
            securities.read_of(stocks)
    kept = {
        symbol: found
        for symbol, found in read_kept(store, on).items()
        if symbols is None or symbol in symbols
    }
    alike = _read_votes(store, securities, stocks, on or dt.date.max)
    return Evidence(on, alike, read_overrides(store, on), kept)


def _read_votes(
    store: Store, securities: RefSecurities, stocks: Mapping[int, str], on: dt.date
) -> list[tuple[list[str], tuple[Vote, ...]]]:
    """Return the stocks with the same votes together, and these; `stocks` have their symbols."""
    screened = execute(store, _SQL["read_screener"], on=on, binary=True).fetchall()
    reports, answered = read_opinions(store, securities, set(stocks), on)
    # The screener's opinions are below 0, the newest the greatest.
    of_screener: dict[int, int] = {}
    votes: dict[int, Vote] = {}
    for opinion, (day, sector, industry, found) in enumerate(screened, -len(screened)):
        votes[opinion] = Vote(SCREENER, Kind.SCREENER, day, sector, industry)
        of_screener |= dict.fromkeys(found, opinion)
    opinions_of: dict[int, list[int]] = defaultdict(list)
    for opinions in (of_screener, *answered):
        for security, opinion in opinions.items():
            opinions_of[security].append(opinion)
    alike: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for security in stocks.keys() & opinions_of.keys():
        alike[tuple(opinions_of[security])].append(stocks[security])
    votes |= make_votes(store, reports, set(chain.from_iterable(alike)) - votes.keys())
    return [
        (sorted(found), tuple(votes[opinion] for opinion in opinions))
        for opinions, found in alike.items()
    ]
