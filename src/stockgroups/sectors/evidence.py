"""Read the votes for stocks from the record, and classify them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.db.sql import load_statements
from stockgroups.sectors.decide import classify
from stockgroups.sectors.overrides import read_kept, read_overrides
from stockgroups.sectors.votes import Kind, Vote
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
            told = self.overrides.keys() | self.kept.keys()
            plain = [symbol for symbol in symbols if symbol not in told]
            if plain:
                yield plain, classify(votes, taxonomy, on=self.on)
            for symbol in symbols:
                if symbol in told:
                    yield [symbol], self._decided(symbol, votes, taxonomy)
        # Users and other programs may know a stock that no source reports.
        heard = {symbol for symbols, _ in self.alike for symbol in symbols}
        for symbol in sorted((self.overrides.keys() | self.kept.keys()) - heard):
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
    symbols: Sequence[str] | None = None,
    etfs: Sequence[str] | None = None,
    on: dt.date | None = None,
) -> Evidence:
    """Read the newest label of each source, not after a day (None: now), for each stock.

    It covers the stocks of `symbols`, else those that `etfs` hold now, else those that any ETF
    holds. A stock without votes is left out.
    """
    funds = {
        etf.ticker: store.catalog.sectors[etf.proxy_sector].name
        for etf in store.catalog.etfs.values()
        if etf.proxy_sector
    }
    rows = execute(
        store,
        _SQL["read_votes"],
        binary=True,
        on=on or dt.date.max,
        symbols=None if symbols is None else list(symbols),
        etfs=None if etfs is None else list(etfs),
        funds=list(funds),
        fund_labels=list(funds.values()),
    ).fetchall()
    votes = _Votes({words[0]: json.loads(said) for words, _, said in rows if said})
    alike = [
        (found, tuple(votes.vote(word) for word in words))
        for words, found, said in rows
        if not said
    ]
    kept = {
        symbol: found
        for symbol, found in read_kept(store, on).items()
        if symbols is None or symbol in symbols
    }
    return Evidence(on, alike, read_overrides(store, on), kept)


class _Votes:
    """The votes of the words in a row; each is made once."""

    def __init__(self, said: Mapping[int, list[Any]]) -> None:
        self._said = said
        self._votes: dict[int, Vote] = {}

    def vote(self, word: int) -> Vote:
        """Return the vote: below 0 it is the screener's, else place and codes of two labels."""
        if word not in self._votes:
            self._votes[word] = self._printed(word) if word > 0 else self._screened(word)
        return self._votes[word]

    def _printed(self, word: int) -> Vote:
        source, kind, as_of, seen_in, labels, industries = self._said[word >> 32]
        label, industry = (word >> 16) & 0xFFFF, word & 0xFFFF
        return Vote(
            source,
            Kind(kind),
            dt.date.fromisoformat(as_of),
            labels[label - 1],
            industries[industry - 1] if industry else None,
            seen_in,
        )

    def _screened(self, word: int) -> Vote:
        as_of, sector, industry = self._said[word]
        day = dt.date.fromisoformat(as_of)
        return Vote(SCREENER, Kind.SCREENER, day, sector, industry)
