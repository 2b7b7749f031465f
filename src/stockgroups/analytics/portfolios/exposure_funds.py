"""The funds of a portfolio and the funds in them, as they are read to be looked through."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stockgroups.analytics.attributes import describe_stocks
from stockgroups.analytics.funds import ROUNDING, Part, read_fund
from stockgroups.analytics.portfolios.look_through import Contents, Leaf
from stockgroups.db.sql import load_statements
from stockgroups.errors import NotFoundError, StaleError
from stockgroups.identity.names import Likeness, compare_all
from stockgroups.model import GroupType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stockgroups.analytics.funds import Fund
    from stockgroups.queries.moments import Moment
    from stockgroups.store import Store

_SQL = load_statements("funds")
_FUND = re.compile(r"\A(?:ISHARES|SPDR|PROSHARES)\b|\b(?:ETF|UCITS)\b", re.IGNORECASE)
"""The beginnings and words of funds' names that no stock's name has."""


ASKED, HELD = "asked", "held"
"""The place of a symbol: in a portfolio, or for a security in holdings. Lines of a fund's other
assets have the fund's label as their place. One ticker may be a fund in one place and a stock in
another, because tickers change hands over time."""


class FundsRead:
    """The known facts about funds at a moment, read when a fund is met.

    Attributes:
        funds: The funds that are looked through, by label.
        labels: The label of the fund that is looked through, by place and symbol.
        known: Places and symbols of funds, including funds without a record.
        refused: The symbols of funds within funds that have no answer for the moment, with the
            reason.
    """

    def __init__(self, store: Store, moment: Moment | None, *, details: bool) -> None:
        """Read from an environment; the caller holds a reading transaction.

        With `details`, names, countries and currencies of stocks are read too.
        """
        self._store = store
        self._moment = moment
        self._details = details
        self._seen: set[tuple[str, str]] = set()
        self.funds: dict[str, Fund] = {}
        self.labels: dict[tuple[str, str], str] = {}
        self.known: set[tuple[str, str]] = set()
        self.refused: dict[str, str] = {}

    def read_group(self, kind: GroupType, name: str) -> Fund:
        """Read a group that a portfolio names, and the funds in it.

        Raises NotFoundError and StaleError as `find_group` does.
        """
        fund = read_fund(self._store, kind, name, self._moment, details=self._details)
        self._read_inside(self._keep(fund))
        return self.funds[fund.label]

    def read_symbols(self, place: str, symbols: Iterable[str]) -> None:
        """Read those of a portfolio's symbols that are funds, and the funds in them.

        `place` is ASKED for texts that a person writes, HELD for the securities that they mean.
        Raises NotFoundError and StaleError for a fund without an answer for the moment.
        """
        for symbol in self._find_recorded(place, symbols):
            self._read_inside(self._read(place, symbol))

    def open(self, fund: Fund) -> Contents:
        """Return the contents of a fund: stocks, funds, and the parts of its rest."""
        leaves = {Leaf(part): weight for part, weight in fund.beside.items()}
        funds: dict[str, float] = {}

        def put(place: str, symbol: str, weight: float) -> None:
            label = self.labels.get((place, symbol))
            if label is not None:
                funds[label] = funds.get(label, 0.0) + weight
            elif weight:
                part = Part.FUNDS if (place, symbol) in self.known else Part.STOCKS
                leaves[Leaf(part, symbol)] = leaves.get(Leaf(part, symbol), 0.0) + weight

        for symbol, weight in fund.weights.items():
            put(HELD, symbol, weight)
        for ticker, weight in fund.listed.items():
            if (fund.label, ticker) in self.known:
                put(fund.label, ticker, weight)
                rest = leaves.get(Leaf(Part.OTHER), 0.0) - weight
                leaves[Leaf(Part.OTHER)] = rest if abs(rest) > ROUNDING else 0.0
        return Contents({leaf: weight for leaf, weight in leaves.items() if weight}, funds)

    def _read(self, place: str, symbol: str) -> list[Fund]:
        """Read a fund. Return it where it is new."""
        fund = read_fund(self._store, GroupType.ETF, symbol, self._moment, details=self._details)
        self.labels[place, symbol] = fund.label
        return self._keep(fund)

    def _keep(self, fund: Fund) -> list[Fund]:
        return [] if self.funds.setdefault(fund.label, fund) is not fund else [fund]

    def _read_inside(self, fresh: list[Fund]) -> None:
        """Read the funds that funds hold, level by level; those without an answer are refused."""
        while fresh:
            fund = fresh.pop()
            holdings = [one.symbol for one in fund.answer.holdings]
            inside = [(HELD, one) for one in self._find_recorded(HELD, holdings, fund)]
            inside += [(fund.label, s) for s in self._find_recorded(fund.label, fund.listed, fund)]
            for place, symbol in inside:
                try:
                    fresh += self._read(place, symbol)
                except (NotFoundError, StaleError) as error:
                    self.refused[symbol] = f"{symbol} in {fund.label}: {error}"

    def _find_recorded(
        self, place: str, symbols: Iterable[str], holder: Fund | None = None
    ) -> list[str]:
        """Return which symbols are funds with a group, of those that were not looked for before.

        In a fund's holdings a ticker may be a former one of its day; the name that sources give
        tells a fund from a stock. A person who asks means the recorded fund.
        """
        catalog = self._store.catalog
        day = holder.answer.as_of if holder else None
        today: dict[str, str] = {}
        for symbol in symbols:
            if "." not in symbol and (place, symbol) not in self._seen:
                former = catalog.renamed_fund(symbol, day)
                today[symbol] = former.fund if former else symbol
        if not today:
            return []
        self._seen.update((place, symbol) for symbol in today)
        where = {
            "environment": self._store.environment,
            "symbols": list({*today, *today.values()}),
        }
        rows = self._store.connection.execute(_SQL["find_funds"], where, prepare=False).fetchall()
        recorded = {symbol for symbol, is_recorded, _ in rows if is_recorded}
        titles = {symbol: list(names or ()) for symbol, _, names in rows}
        for name in set(today.values()) & catalog.etfs.keys():
            entry = catalog.etfs[name]
            titles.setdefault(name, []).extend([entry.name, *entry.other_names])
        tickers = {
            symbol: [*titles.get(symbol, ()), *titles.get(name, ())]
            for symbol, name in today.items()
            if symbol in titles or name in titles
        }
        with_group = [s for s in tickers if s in recorded or today[s] in recorded]
        unsure = [one for one in tickers if place != ASKED or one not in with_group]
        names = holder.listed_names if holder and place != HELD else self._read_names(unsure)
        found = tickers.keys() - {
            one for one in unsure if not _is_called(names.get(one), tickers[one])
        }
        self.known |= {(place, symbol) for symbol in found}
        return [symbol for symbol in with_group if symbol in found]

    def _read_names(self, symbols: Iterable[str]) -> dict[str, str]:
        """Return what sources call the securities with these symbols."""
        described = describe_stocks(self._store, symbols)
        return {symbol: one.name for symbol, one in described.items() if one.name}


def names_fund(name: str) -> bool:
    """Return whether a name is a fund's name, whatever the ticker is."""
    return _FUND.search(name) is not None


def _is_called(name: str | None, titles: Sequence[str]) -> bool:
    """Return whether a holding may be the fund with these names, as far as its name is known."""
    if name is None or not titles or names_fund(name):
        return True
    likeness = compare_all([name], titles)
    return likeness is not None and likeness >= Likeness.SIMILAR
