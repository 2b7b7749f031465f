"""The funds of a portfolio and the funds in them, as they are read to be looked through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.analytics.funds import ROUNDING, Part, read_fund
from stockgroups.analytics.look_through import Contents, Leaf
from stockgroups.db.sql import load_statements
from stockgroups.errors import NotFoundError, StaleError
from stockgroups.model import GroupType

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from stockgroups.analytics.funds import Fund
    from stockgroups.queries.moments import Moment
    from stockgroups.store import Store

_SQL = load_statements("funds")


class FundsRead:
    """What is known of funds at a moment, read as they are met.

    Attributes:
        funds: The funds that are looked through, by label.
        labels: By symbol, the label of the fund that is looked through.
        known: Symbols of funds, also of those of which nothing is recorded.
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
        self._seen: set[str] = set()
        self.funds: dict[str, Fund] = {}
        self.labels: dict[str, str] = {}
        self.known: set[str] = set()
        self.refused: dict[str, str] = {}

    def read_group(self, kind: GroupType, name: str) -> Fund:
        """Read a group that a portfolio names, and the funds in it.

        Raises NotFoundError and StaleError as `find_group` does.
        """
        fund = read_fund(self._store, kind, name, self._moment, details=self._details)
        self._read_inside([self._keep(fund)])
        return fund

    def read_symbols(self, symbols: Iterable[str]) -> None:
        """Read those of a portfolio's symbols that are funds, and the funds in them.

        Raises NotFoundError and StaleError for a fund without an answer for the moment.
        """
        recorded = self._find_recorded(symbols, None)
        self._read_inside([self._read(symbol) for symbol in recorded if symbol not in self.labels])

    def open(self, fund: Fund) -> Contents:
        """Return what a fund consists of: stocks, funds, and what is told of its rest."""
        leaves = {Leaf(part): weight for part, weight in fund.beside.items()}
        funds: dict[str, float] = {}

        def put(symbol: str, weight: float) -> None:
            label = self.labels.get(symbol)
            if label is not None:
                funds[label] = funds.get(label, 0.0) + weight
            elif weight:
                part = Part.FUNDS if symbol in self.known else Part.STOCKS
                leaves[Leaf(part, symbol)] = leaves.get(Leaf(part, symbol), 0.0) + weight

        for symbol, weight in fund.weights.items():
            put(symbol, weight)
        for ticker, weight in fund.listed.items():
            if ticker in self.known:
                put(ticker, weight)
                rest = leaves.get(Leaf(Part.OTHER), 0.0) - weight
                leaves[Leaf(Part.OTHER)] = rest if abs(rest) > ROUNDING else 0.0
        return Contents({leaf: weight for leaf, weight in leaves.items() if weight}, funds)

    def _read(self, symbol: str) -> Fund:
        fund = read_fund(self._store, GroupType.ETF, symbol, self._moment, details=self._details)
        self.labels[symbol] = fund.label
        return self._keep(fund)

    def _keep(self, fund: Fund) -> Fund:
        return self.funds.setdefault(fund.label, fund)

    def _read_inside(self, fresh: list[Fund]) -> None:
        """Read the funds that funds hold, level by level; one without an answer is warned of."""
        while fresh:
            found: list[Fund] = []
            for fund in fresh:
                holdings = fund.answer.holdings
                symbols = [one.symbol for one in holdings] + list(fund.listed)
                for symbol in self._find_recorded(symbols, fund.answer.as_of):
                    if symbol in self.labels:
                        continue
                    known = len(self.funds)
                    try:
                        inner = self._read(symbol)
                    except (NotFoundError, StaleError) as error:
                        self.refused[symbol] = f"{symbol} in {fund.label}: {error}"
                        continue
                    if len(self.funds) > known:
                        found.append(inner)
            fresh = found

    def _find_recorded(self, symbols: Iterable[str], day: dt.date | None) -> list[str]:
        """Return which symbols are funds with a group, of those that were not asked for before.

        A fund's ticker of the day may be a former one.
        """
        catalog = self._store.catalog
        today: dict[str, str] = {}
        for symbol in symbols:
            if "." not in symbol and symbol not in self._seen:
                former = catalog.renamed_fund(symbol, day)
                today[symbol] = former.fund if former else symbol
        if not today:
            return []
        self._seen.update(today)
        rows: Mapping[str, bool] = dict(
            self._store.connection.execute(
                _SQL["find_funds"],
                {
                    "environment": self._store.environment,
                    "symbols": list({*today, *today.values()}),
                },
            ).fetchall()
        )
        self.known |= {
            symbol
            for symbol, name in today.items()
            if symbol in rows or name in rows or name in catalog.etfs
        }
        return [symbol for symbol, name in today.items() if rows.get(symbol) or rows.get(name)]
