"""The votes for stocks, read from the record, and the sectors that they give."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.classify import Classification, Kind, Vote, classify
from stockgroups.evidence.overrides import read_overrides
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stockgroups.catalog import Catalog, SectorOverride, Taxonomy
    from stockgroups.db.connection import Connection

_SQL = load_statements("evidence")
SCREENER = "Nasdaq screener"


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is said about the sectors of stocks, as of a day (None: now).

    `alike` holds the stocks, by today's symbols, of which the same is said, with the votes for
    them; nearly all of a market's stocks share theirs with many others. `overrides` are users'
    words, the oldest first, by symbol; also of stocks that were not asked for.
    """

    on: dt.date | None
    alike: list[tuple[list[str], tuple[Vote, ...]]]
    overrides: Mapping[str, Sequence[SectorOverride]]

    def classify(self, taxonomy: Taxonomy) -> Iterator[tuple[list[str], Classification]]:
        """Yield the stocks of one answer together, and the answer."""
        for symbols, votes in self.alike:
            plain = [symbol for symbol in symbols if symbol not in self.overrides]
            if plain:
                yield plain, classify(votes, taxonomy, on=self.on)
            for symbol in symbols:
                if symbol in self.overrides:
                    yield [symbol], self._overridden(symbol, votes, taxonomy)
        # A user may know of a stock about which no source says anything.
        heard = {symbol for symbols, _ in self.alike for symbol in symbols}
        for symbol in sorted(self.overrides.keys() - heard):
            yield [symbol], self._overridden(symbol, (), taxonomy)

    def _overridden(self, symbol: str, votes: Sequence[Vote], taxonomy: Taxonomy) -> Classification:
        return classify(votes, taxonomy, on=self.on, overrides=self.overrides[symbol])


def read_evidence(
    connection: Connection,
    environment: str,
    catalog: Catalog,
    *,
    symbols: Sequence[str] | None = None,
    etfs: Sequence[str] | None = None,
    on: dt.date | None = None,
) -> Evidence:
    """Read the newest label of each source, not after a day (None: now), for each stock.

    For the stocks of these `symbols`, else for those that these `etfs` hold now, else for those
    that any ETF holds. A stock without votes is not in the answer.
    """
    funds = {
        etf.ticker: catalog.sectors[etf.proxy_sector].name
        for etf in catalog.etfs.values()
        if etf.proxy_sector
    }
    rows = connection.execute(
        _SQL["read_votes"],
        {
            "environment": environment,
            "on": on or dt.date.max,
            "symbols": None if symbols is None else list(symbols),
            "etfs": None if etfs is None else list(etfs),
            "funds": list(funds),
            "fund_labels": list(funds.values()),
        },
        binary=True,
    ).fetchall()
    meanings = _Meanings({words[0]: json.loads(said) for words, _, said in rows if said})
    alike = [
        (found, tuple(meanings.vote(word) for word in words))
        for words, found, said in rows
        if not said
    ]
    return Evidence(on, alike, read_overrides(connection, environment, catalog, on))


class _Meanings:
    """What the words of a row stand for; each is turned into a vote once."""

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
